/** The results of an ablation in its output folder, from which a killed one goes on. */
import { join } from "node:path";
import { isThere } from "../files/is_there.ts";
import { writeWholeFile } from "../files/whole_file.ts";
import { ablationRows } from "./ablation_rows.ts";
import type { AblationResult } from "./ablation_table.ts";
import type { TrainingConfig } from "./training_config.ts";

/** A result as it is kept: with the data set's path, since names may come to mean another one. */
interface KeptResult extends AblationResult {
  readonly path: string;
}

/** Name of the file of settings and results. */
const fileName = "ablation.json";

/** Results that are kept as they come. */
export class AblationResults {
  readonly #file: string;
  readonly #settings: Record<string, unknown>;
  readonly #evaluate: Readonly<Record<string, string>>;
  readonly #results: KeptResult[];

  private constructor(
    file: string,
    parts: {
      settings: Record<string, unknown>;
      evaluate: Readonly<Record<string, string>>;
      results: KeptResult[];
    },
  ) {
    this.#file = file;
    this.#settings = parts.settings;
    this.#evaluate = parts.evaluate;
    this.#results = parts.results;
  }

  /**
   * Opens the output folder of an ablation, a new one or that of an earlier run.
   *
   * @param config The training of all rows.
   * @param options `fresh` forgets the runs of an earlier ablation.
   * @returns The results so far.
   * @throws {TypeError} When there is nothing to evaluate on.
   * @throws {Error} When the folder's ablation has other settings, all of which are named, or runs are there without one.
   */
  static async open(config: TrainingConfig, { fresh }: { fresh: boolean }): Promise<AblationResults> {
    const evaluate = config.evaluate ??
      (config.validation === undefined ? undefined : { validation: config.validation });
    if (evaluate === undefined) {
      throw new TypeError(
        `Cannot ablate into ${config.output}: no data set to evaluate on, expected evaluate or validation`,
      );
    }
    const file = join(config.output, fileName);
    const settings = settingsOf(config);
    if (fresh && isThere(file)) await forgetRuns(config.output);
    const earlier = await readEarlier(file);
    if (earlier) checkSettings(earlier.settings, settings, config.output);
    else checkUnused(config.output);
    const results = new AblationResults(file, { settings, evaluate, results: earlier?.results ?? [] });
    if (!earlier) await results.#write();
    return results;
  }

  /** Data sets by name, in the order of the table. */
  get datasets(): Readonly<Record<string, string>> {
    return this.#evaluate;
  }

  /** Results on these data sets. */
  get all(): AblationResult[] {
    return this.#results.filter(({ dataset, path }) => this.#evaluate[dataset] === path)
      .map(({ row, seed, dataset, ap }) => ({ row, seed, dataset, ap }));
  }

  /**
   * The data sets that a run is not yet evaluated on.
   *
   * @param row Name of the row.
   * @param seed Its seed.
   * @returns Name and path of each.
   */
  missing(row: string, seed: number): [name: string, path: string][] {
    const done = this.all.filter((result) => result.row === row && result.seed === seed);
    return Object.entries(this.#evaluate).filter(([name]) => done.every(({ dataset }) => dataset !== name));
  }

  /**
   * Whether a run is trained to its end: it was evaluated, if on another data set.
   *
   * @param row Name of the row.
   * @param seed Its seed.
   */
  isTrained(row: string, seed: number): boolean {
    return this.#results.some((result) => result.row === row && result.seed === seed);
  }

  /**
   * Whether every row has all results.
   *
   * @param seeds The seeds that count.
   */
  isComplete(seeds: readonly number[]): boolean {
    return seeds.every((seed) => ablationRows.every(({ name }) => this.missing(name, seed).length === 0));
  }

  /**
   * Keeps a result.
   *
   * @param result The result; an earlier one on a data set of the same name is replaced.
   */
  async add(result: AblationResult): Promise<void> {
    const { row, seed, dataset } = result;
    const same = this.#results.findIndex((kept) =>
      kept.row === row && kept.seed === seed && kept.dataset === dataset
    );
    if (same >= 0) this.#results.splice(same, 1);
    this.#results.push({ ...result, path: this.#evaluate[dataset] });
    await this.#write();
  }

  async #write(): Promise<void> {
    const document = { settings: this.#settings, results: this.#results };
    await writeWholeFile(this.#file, `${JSON.stringify(document, null, 2)}\n`);
  }
}

/** What must be the same for runs to stand in one table. */
function settingsOf(config: TrainingConfig): Record<string, unknown> {
  const apart = ["output", "seed", "validation", "validateEvery", "evaluate", "checkpointEvery", "recompute"];
  return Object.fromEntries(Object.entries(config).filter(([key]) => !apart.includes(key)));
}

async function readEarlier(
  file: string,
): Promise<{ settings: Record<string, unknown>; results: KeptResult[] } | undefined> {
  let text: string;
  try {
    text = await Deno.readTextFile(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  try {
    const { settings, results } = JSON.parse(text);
    if (typeof settings === "object" && settings !== null && Array.isArray(results)) {
      return { settings, results };
    }
  } catch { /* said below */ }
  throw new SyntaxError(`Cannot go on with ${file}: it is damaged, expected settings and results`);
}

function checkSettings(
  earlier: Record<string, unknown>,
  settings: Record<string, unknown>,
  folder: string,
): void {
  const keys = new Set([...Object.keys(earlier), ...Object.keys(settings)]);
  const differences = [...keys].flatMap((key) => {
    const [was, is] = [JSON.stringify(earlier[key]), JSON.stringify(settings[key])];
    return was === is ? [] : [`${key} was ${was} and is ${is}`];
  });
  if (differences.length === 0) return;
  throw new Error(
    `Cannot go on with the ablation in ${folder}: ${
      differences.join("; ")
    }; expected the same, another output ` +
      "folder, or a fresh start",
  );
}

function checkUnused(folder: string): void {
  for (const { name } of ablationRows) {
    if (!isThere(join(folder, name))) continue;
    throw new Error(
      `Cannot start an ablation in ${folder}: it holds ${name} and no ${fileName}, expected another output folder`,
    );
  }
}

async function forgetRuns(folder: string): Promise<void> {
  // The file goes last: what a kill leaves is still known to be an ablation's.
  for (const name of [...ablationRows.map(({ name }) => name), fileName]) {
    if (isThere(join(folder, name))) await Deno.remove(join(folder, name), { recursive: true });
  }
}
