/** The training loop: batches in, a trained weights file out; continues where an earlier run was. */
import { join } from "node:path";
import { openWeights, type WeightsFile, writeWeights } from "../estimation/weights_file.ts";
import { writeWholeFile } from "../files/whole_file.ts";
import type { GpuDevice } from "../gpu/device.ts";
import { PipelineCache } from "../gpu/pipelines.ts";
import { readDatasetConfig } from "../posetrack/dataset_config.ts";
import { Batches } from "./batches.ts";
import { type Checkpoint, readCheckpoint, type TrainingProgress, writeCheckpoint } from "./checkpoint.ts";
import { learningRate } from "./learning_rate.ts";
import { type LogEntry, lossCurveSvg } from "./loss_curve.ts";
import { readSamples } from "./samples.ts";
import { type LossValues, Trainer, type TrainingMemory } from "./trainer.ts";
import type { TrainingConfig } from "./training_config.ts";
import { trainingGraph } from "./training_graph.ts";

/** What a training needs besides its configuration. */
export interface TrainOptions {
  /** The device. */
  device: GpuDevice;
  /** Weights file to start from. */
  weights: string;
  /** The description of a clip, and of one person in it. */
  describe: (clip: string, person?: number) => string | undefined;
  /** Evaluates a weights file: mean average precision in percent. */
  validate?: (weights: string) => Promise<number>;
  /** Go on from the last checkpoint of the output folder. */
  resume: boolean;
  /** Stops after the step in work, with a checkpoint. */
  signal?: AbortSignal;
  /** Called before the first step with the number of different texts, and of those whose end the model does not read. */
  onTexts?: (texts: { readonly all: number; readonly cut: number }) => void;
  /** Called after every step. */
  onStep?: (report: StepReport) => void;
}

/** One step, as it is logged. */
export interface StepReport extends LossValues {
  /** Epoch, from 0. */
  epoch: number;
  /** Steps done. */
  step: number;
  /** Steps of the whole training. */
  steps: number;
  /** Learning rate. */
  rate: number;
  /** Norm of all gradients together, before clipping. */
  norm: number;
  /** People per second. */
  samplesPerSecond: number;
}

/** How a training ended. */
export interface TrainResult {
  /** Steps done. */
  step: number;
  /** Whether it was stopped before its end. */
  stopped: boolean;
  /** Best validation in percent; −1 without any. */
  best: number;
}

/** Names of the files in the output folder. */
export const outputNames = {
  checkpoint: "last.state",
  last: "last.onnx",
  best: "best.onnx",
  log: "log.jsonl",
  curve: "curve.svg",
} as const;

const moments = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

/**
 * Trains, from the start or from the last checkpoint.
 *
 * @param config The training.
 * @param options Device, weights, descriptions and validation.
 * @returns How it ended.
 * @throws {Error} When loss or gradients are no longer finite: with the step; the last checkpoint stays.
 * @throws {TypeError} When the checkpoint belongs to another training.
 */
export async function train(config: TrainingConfig, options: TrainOptions): Promise<TrainResult> {
  await Deno.mkdir(config.output, { recursive: true });
  await using weights = await openWeights(options.weights);
  using batches = await openBatches(config, weights, options.describe);
  if (batches.texts) options.onTexts?.(batches.texts);
  const trainer = await Trainer.prepare(await trainerOptions(config, { ...options, weights, batches }));
  try {
    return await new Training(config, { ...options, weights, batches, trainer }).run();
  } finally {
    trainer.close();
  }
}

/**
 * The memory that a training would take on the device, in bytes; nothing is trained.
 *
 * @param config The training.
 * @param options As for {@linkcode train}.
 * @returns Bytes by purpose.
 */
export async function measureTraining(
  config: TrainingConfig,
  options: Pick<TrainOptions, "device" | "weights" | "describe">,
): Promise<TrainingMemory> {
  await using weights = await openWeights(options.weights);
  using batches = await openBatches(config, weights, options.describe);
  return Trainer.measure(await trainerOptions(config, { ...options, weights, batches }));
}

async function openBatches(
  config: TrainingConfig,
  weights: WeightsFile,
  describe: TrainOptions["describe"],
): Promise<Batches> {
  const { keypoints, tokenizer, config: model } = weights;
  const dataset = await readDatasetConfig(config.train);
  const samples = await readSamples(dataset, { keypoints, span: model.temporalSpan, describe });
  return new Batches(samples, { ...config, config: model, keypoints, tokenizer });
}

