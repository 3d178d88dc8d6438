/**
 * A raw forward pass made ready on a device, with seeded inputs: what every measurement of the whole model runs.
 *
 * Knows weights and model; takes no time itself.
 */
import type { WeightsFile } from "../estimation/weights_file.ts";
import type { DeviceTraits, GpuDevice } from "../gpu/device.ts";
import { Executor } from "../gpu/executor.ts";
import { ParameterStore } from "../gpu/parameters.ts";
import { PipelineCache } from "../gpu/pipelines.ts";
import { planGraph } from "../graph/plan.ts";
import { frameCount, type LaposeConfig } from "../model/config.ts";
import { forwardGraph } from "../model/forward_graph.ts";
import { randomValues } from "./inputs.ts";

/** Extents of a forward pass. */
export interface ForwardExtents {
  /** People B. */
  people: number;
  /** Text tokens N. */
  tokens: number;
}

/** Elements of one input, row-major, with their extents. */
export interface ForwardInput {
  /** Elements. */
  data: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>;
  /** Extents, outermost first. */
  shape: number[];
}

/** What the plans of one model share on a device. */
export interface ForwardContext {
  /** The device. */
  device: GpuDevice;
  /** Where weights come from. */
  weights: WeightsFile;
  /** Packed weights, loaded by the first plan. */
  parameters: ParameterStore;
  /** Compiled shaders. */
  pipelines: PipelineCache;
}

/**
 * Prepares what plans share.
 *
 * @param device The device.
 * @param weights An opened weights file.
 * @returns Empty stores; the caller closes `parameters`.
 */
export function forwardContext(device: GpuDevice, weights: WeightsFile): ForwardContext {
  return {
    device,
    weights,
    parameters: new ParameterStore(device),
    pipelines: new PipelineCache(device),
  };
}

/**
 * Makes seeded inputs of a forward pass: pixels in [-0.5, 0.5), ids all over the vocabulary, no padding.
 *
 * @param config The model's configuration.
 * @param extents People and tokens.
 * @returns `pixels [B, F, 3, H, W]` and, with language, `inputIds [B, N]` and `attentionMask [B, N]`.
 */
export function forwardInputs(
  config: LaposeConfig,
  { people, tokens }: ForwardExtents,
): Record<string, ForwardInput> {
  const { height, width } = config.image;
  const F = frameCount(config);
  const pixels = {
    data: randomValues(people * F * 3 * height * width, 1),
    shape: [people, F, 3, height, width],
  };
  if (!config.language) return { pixels };
  const { vocabularySize } = config.text;
  const shape = [people, tokens];
  return {
    pixels,
    inputIds: {
      data: Int32Array.from({ length: people * tokens }, (_, i) => (i * 7) % vocabularySize),
      shape,
    },
    attentionMask: { data: new Int32Array(people * tokens).fill(1), shape },
  };
}

/** A plan and what it reads. */
export interface ForwardPlan {
  /** The plan, ready to run; the caller closes it. */
  executor: Executor;
  /** One array per input. */
  inputs: Record<string, Float32Array | Int32Array>;
}

/** Options of {@linkcode openForwardPlan}. */
export interface OpenForwardPlanOptions extends ForwardExtents {
  /** What kernels are chosen for; the device's own traits when absent. */
  traits?: DeviceTraits;
}

/**
 * Plans, compiles and loads a forward pass.
 *
 * @param context What the plans of the model share.
 * @param options People, tokens, and traits to plan for.
 * @returns The plan and its inputs.
 * @throws {RangeError} When a tensor exceeds what the device can bind.
 */
export async function openForwardPlan(
  { device, weights, parameters, pipelines }: ForwardContext,
  { people, tokens, traits = device.traits }: OpenForwardPlanOptions,
): Promise<ForwardPlan> {
  const { config, keypoints } = weights;
  const size = { batch: people, ...(config.language ? { tokens } : {}) };
  const schedule = planGraph(forwardGraph(config, keypoints.keypoints.length, size), {
    traits,
    read: (name, allocate) => weights.read(name, allocate),
  });
  const executor = await Executor.prepare(schedule, { device, pipelines, parameters });
  const inputs = Object.entries(forwardInputs(config, { people, tokens }));
  return { executor, inputs: Object.fromEntries(inputs.map(([name, { data }]) => [name, data])) };
}
