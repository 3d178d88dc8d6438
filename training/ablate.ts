/** The ablation: every row of the table trained from the same weights on the same batches, and evaluated. */
import { join } from "node:path";
import { openWeights, writeWeights } from "../estimation/weights_file.ts";
import { isThere } from "../files/is_there.ts";
import type { GpuDevice } from "../gpu/device.ts";
import type { AblationResults } from "./ablation_results.ts";
import { type AblationRow, ablationRows, checkAblatable } from "./ablation_rows.ts";
import { outputNames, type StepReport, train, type TrainOptions } from "./train.ts";
import type { TrainingConfig } from "./training_config.ts";

/** One training of an ablation. */
export interface AblationRun {
  /** The row. */
  readonly row: AblationRow;
  /** Seed of weights, order and augmentation. */
  readonly seed: number;
  /** Number of the run, from 1. */
  readonly number: number;
  /** Runs of the whole ablation. */
  readonly runs: number;
}

/** What is evaluated. */
export interface Evaluation {
  /** The trained weights. */
  weights: string;
  /** Description of the data set. */
  dataset: string;
  /** Folder for the result files. */
  results: string;
}

/** What an ablation needs besides its configuration. */
export interface AblateOptions {
  /** The device. */
  device: GpuDevice;
  /** One training per row and seed. */
  seeds: readonly number[];
  /** Gives the whole model's weights to start from; the same seed gives the same file content. */
  start: (seed: number) => Promise<string>;
  /** The description of a clip of the training data, and of one person in it. */
  describe: TrainOptions["describe"];
  /** Evaluates a weights file: mean average precision in percent. */
  evaluate: (evaluation: Evaluation) => Promise<number>;
  /** Stops after the step or the evaluation in work. */
  signal?: AbortSignal;
  /** Called before every run. */
  onRun?: (run: AblationRun) => void;
  /** Called after every step. */
  onStep?: (report: StepReport) => void;
  /** Called after every evaluation, with mean average precision in percent. */
  onResult?: (run: AblationRun, result: { dataset: string; ap: number }) => void;
}

/** What one run works with. */
interface RunOptions extends AblateOptions {
  config: TrainingConfig;
  results: AblationResults;
}

/**
 * Trains and evaluates every row with every seed, seed by seed, so that an ablation that was cut short has whole tables
 * of fewer seeds. Rows of one seed start from the same values of the weights that they share and see the same batches.
 * The weights after the last step are evaluated: nothing is chosen by what it is measured on.
 *
 * A run lives in `OUTPUT/<row>/<seed>/`. A run with all results is left alone, another goes on from its last checkpoint.
 *
 * @param config The training; its seed and validation are not used.
 * @param results The results so far; new ones are added.
 * @param options Device, seeds, weights and evaluation.
 * @returns Whether it was stopped before its end.
 * @throws {TypeError} When the model lacks what a row would leave out.
 * @throws {Error} When loss or gradients are no longer finite.
 */
export async function ablate(
  config: TrainingConfig,
  results: AblationResults,
  options: AblateOptions,
): Promise<{ stopped: boolean }> {
  const { seeds, signal } = options;
  const runs = seeds.length * ablationRows.length;
  const all = seeds.flatMap((seed) => ablationRows.map((row) => ({ row, seed })));
  for (const [index, { row, seed }] of all.entries()) {
    if (results.missing(row.name, seed).length === 0) continue;
    if (signal?.aborted) return { stopped: true };
    const run: AblationRun = { row, seed, number: index + 1, runs };
    options.onRun?.(run);
    if (!await finishRun(run, { ...options, config, results })) return { stopped: true };
  }
  return { stopped: false };
}

/** Trains and evaluates; false when it was stopped. */
async function finishRun(run: AblationRun, options: RunOptions): Promise<boolean> {
  const { config, results, signal } = options;
  const { row, seed } = run;
  const output = join(config.output, row.name, String(seed));
  if (!results.isTrained(row.name, seed) && !await trainRun(run, { ...options, output })) return false;
  for (const [dataset, path] of results.missing(row.name, seed)) {
    if (signal?.aborted) return false;
    const ap = await options.evaluate({
      weights: join(output, outputNames.last),
      dataset: path,
      results: join(output, "results", dataset),
    });
    await results.add({ row: row.name, seed, dataset, ap });
    options.onResult?.(run, { dataset, ap });
  }
  return true;
}

/** Trains from the start or the last checkpoint; false when it was stopped. */
async function trainRun(
  { row, seed }: AblationRun,
  { config, output, start, device, describe, signal, onStep }: RunOptions & { output: string },
): Promise<boolean> {
  await Deno.mkdir(output, { recursive: true });
  const weights = join(output, "start.onnx");
  await writeStart(row, { from: await start(seed), to: weights });
  const { stopped } = await train({ ...config, output, seed }, {
    device,
    weights,
    describe,
    resume: isThere(join(output, outputNames.checkpoint)),
    ...(signal ? { signal } : {}),
    ...(onStep ? { onStep } : {}),
  });
  return !stopped;
}

/** The whole model's weights without those that the row does not have. */
async function writeStart(row: AblationRow, { from, to }: { from: string; to: string }): Promise<void> {
  await using whole = await openWeights(from);
  checkAblatable(whole.config, from);
  const config = row.change(whole.config);
  await writeWeights(to, {
    config,
    ...(config.language && whole.tokenizer ? { tokenizer: whole.tokenizer.json } : {}),
    provenance: `${whole.provenance}; ablation: ${row.label}`,
    values: (name) => whole.read(name),
  });
}
