/** `ablate`: the paper's Table 4 from one training file, trained and evaluated row by row and seed by seed. */
import { openDevice } from "../gpu/device.ts";
import { readDatasetConfig } from "../posetrack/dataset_config.ts";
import { ablate, type AblationRun } from "../training/ablate.ts";
import { AblationResults } from "../training/ablation_results.ts";
import { ablationTable, summariseAblation } from "../training/ablation_table.ts";
import type { TrainingConfig } from "../training/training_config.ts";
import { evaluateOnDataset } from "./dataset_evaluator.ts";
import { readDescriber } from "./describer.ts";
import { note } from "./note.ts";
import { readTraining } from "./read_training.ts";
import { startingWeights } from "./starting_weights.ts";
import { stepProgress } from "./step_progress.ts";

/** Options of the `ablate` command. */
export interface AblateCommandOptions {
  /** Seeds; every row is trained with each. */
  seeds: readonly number[];
  /** Forget the runs of an earlier ablation in the output folder. */
  fresh?: boolean | undefined;
  /** Print one JSON object. */
  json?: boolean | undefined;
  /** No progress and no notes. */
  quiet?: boolean | undefined;
}

/**
 * Trains and evaluates all rows, goes on where an earlier ablation in the same folder was, and prints the table.
 *
 * `--json` prints `{"finished": …, "weights": "last", "seeds": […], "rows": [{"row", "label", "datasets": {NAME: {"values":
 * {SEED: mAP}, "mean", "deviation", "decline"}}}]}`, in percent and full precision, null where undefined.
 *
 * @param path The JSON file of the training, with the data sets in `evaluate`.
 * @param options Seeds, fresh start, and what is printed.
 * @throws {TypeError} Listing every field of the file that does not fit.
 * @throws {Error} When the output folder belongs to an ablation with other settings, or numbers are no longer finite.
 */
export async function ablateCommand(path: string, options: AblateCommandOptions): Promise<void> {
  const { seeds, json } = options;
  const config = await readTraining(path);
  const results = await AblationResults.open(config, { fresh: options.fresh ?? false });
  const { stopped } = await runAblation(config, results, options);
  const rows = summariseAblation(results.all, { seeds, datasets: Object.keys(results.datasets) });
  if (json) return console.log(JSON.stringify({ finished: !stopped, weights: "last", seeds, rows }));
  console.log(ablationTable(rows));
  const words = seeds.length === 1
    ? `Seed ${seeds[0]}`
    : `Mean ± sample standard deviation over seeds ${seeds.join(", ")}`;
  console.log(`\n${words}; weights after the last step; in brackets the difference to the whole model.`);
  if (stopped) console.log(`Stopped before the end. Go on with: ablate ${path} --seeds ${seeds.join(",")}`);
}

async function runAblation(
  config: TrainingConfig,
  results: AblationResults,
  { seeds, quiet }: AblateCommandOptions,
): Promise<{ stopped: boolean }> {
  if (results.isComplete(seeds)) return { stopped: false };
  const datasets = Object.values(results.datasets);
  // All of them are read before hours of training, not after.
  const [training] = await Promise.all([config.train, ...datasets].map(readDatasetConfig));
  const describe = await readDescriber(training);
  const device = await openDevice();
  const stop = new AbortController();
  const onSignal = () => {
    note("stopping after this step or evaluation", { quiet });
    stop.abort();
  };
  let steps = stepProgress("", { quiet });
  let title = "";
  Deno.addSignalListener("SIGINT", onSignal);
  try {
    return await ablate(config, results, {
      device,
      seeds,
      start: (seed) => startingWeights({ ...config, seed }),
      describe,
      evaluate: async ({ weights, dataset, results }) => {
        steps.finish();
        const label = `Evaluating ${title}`;
        const ap = await evaluateOnDataset(weights, { dataset, results, label, quiet });
        if (ap !== null) return ap;
        throw new Error(`Cannot evaluate on ${dataset}: no joint is annotated, expected some`);
      },
      signal: stop.signal,
      onRun: (run) => {
        title = titleOf(run);
        note(`run ${run.number} of ${run.runs}: ${title}`, { quiet });
        steps = stepProgress(`Training ${title}`, { quiet });
      },
      onStep: (report) => steps.step(report),
      onResult: (run, { dataset, ap }) =>
        note(`${titleOf(run)}, ${dataset}: ${ap.toFixed(1)} mAP`, { quiet }),
    });
  } finally {
    steps.finish();
    Deno.removeSignalListener("SIGINT", onSignal);
    device.close();
  }
}

function titleOf({ row, seed }: AblationRun): string {
  return `${row.label}, seed ${seed}`;
}