async function trainerOptions(
  { batch, trainText, layerDecay, recompute }: TrainingConfig,
  { device, weights, batches }: { device: GpuDevice; weights: WeightsFile; batches: Batches },
) {
  const size = {
    batch,
    pixels: await batches.pixels(),
    keypoints: weights.keypoints.keypoints.length,
    ...(batches.tokens === undefined ? {} : { tokens: batches.tokens }),
  };
  return {
    device,
    pipelines: new PipelineCache(device),
    config: weights.config,
    build: (graph: Parameters<typeof trainingGraph>[0]) => trainingGraph(graph, weights.config, size),
    read: weights.read,
    trainText,
    layerDecay,
    recompute,
  };
}

/** What one run works with. */
interface RunOptions extends Omit<TrainOptions, "weights"> {
  weights: WeightsFile;
  batches: Batches;
  trainer: Trainer;
}

/** One run of a training. */
class Training {
  readonly #config: TrainingConfig;
  readonly #options: RunOptions;
  readonly #steps: { perEpoch: number; all: number };
  #progress: TrainingProgress = { epoch: 0, stepInEpoch: 0, step: 0, best: -1 };
  #pending: Checkpoint | undefined;
  #log: (LogEntry & Record<string, unknown>)[] = [];

  constructor(config: TrainingConfig, options: RunOptions) {
    this.#config = config;
    this.#options = options;
    const perEpoch = Math.floor(options.batches.perEpoch / config.accumulate);
    if (perEpoch < 1) {
      throw new RangeError(
        `Cannot train on ${options.batches.perEpoch} batches in steps of ${config.accumulate}: accumulate fewer`,
      );
    }
    this.#steps = { perEpoch, all: perEpoch * config.epochs };
  }

