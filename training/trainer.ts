/** The trainer: forward, backward and update as two plans over state that stays on the GPU. */
import type { GpuDevice } from "../gpu/device.ts";
import { Executor, type InputValues } from "../gpu/executor.ts";
import { ParameterStore } from "../gpu/parameters.ts";
import { PipelineCache } from "../gpu/pipelines.ts";
import { type Schedule, type ScheduledParameter, textureBytes } from "../gpu/schedule.ts";
import { StateStore } from "../gpu/state_store.ts";
import { differentiate } from "../graph/gradient.ts";
import { Graph } from "../graph/graph.ts";
import type { Operator } from "../graph/operator.ts";
import { planGraph, type ReadParameter } from "../graph/plan.ts";
import { rowCount, type Tensor } from "../graph/tensor.ts";
import { add } from "../kernels/add/add.ts";
import {
  type AdamwSettings,
  lowerAccumulate,
  lowerAdamw,
  lowerMoveRunning,
  settingsAtRest,
  settingsLength,
  settingsOf,
  stateNames,
} from "../kernels/adamw/adamw.ts";
import { batchNormOperator } from "../kernels/batch_norm/batch_norm.ts";
import { constant } from "../kernels/constant/constant.ts";
import { lowerRepack } from "../kernels/repack/repack.ts";
import type { LaposeConfig } from "../model/config.ts";
import type { Losses } from "../model/losses.ts";
import { isStatistic, layOutParameters, type ParameterLayout } from "./parameter_layout.ts";

/** What a trainer is made of. */
export interface TrainerOptions {
  /** The device. */
  device: GpuDevice;
  /** Its compiled shaders; new ones when absent. */
  pipelines?: PipelineCache;
  /** The model's configuration. */
  config: LaposeConfig;
  /** Builds inputs, model and losses in a graph made for training. */
  build: (graph: Graph) => Losses;
  /** Where the weights come from. */
  read: ReadParameter;
  /**
   * Whether the text encoder learns too.
   *
   * @default {false}
   */
  trainText?: boolean;
  /**
   * What the rate of each ViT block is of the block above it; 0: the ViT is frozen.
   *
   * @default {1}
   */
  layerDecay?: number;
  /**
   * Whether the tensors inside each transformer block are computed again on the way back instead of being kept: less
   * memory for about a third more time.
   *
   * @default {false}
   */
  recompute?: boolean;
  /** Called while weights load. */
  onProgress?: (done: number, total: number) => void;
}

/** The losses of one batch. */
export interface LossValues {
  /** L_total, Eq. 16. */
  total: number;
  /** L_H, Eq. 12. */
  heatmap: number;
  /** L_cl, Eq. 15. */
  contrastive?: number;
  /** L_OT, Eq. 11. */
  transport?: number;
}

/** Memory that training takes, in bytes. */
export interface TrainingMemory {
  /** Activations and gradients of one batch. */
  readonly arena: number;
  /** Textures of one batch. */
  readonly textures: number;
  /** Values, gradients and both moments. */
  readonly state: number;
}

/** The plan of one batch, and where its parameters stand. */
interface BatchPlan {
  readonly schedule: Schedule;
  readonly layout: ParameterLayout;
}

/** Trains one model at one batch size. */
export class Trainer {
  /** Where each parameter stands in the state. */
  readonly layout: ParameterLayout;
  readonly #batch: Executor;
  readonly #update: Executor;
  readonly #parameters: ParameterStore;
  readonly #state: StateStore;

  private constructor(
    layout: ParameterLayout,
    parts: { batch: Executor; update: Executor; parameters: ParameterStore; state: StateStore },
  ) {
    this.layout = layout;
    this.#batch = parts.batch;
    this.#update = parts.update;
    this.#parameters = parts.parameters;
    this.#state = parts.state;
  }

