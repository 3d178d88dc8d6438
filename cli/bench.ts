/** `bench`: figures of this adapter, ours beside those of other libraries on the same adapter, in one process. */
import { barChartSvg } from "../bench/bar_chart.ts";
import { measure } from "../bench/measure.ts";
import { peers } from "../bench/peers/peers.ts";
import { reportChart } from "../bench/report_chart.ts";
import type { BenchReport } from "../bench/report.ts";
import { reportLines } from "../bench/tables.ts";
import { namedConfig } from "../model/config.ts";
import { writeWholeFile } from "../files/whole_file.ts";
import { UsageError } from "./command_error.ts";
import { note } from "./note.ts";
import { onInterruption } from "./interruption.ts";

/** Options of the `bench` command. */
export interface BenchOptions {
  /** Measured rounds; figures are medians. */
  rounds: number;
  /** Configuration of the whole forward pass. */
  config: string;
  /** False leaves the other libraries out, which are fetched on first use (about 400 MB). */
  peers: boolean;
  /** Measure the forward pass for 1 to 16 people too. */
  people?: boolean | undefined;
  /** Measure a training step too. */
  training?: boolean | undefined;
  /** Print one JSON object. */
  json?: boolean | undefined;
  /** A file for the same object. */
  out?: string | undefined;
  /** A file for a bar chart. */
  svg?: string | undefined;
  /** No notes. */
  quiet?: boolean | undefined;
}

/**
 * Measures, prints and writes the files that were asked for.
 *
 * @param options Rounds, configuration, peers, and where the figures go.
 * @throws {UsageError} When there are no rounds or no configuration of that name.
 */
export async function benchCommand(options: BenchOptions): Promise<void> {
  await checkOptions(options);
  const folder = await Deno.makeTempDir({ prefix: "lapose-" });
  const remove = () => Deno.removeSync(folder, { recursive: true });
  using _ = onInterruption(remove);
  try {
    const report = await measure({
      rounds: options.rounds,
      config: options.config,
      peers: options.peers ? peers : [],
      people: options.people ?? false,
      training: options.training ?? false,
      folder,
      onStage: (stage) => note(stage, options),
    });
    await publishReport(report, options);
  } finally {
    remove();
  }
}

/**
 * Prints a report and writes the files that were asked for.
 *
 * @param report What was measured.
 * @param options Form of the output, and files.
 * @throws {Error} When a file cannot be written.
 */
export async function publishReport(
  report: BenchReport,
  options: Pick<BenchOptions, "json" | "out" | "svg" | "quiet">,
): Promise<void> {
  const json = JSON.stringify(report);
  console.log(options.json ? json : reportLines(report).join("\n"));
  if (options.out !== undefined) await writeWholeFile(options.out, `${json}\n`);
  if (options.svg !== undefined) await writeWholeFile(options.svg, barChartSvg(reportChart(report)));
  for (const { name, reason } of report.refused) note(`${name} is left out: ${reason}`, options);
}

/** Minutes of measuring must not end in an error that was there before. */
async function checkOptions({ rounds, config, out, svg }: BenchOptions): Promise<void> {
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new UsageError(`Cannot measure: ${rounds} rounds, expected at least 1`);
  }
  try {
    namedConfig(config);
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
  for (const path of [out, svg]) {
    if (path !== undefined && (await Deno.stat(path).catch(() => undefined))?.isDirectory) {
      throw new UsageError(`Cannot write figures to ${path}: it is a folder, expected a file`);
    }
  }
}