  async run(): Promise<TrainResult> {
    if (this.#options.resume) await this.#resume();
    else await Deno.writeTextFile(this.#path("log"), "");
    const progress = this.#progress;
    while (progress.epoch < this.#config.epochs) {
      await this.#epoch();
      if (this.#options.signal?.aborted) break;
    }
    await this.#save();
    const { step, best } = progress;
    return { step, stopped: step < this.#steps.all, best };
  }

  async #epoch(): Promise<void> {
    const { trainer, signal, onStep } = this.#options;
    const { accumulate, batch, checkpointEvery } = this.#config;
    const progress = this.#progress;
    const { epoch } = progress;
    const last = this.#steps.perEpoch * accumulate - 1;
    const batchAt = (index: number) => index <= last ? this.#batch(epoch, index) : Promise.resolve({});
    let next = batchAt(progress.stepInEpoch * accumulate);
    let since = performance.now();
    while (progress.stepInEpoch < this.#steps.perEpoch) {
      const losses: LossValues[] = [];
      for (let i = 0; i < accumulate; i++) {
        const inputs = await next;
        // The next batch is decoded while the device works on this one; it is asked for first, because a software
        // adapter works inside the call that submits.
        next = batchAt(progress.stepInEpoch * accumulate + i + 1);
        next.catch(() => {}); // awaited in the next round
        losses.push(await trainer.addBatch(inputs));
      }
      const rate = learningRate(this.#config.rates, {
        epoch: progress.epoch + progress.stepInEpoch / this.#steps.perEpoch,
        step: progress.step,
      });
      const step = progress.step + 1;
      const { decay, clip } = this.#config;
      const norm = await trainer.update({ ...moments, rate, decay, clip, step, batches: accumulate });
      const mean = meanOf(losses);
      if (!Number.isFinite(norm) || !Object.values(mean).every(Number.isFinite)) {
        throw this.#failure(`loss ${mean.total}, gradient norm ${norm}`);
      }
      await this.#writePending();
      progress.step = step;
      progress.stepInEpoch++;
      const now = performance.now();
      const samplesPerSecond = batch * accumulate / (now - since) * 1000;
      since = now;
      const report = { epoch, step, steps: this.#steps.all, ...mean, rate, norm, samplesPerSecond };
      await this.#append(report);
      onStep?.(report);
      if (signal?.aborted) return;
      if (checkpointEvery > 0 && step % checkpointEvery === 0) this.#pending = await this.#snapshot();
    }
    Object.assign(progress, { epoch: epoch + 1, stepInEpoch: 0 });
    await this.#save();
    if (progress.epoch % this.#config.validateEvery === 0 || progress.epoch === this.#config.epochs) {
      await this.#validate();
    }
  }

  async #validate(): Promise<void> {
    const { validate } = this.#options;
    if (!validate) return;
    const ap = await validate(this.#path("last"));
    const { epoch, step } = this.#progress;
    if (ap > this.#progress.best) {
      this.#progress.best = ap;
      await this.#export("best");
    }
    await this.#append({ epoch: epoch - 1, step, ap, best: this.#progress.best });
    await this.#saveState();
  }

  #batch(epoch: number, index: number) {
    return this.#options.batches.make(epoch, index);
  }

  async #save(): Promise<void> {
    await this.#saveState();
    await this.#export("last");
    await writeWholeFile(this.#path("curve"), lossCurveSvg(this.#log));
  }

  async #saveState(): Promise<void> {
    this.#pending = await this.#snapshot();
    await this.#writePending();
  }

  async #snapshot(): Promise<Checkpoint> {
    const state = await this.#options.trainer.save();
    if (!state.values.every(Number.isFinite)) throw this.#failure("a weight that is not finite");
    return { progress: { ...this.#progress }, identity: this.#identity(), state };
  }

  /** A checkpoint between epochs is written when the step after it has shown that its numbers are good. */
  async #writePending(): Promise<void> {
    if (this.#pending) await writeCheckpoint(this.#path("checkpoint"), this.#pending);
    this.#pending = undefined;
  }

  #failure(found: string): Error {
    const { epoch, step } = this.#progress;
    return new Error(
      `Cannot go on training after step ${step}, in epoch ${epoch}: ${found}, expected finite numbers; the last ` +
        `checkpoint in ${this.#config.output} is good: lower the rate and resume`,
    );
  }

  async #export(name: "last" | "best"): Promise<void> {
    const { weights, trainer } = this.#options;
    const trained = await trainer.values();
    const { epoch, step } = this.#progress;
    await writeWeights(this.#path(name), {
      config: weights.config,
      ...(weights.tokenizer ? { tokenizer: weights.tokenizer.json } : {}),
      provenance:
        `trained for ${step} steps, ${epoch} epochs, seed ${this.#config.seed}; before: ${weights.provenance}`,
      values: (name) => trained.get(name) ?? weights.read(name),
    });
  }

  async #resume(): Promise<void> {
    const { progress, identity, state } = await readCheckpoint(this.#path("checkpoint"));
    if (identity !== this.#identity()) {
      throw new TypeError(
        `Cannot resume ${this.#config.output}: its checkpoint is of ${identity}, expected ${this.#identity()}`,
      );
    }
    await this.#options.trainer.restore(state);
    Object.assign(this.#progress, progress);
    const lines = (await Deno.readTextFile(this.#path("log"))).split("\n").filter((line) =>
      line.endsWith("}")
    );
    this.#log = lines.map((line) => JSON.parse(line)).filter(({ step }) => step <= progress.step);
    await writeWholeFile(this.#path("log"), this.#log.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
  }

  /** What must be the same for a training to go on bit for bit. */
  #identity(): string {
    const { seed, batch, accumulate, train, trainText, layerDecay } = this.#config;
    return JSON.stringify({
      seed,
      batch,
      accumulate,
      trainText,
      layerDecay,
      train,
      perEpoch: this.#steps.perEpoch,
      parameters: this.#options.trainer.layout.count,
    });
  }

  async #append(entry: LogEntry & Record<string, unknown>): Promise<void> {
    this.#log.push(entry);
    await Deno.writeTextFile(this.#path("log"), `${JSON.stringify(entry)}\n`, { append: true });
  }

  #path(name: keyof typeof outputNames): string {
    return join(this.#config.output, outputNames[name]);
  }
}

function meanOf(losses: readonly LossValues[]): LossValues {
  const names = Object.keys(losses[0]) as (keyof LossValues)[];
  const mean = (name: keyof LossValues) => losses.reduce((sum, loss) => sum + loss[name]!, 0) / losses.length;
  return Object.fromEntries(names.map((name) => [name, mean(name)])) as unknown as LossValues;
}
