/** `train`: a weights file trained on a data set, as a JSON file describes it. */
import { join } from "node:path";
import { openDevice } from "../gpu/device.ts";
import { readDatasetConfig } from "../posetrack/dataset_config.ts";
import { measureTraining, outputNames, train } from "../training/train.ts";
import type { TrainingConfig } from "../training/training_config.ts";
import { evaluateOnDataset } from "./dataset_evaluator.ts";
import { readDescriber } from "./describer.ts";
import { note } from "./note.ts";
import { readTraining } from "./read_training.ts";
import { startingWeights } from "./starting_weights.ts";
import { stepProgress } from "./step_progress.ts";

/** Options of the `train` command. */
export interface TrainCommandOptions {
  /** Go on from the last checkpoint. */
  resume?: boolean | undefined;
  /** Only say what memory it would take. */
  dryRun?: boolean | undefined;
  /** Print one JSON object. */
  json?: boolean | undefined;
  /** No progress and no notes. */
  quiet?: boolean | undefined;
}

/**
 * Trains, and says where to look.
 *
 * @param path The JSON file.
 * @param options Resume, dry run, and what is printed.
 * @throws {TypeError} Listing every field of the file that does not fit.
 * @throws {Error} When loss or gradients are no longer finite.
 */
export async function trainCommand(path: string, options: TrainCommandOptions): Promise<void> {
  const { quiet } = options;
  const config = await readTraining(path);
  const weights = await startingWeights(config);
  const describe = await readDescriber(await readDatasetConfig(config.train));
  const device = await openDevice();
  const stop = new AbortController();
  const onSignal = () => {
    note("stopping after this step, with a checkpoint", { quiet });
    stop.abort();
  };
  Deno.addSignalListener("SIGINT", onSignal);
  try {
    const common = { device, weights, describe };
    if (options.dryRun) return printMemory(await measureTraining(config, common), options);
    note(`training on ${device.traits.description}`, { quiet });
    const report = stepProgress("Training", { quiet });
    const result = await train(config, {
      ...common,
      resume: options.resume ?? false,
      signal: stop.signal,
      onTexts: ({ all, cut }) => {
        if (cut > 0) note(`the ends of ${cut} of ${all} texts are left out: they are too long`, { quiet });
      },
      onStep: report.step,
      ...(config.validation === undefined
        ? {}
        : { validate: await validator(config, config.validation, options) }),
    });
    report.finish();
    const file = join(
      config.output,
      result.best >= 0 && !result.stopped ? outputNames.best : outputNames.last,
    );
    if (options.json) return console.log(JSON.stringify({ ...result, weights: file }));
    const best = result.best >= 0 ? `, best validation ${result.best.toFixed(1)} mAP` : "";
    console.log(`${result.stopped ? "Stopped" : "Finished"} after ${result.step} steps${best}: ${file}`);
    if (result.stopped) console.log(`Go on with: train ${path} --resume`);
  } finally {
    Deno.removeSignalListener("SIGINT", onSignal);
    device.close();
  }
}

/** Runs the weights over the validation set by the ordinary path. */
async function validator(
  { output }: TrainingConfig,
  dataset: string,
  { quiet }: TrainCommandOptions,
): Promise<(weights: string) => Promise<number>> {
  await readDatasetConfig(dataset); // tells what is wrong with it before an epoch is trained
  const evaluation = { dataset, results: join(output, "validation"), label: "Validating", quiet };
  return async (weights) => await evaluateOnDataset(weights, evaluation) ?? 0;
}

function printMemory(
  memory: { arena: number; textures: number; state: number },
  { json }: TrainCommandOptions,
): void {
  const total = memory.arena + memory.textures + memory.state;
  if (json) return console.log(JSON.stringify({ ...memory, total }));
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
  console.log(
    `Training takes about ${megabytes(total)} of GPU memory beside the packed weights: ` +
      `${megabytes(memory.arena + memory.textures)} for one batch, ` +
      `${megabytes(memory.state)} for values, gradients and moments.`,
  );
}