  /**
   * Plans forward and backward pass and the update, and loads the weights.
   *
   * @param options Device, model and weights.
   * @returns The trainer.
   * @throws {RangeError} When the batch exceeds what the device can bind.
   */
  static async prepare(options: TrainerOptions): Promise<Trainer> {
    const { device, read } = options;
    const { schedule, layout } = planBatch(options);
    const pipelines = options.pipelines ?? new PipelineCache(device);
    const parameters = new ParameterStore(device);
    const state = new StateStore(device);
    const shared = { device, pipelines, parameters, state };
    const { onProgress } = options;
    const made: { close(): void }[] = [parameters, state];
    try {
      for (const name of stateNames) await state.create(name, layout.count);
      for (const { name, start } of layout.parameters.values()) {
        state.write("values", start, await read(name));
      }
      const batch = await Executor.prepare(schedule, { ...shared, ...(onProgress ? { onProgress } : {}) });
      made.push(batch);
      const update = await Executor.prepare(planUpdate(options, { schedule, layout }), shared);
      return new Trainer(layout, { batch, update, parameters, state });
    } catch (error) {
      for (const part of made) part.close();
      throw error;
    }
  }

  /**
   * Memory that training would take, without a device's memory being touched.
   *
   * @param options As for {@linkcode Trainer.prepare}; only the device's traits are used.
   * @returns Bytes by purpose.
   */
  static measure(options: TrainerOptions): TrainingMemory {
    const { schedule, layout } = planBatch(options);
    return {
      arena: schedule.arenaBytes,
      textures: schedule.textures.reduce((sum, slot) => sum + textureBytes(slot), 0),
      state: layout.count * 4 * stateNames.length,
    };
  }

  /**
   * Runs a batch forward and backward and adds its gradients to those of the step.
   *
   * @param inputs What the graph of `build` reads.
   * @returns Its losses.
   */
  async addBatch(inputs: InputValues): Promise<LossValues> {
    const values = await this.#batch.run(inputs);
    return Object.fromEntries(
      Object.entries(values).map(([name, [value]]) => [name, value]),
    ) as unknown as LossValues;
  }

  /**
   * Moves the parameters and clears the gradients. Gradients that are not finite change nothing.
   *
   * @param settings Rate, decay and the rest.
   * @returns The norm of all gradients together, before it was clipped; not finite where they were not.
   */
  async update(settings: AdamwSettings): Promise<number> {
    const { norm } = await this.#update.run({ settings: settingsOf(settings) });
    return norm[2] === 1 ? norm[0] : NaN;
  }

  /**
   * Reads the values of everything that training changes.
   *
   * @returns By canonical name, row-major.
   */
  async values(): Promise<Map<string, Float32Array<ArrayBuffer>>> {
    const values = await this.#state.read("values");
    return new Map(
      [...this.layout.parameters.values()].map((
        { name, start, count },
      ) => [name, values.slice(start, start + count)]),
    );
  }

  /**
   * Reads values and both moments, from which training goes on bit for bit.
   *
   * @returns One array per state buffer but the gradients, in the arrangement of `layout`.
   */
  async save(): Promise<Record<"values" | "first" | "second", Float32Array<ArrayBuffer>>> {
    return {
      values: await this.#state.read("values"),
      first: await this.#state.read("first"),
      second: await this.#state.read("second"),
    };
  }

  /**
   * Goes back to a saved state.
   *
   * @param saved What {@linkcode Trainer.save} gave.
   * @throws {TypeError} When it is of another model.
   */
  async restore(saved: Record<"values" | "first" | "second", Float32Array>): Promise<void> {
    for (const [name, values] of Object.entries(saved)) {
      if (values.length !== this.layout.count) {
        throw new TypeError(`Cannot restore ${name}: ${values.length} values, expected ${this.layout.count}`);
      }
      this.#state.write(name, 0, values);
    }
    this.#state.write("gradients", 0, new Float32Array(this.layout.count));
    // Packs the values anew and changes nothing.
    await this.#update.run({ settings: settingsAtRest });
  }

  /** Plans a profile of one batch: GPU time by operator. */
  profile(inputs: InputValues): ReturnType<Executor["profile"]> {
    return this.#batch.profile(inputs);
  }

