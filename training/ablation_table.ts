/** The table of an ablation: mean and deviation over seeds, per row and data set. */
import { ablationRows } from "./ablation_rows.ts";

/** What one trained model reached on one data set. */
export interface AblationResult {
  /** Name of the row. */
  readonly row: string;
  /** Seed of the training. */
  readonly seed: number;
  /** Name of the data set. */
  readonly dataset: string;
  /** Mean average precision in percent. */
  readonly ap: number;
}

/** What a row reached on one data set, in percent. */
export interface AblationCell {
  /** By seed. */
  readonly values: Readonly<Record<string, number>>;
  /** Mean over the seeds; null before the first result. */
  readonly mean: number | null;
  /** Sample standard deviation (n − 1); null for fewer than two seeds. */
  readonly deviation: number | null;
  /** Mean of what the whole model has more, seed by seed; null for the whole model, or without a common seed. */
  readonly decline: number | null;
}

/** A row of the table. */
export interface AblationSummary {
  /** Its name. */
  readonly row: string;
  /** Its name for people. */
  readonly label: string;
  /** By data set. */
  readonly datasets: Readonly<Record<string, AblationCell>>;
}

/**
 * Sums results up.
 *
 * @param results All results.
 * @param wanted Seeds and data sets that count, in the order of the table.
 * @returns One entry per row of an ablation, the whole model first.
 */
export function summariseAblation(
  results: readonly AblationResult[],
  { seeds, datasets }: { seeds: readonly number[]; datasets: readonly string[] },
): AblationSummary[] {
  const valuesOf = (row: string, dataset: string) =>
    new Map(
      results.filter((result) =>
        result.row === row && result.dataset === dataset && seeds.includes(result.seed)
      ).map(({ seed, ap }) => [seed, ap]),
    );
  const [{ name: whole }] = ablationRows;
  return ablationRows.map(({ name, label }) => ({
    row: name,
    label,
    datasets: Object.fromEntries(datasets.map((dataset) => {
      const values = valuesOf(name, dataset);
      const best = valuesOf(whole, dataset);
      const lost = [...values].flatMap(([seed, ap]) => best.has(seed) ? [best.get(seed)! - ap] : []);
      return [dataset, {
        values: Object.fromEntries(values),
        mean: meanOf([...values.values()]),
        deviation: deviationOf([...values.values()]),
        decline: name === whole ? null : meanOf(lost),
      }];
    })),
  }));
}

/**
 * Draws the table as text: mean ± deviation, in brackets the difference to the whole model, in percent.
 *
 * @param rows What {@linkcode summariseAblation} gave.
 * @returns Lines without a final break.
 */
export function ablationTable(rows: readonly AblationSummary[]): string {
  const datasets = Object.keys(rows[0].datasets);
  const lines = [
    ["mAP", ...datasets],
    ...rows.map(({ label, datasets: cells }) => [label, ...datasets.map((name) => textOf(cells[name]))]),
  ];
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines.map((line) => line.map((text, column) => text.padEnd(widths[column])).join("  ").trimEnd())
    .join("\n");
}

function textOf({ mean, deviation, decline }: AblationCell): string {
  if (mean === null) return "–";
  const spread = deviation === null ? "" : ` ± ${deviation.toFixed(1)}`;
  const lost = decline === null ? "" : ` (${signed(-decline)})`;
  return `${mean.toFixed(1)}${spread}${lost}`;
}

/** `+1.2`, `−1.2` or `0.0`. */
function signed(value: number): string {
  const size = Math.abs(value).toFixed(1);
  return size === "0.0" ? size : `${value < 0 ? "−" : "+"}${size}`;
}

function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviationOf(values: readonly number[]): number | null {
  const mean = meanOf(values);
  if (mean === null || values.length < 2) return null;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}
