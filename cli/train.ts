/** `train`: a weights file trained on a data set, as a JSON file describes it. */
import { join, resolve } from "node:path";
import { openDevice } from "../gpu/device.ts";
import { evaluateAveragePrecision } from "../posetrack/evaluate.ts";
import { readDatasetConfig } from "../posetrack/dataset_config.ts";
import { runDataset } from "../posetrack/run_dataset.ts";
import { measureTraining, outputNames, type StepReport, train } from "../training/train.ts";
import { parseTrainingConfig, type TrainingConfig } from "../training/training_config.ts";
import { datasetEstimator } from "./dataset_estimator.ts";
import { readDescriber } from "./describer.ts";
import { initCommand } from "./init.ts";
import { loadModel } from "./load_model.ts";
import { note } from "./note.ts";
import { createProgress } from "./progress.ts";
import { readText } from "./read_config.ts";

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
  const config = parseTrainingConfig(
    parseJson(path, await readText("the training", path, "a JSON file")),
    path,
  );
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
    const report = stepPrinter(quiet);
    const result = await train(config, {
      ...common,
      resume: options.resume ?? false,
      signal: stop.signal,
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

/** The weights file to start from; random weights are made beside the output when a model is named instead. */
async function startingWeights({ weights, model, output, seed }: TrainingConfig): Promise<string> {
  if (weights !== undefined) return weights;
  const to = resolve(output, "start.onnx");
  await Deno.mkdir(output, { recursive: true });
  // The same seed gives the same bytes, so that a resumed training starts from the same frozen text encoder.
  await initCommand({ config: model!, seed, to, dtype: "f32", quiet: true, silent: true });
  return to;
}

/** Runs the weights over the validation set by the ordinary path. */
async function validator(
  { output }: TrainingConfig,
  path: string,
  { quiet }: TrainCommandOptions,
): Promise<(weights: string) => Promise<number>> {
  const dataset = { ...await readDatasetConfig(path), results: join(output, "validation") };
  const describe = await readDescriber(dataset);
  return async (weights) => {
    await using model = await loadModel(weights, { device: "auto", tune: false, quiet: true });
    const progress = createProgress("Validating", { unit: "frames", quiet });
    await runDataset(dataset, {
      estimate: datasetEstimator(model, { decode: "dark", describe }),
      model: weights,
      keypoints: model.keypoints,
      fresh: true,
      onProgress: ({ framesDone }) => progress.update(framesDone),
    });
    progress.finish();
    const { metric } = await evaluateAveragePrecision({
      groundTruth: dataset.annotations,
      prediction: dataset.results,
    });
    return metric.result().ap.mean ?? 0;
  };
}

function stepPrinter(quiet: boolean | undefined): { step: (report: StepReport) => void; finish: () => void } {
  let progress: ReturnType<typeof createProgress> | undefined;
  return {
    step: (report) => {
      progress ??= createProgress("Training", { unit: "steps", total: report.steps, quiet });
      const { epoch, total, heatmap, contrastive, transport, rate, samplesPerSecond } = report;
      const parts = [
        `epoch ${epoch}`,
        `loss ${total.toPrecision(4)}`,
        `heatmap ${heatmap.toPrecision(4)}`,
        contrastive === undefined ? "" : `contrastive ${contrastive.toPrecision(4)}`,
        transport === undefined ? "" : `transport ${transport.toPrecision(4)}`,
        `rate ${rate.toPrecision(3)}`,
        `${samplesPerSecond.toFixed(1)} people/s`,
      ];
      progress.update(report.step, parts.filter(Boolean).join(", "));
    },
    finish: () => progress?.finish(),
  };
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

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SyntaxError(`Cannot read the training ${path}: ${(error as Error).message}`, { cause: error });
  }
}
