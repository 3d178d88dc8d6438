/** The WebGPU engine: plans by size, kept for the next batch of the same size. */
import type { GpuDevice } from "../gpu/device.ts";
import { Executor } from "../gpu/executor.ts";
import { ParameterStore } from "../gpu/parameters.ts";
import { PipelineCache } from "../gpu/pipelines.ts";
import { activationBytes, type Schedule } from "../gpu/schedule.ts";
import { Tuner } from "../gpu/tuner.ts";
import { TuningFile } from "../gpu/tuning_file.ts";
import { listContests } from "../graph/contests.ts";
import type { Graph } from "../graph/graph.ts";
import { planGraph } from "../graph/plan.ts";
import type { LaposeConfig } from "../model/config.ts";
import { forwardGraph } from "../model/forward_graph.ts";
import type {
  Engine,
  ForwardBatch,
  ForwardOutputs,
  PoseBatch,
  PoseResult,
  TensorValue,
  TokenBatch,
} from "./engine.ts";
import { poseGraph, poseInputs } from "./pose_graph.ts";
import { Turns } from "./turns.ts";
import type { WeightsFile } from "./weights_file.ts";

/** Options of {@linkcode WebgpuEngine}. */
export interface WebgpuEngineOptions {
  /** The configuration to run: the file's, with parts switched off. */
  config: LaposeConfig;
  /** How weights of matrix products and activations are kept in GPU memory. @default {"f32"} */
  dtype?: "f32" | "f16";
  /** Whether kernels are timed on this device. @default {true on hardware adapters} */
  tune?: boolean;
  /** Called while weights load. */
  onProgress?: (done: number, total: number) => void;
}

/** Memory of the plans that are kept; the least recently used go first, and the one in use stays in any case. */
const keptPlanBytes = { hardware: 2 ** 30, software: 2 ** 26 };

/** People in one batch: enough to fill a GPU. A software adapter is full with one; two share what they can. */
const batchLimits = { hardware: 16, software: 2 };

/** Runs a model on WebGPU. */
export class WebgpuEngine implements Engine {
  readonly kind = "webgpu" as const;
  readonly description: string;
  readonly limits: Engine["limits"];
  readonly #weights: WeightsFile;
  readonly #device: GpuDevice;
  readonly #pipelines: PipelineCache;
  readonly #parameters: ParameterStore;
  readonly #options: WebgpuEngineOptions;
  #tuner: Tuner | undefined;
  /** By size, the least recently used first. */
  readonly #plans = new Map<string, Executor>();
  /** One batch at a time, closing included. */
  readonly #turns = new Turns();

  /** An engine for `weights` on an opened device, which it closes in the end. */
  constructor(weights: WeightsFile, device: GpuDevice, options: WebgpuEngineOptions) {
    this.#weights = weights;
    this.#device = device;
    this.#options = options;
    this.#pipelines = new PipelineCache(device);
    this.#parameters = new ParameterStore(device);
    this.description = device.traits.description;
    this.limits = {
      people: device.traits.software ? batchLimits.software : batchLimits.hardware,
      mostPeople: batchLimits.hardware,
      pixels: Math.floor(device.traits.maxBindingBytes / 4),
    };
  }

  /** Runs the model on normalised crops. */
  forward({ pixels, batch, text }: ForwardBatch): Promise<ForwardOutputs> {
    return this.#turns.take(async () => {
      const executor = await this.forwardPlan(batch, text?.shape[1]);
      const values = await executor.run({ pixels, ...tokenInputs(text) });
      const outputs: Record<string, TensorValue> = {};
      for (const [name, { shape }] of executor.schedule.outputs) {
        outputs[name] = { data: values[name] as Float32Array, shape: [...shape] };
      }
      return outputs as unknown as ForwardOutputs;
    });
  }

  /** Runs crop, model and decode: one submit, one readback of `B × K × 3` numbers (and the transport, when wanted). */
  pose(batch: PoseBatch): Promise<PoseResult> {
    return this.#turns.take(async () => {
      const { config } = this.#options;
      const inputs = poseInputs(batch, { config, pixelLimit: this.limits.pixels });
      const executor = await this.#plan(
        `pose ${JSON.stringify(inputs.size)}`,
        () => poseGraph(config, this.#weights.keypoints, inputs.size),
      );
      const { keypoints, plan, cost, crossAttention } = await executor.run({
        ...inputs.values,
        ...tokenInputs(batch.text),
      }) as Record<string, Float32Array>;
      if (!plan) return { keypoints };
      return { keypoints, transport: { plan, cost, ...(crossAttention ? { crossAttention } : {}) } };
    });
  }

  /**
   * The plan of a raw forward pass, for benchmarks and profiles.
   *
   * @param batch People.
   * @param tokens Text tokens; absent: the visual-only path.
   * @returns The plan; it belongs to the engine.
   */
  forwardPlan(batch: number, tokens?: number): Promise<Executor> {
    const { config } = this.#options;
    const size = { batch, ...(tokens === undefined ? {} : { tokens }) };
    return this.#plan(
      `forward ${JSON.stringify(size)}`,
      () => forwardGraph(config, this.#weights.keypoints.keypoints.length, size),
    );
  }

  /** Frees plans, weights and device. */
  close(): Promise<void> {
    return this.#turns.take(() => {
      for (const executor of this.#plans.values()) executor.close();
      this.#plans.clear();
      this.#parameters.close();
      this.#device.close();
      return Promise.resolve();
    });
  }

  /** Closes plans until one of `bytes` fits beside those that stay. */
  #makeRoom(bytes: number): void {
    const budget = this.#device.traits.software ? keptPlanBytes.software : keptPlanBytes.hardware;
    let held = bytes +
      [...this.#plans.values()].reduce((sum, { schedule }) => sum + activationBytes(schedule), 0);
    for (const [key, executor] of this.#plans) {
      if (held <= budget) return;
      held -= activationBytes(executor.schedule);
      executor.close();
      this.#plans.delete(key);
    }
  }

  async #plan(key: string, build: () => Graph): Promise<Executor> {
    let executor = this.#plans.get(key);
    this.#plans.delete(key);
    if (!executor) {
      const schedule = await this.#schedule(build());
      this.#makeRoom(activationBytes(schedule));
      executor = await Executor.prepare(schedule, {
        device: this.#device,
        pipelines: this.#pipelines,
        parameters: this.#parameters,
        ...(this.#options.onProgress ? { onProgress: this.#options.onProgress } : {}),
      });
    }
    this.#plans.set(key, executor);
    return executor;
  }

  /** Plans a graph with the kernels that were the fastest on this device. */
  async #schedule(graph: Graph): Promise<Schedule> {
    const { traits } = this.#device;
    const { dtype = "f32", tune = !traits.software } = this.#options;
    if (tune) {
      this.#tuner ??= new Tuner({
        device: this.#device,
        pipelines: this.#pipelines,
        file: await TuningFile.open(`${traits.description}, Deno ${Deno.version.deno}`),
      });
      await this.#tuner.tune(listContests(graph, { traits, dtype }));
    }
    return planGraph(graph, {
      traits,
      dtype,
      read: (name, allocate) => this.#weights.read(name, allocate),
      choose: (key) => this.#tuner?.choice(key),
    });
  }
}

function tokenInputs(text: TokenBatch | undefined): { inputIds?: Int32Array; attentionMask?: Int32Array } {
  return text ? { inputIds: text.inputIds, attentionMask: text.attentionMask } : {};
}