  /** Frees plans, state and packed weights; the device stays open. */
  close(): void {
    this.#batch.close();
    this.#update.close();
    this.#parameters.close();
    this.#state.close();
  }
}

/** The transformer block that a node stands in. */
function blockOf({ path }: { path: string }): string | undefined {
  return /^(?:vision\.blocks|fusion\.spatial|fusion\.temporal\.blocks|interaction)\.\d+/.exec(path)?.[0];
}

/** Forward pass, losses, backward pass, and what adds the gradients to the state. */
function planBatch(options: TrainerOptions): BatchPlan {
  const { config, build, device: { traits }, read, trainText = false, layerDecay = 1, recompute = false } =
    options;
  const graph = new Graph({ training: true });
  const losses = build(graph);
  for (const [name, loss] of Object.entries(losses) as [string, Tensor][]) graph.output(name, loss);
  const layout = layOutParameters(graph.parameters, { config, trainText, layerDecay });
  const trained = [...layout.parameters.values()].filter(({ name }) => !isStatistic(name));
  const statistics = runningStatistics(graph, layout);
  const gradients = differentiate(graph, {
    loss: losses.total,
    seed: constant(graph, { shape: [1], layout: "dense", value: 1 }),
    targets: trained.map(({ name }) => graph.parameters.get(name)!),
    add,
    ...(recompute ? { recompute: blockOf } : {}),
  });
  const schedule = planGraph(graph, {
    traits,
    read,
    after: {
      needs: [...gradients.values()],
      lower: (lowering) => {
        for (const [parameter, gradient] of gradients) {
          lowerAccumulate(lowering, gradient, layout.parameters.get(parameter.name)!.start);
        }
        for (const { batch, ...options } of statistics) lowerMoveRunning(lowering, batch, options);
      },
    },
  });
  return { schedule, layout };
}

/** Batch statistics of a graph, where their running ones stand, and what makes the variance unbiased. */
function runningStatistics(
  graph: Graph,
  layout: ParameterLayout,
): { batch: Tensor; start: number; factor: number }[] {
  return graph.nodes.flatMap(({ operator, inputs, outputs, attributes }) => {
    if (operator !== batchNormOperator as Operator<unknown>) return [];
    if ((attributes as { statistics: string }).statistics === "running") return [];
    const rows = rowCount(inputs[0]!);
    const start = (tensor: Tensor | null) => layout.parameters.get(tensor!.name)!.start;
    return [
      { batch: outputs[1], start: start(inputs[3]), factor: 1 },
      { batch: outputs[2], start: start(inputs[4]), factor: rows / Math.max(1, rows - 1) },
    ];
  });
}

/** Norm, update, and the parameters of the batch's plan packed anew. */
function planUpdate({ device: { traits }, read }: TrainerOptions, { schedule, layout }: BatchPlan): Schedule {
  const graph = new Graph();
  const settings = graph.input("settings", [settingsLength]);
  const [norm] = graph.add(updateOperator, [settings], layout);
  graph.output("norm", norm);
  const trained = new Map<string, ScheduledParameter>();
  for (const step of schedule.steps) {
    for (const binding of step.kind === "dispatch" ? step.bindings : []) {
      if (binding.kind !== "parameter" || !binding.source) continue;
      if (binding.source.names.some((name) => layout.parameters.has(name))) trained.set(binding.key, binding);
    }
  }
  return planGraph(graph, {
    traits,
    read,
    after: {
      needs: [],
      lower: (lowering) => {
        const places = { state: "values", total: layout.count, places: layout.parameters };
        for (const parameter of trained.values()) lowerRepack(lowering, parameter, places);
      },
    },
  });
}

/** Input settings; output norm. Changes the state, which no graph sees. */
const updateOperator: Operator<ParameterLayout> = {
  name: "adamw",

  infer() {
    return [{ shape: [3], layout: "dense" }];
  },

  lower({ inputs: [settings], outputs: [norm], attributes: { count, shares } }, lowering) {
    lowerAdamw(lowering, { settings: settings!, norm, count, shares });
  },
};
