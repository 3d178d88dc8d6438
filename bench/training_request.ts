/**
 * One training step to be measured: the vision-only model of one frame, ready pixels and targets, initial weights and the
 * rules of AdamW. What every engine gets, ours included.
 *
 * Knows the model and no engine; takes no time itself.
 */
import { Graph } from "../graph/graph.ts";
import { elementCount } from "../graph/tensor.ts";
import type { AdamwSettings } from "../kernels/adamw/adamw.ts";
import { type LaposeConfig, patchGrid } from "../model/config.ts";
import { initialValues } from "../model/initialise.ts";
import { lapose } from "../model/lapose.ts";
import { type Losses, totalLoss } from "../model/losses.ts";
import { keypointSets } from "../people/keypoint_sets.ts";
import { isStatistic, layOutParameters } from "../training/parameter_layout.ts";
import { randomValues } from "./inputs.ts";

/** One learning weight at its initial values. */
export interface TrainedWeight {
  /** Extents, in PyTorch's order. */
  shape: readonly number[];
  /** Values, row-major. */
  data: Float32Array<ArrayBuffer>;
  /** Whether AdamW decays it: not norms, biases and position embeddings. */
  decays: boolean;
}

/** A training step that an engine shall repeat: forward, loss, backward, clipping, AdamW. */
export interface TrainingRequest {
  /** The model, vision only. */
  config: LaposeConfig;
  /** Images B of a step. */
  batch: number;
  /** Number K of keypoints. */
  keypoints: number;
  /** Normalised crops `[B, 3, H, W]`; every step takes them from main memory. */
  pixels: Float32Array<ArrayBuffer>;
  /** Target heatmaps `[B, H/4, W/4, K]`; likewise. */
  targets: Float32Array<ArrayBuffer>;
  /** `[B, K]`, 0 for a joint without a label; likewise. */
  visibility: Float32Array<ArrayBuffer>;
  /** By canonical name. Statistics of the batch normalisations are not among them: a step does not read them. */
  weights: ReadonlyMap<string, TrainedWeight>;
  /** Rate, decay and the rest; the step counts from 1. */
  settings: Omit<AdamwSettings, "step">;
}

/** The two numbers that a training step gives. */
export interface StepResult {
  /** Loss before the step. */
  loss: number;
  /** Norm of all gradients together, before it was clipped. */
  norm: number;
}

/** A training made ready on an engine. */
export interface TrainingRun {
  /** Does the next step on the request's batch and waits until the weights have moved. */
  step(): Promise<StepResult>;
  /** Frees what the training holds on its engine. */
  close(): Promise<void>;
}

const seed = 7;
/** Deviation of the target Gaussians in heatmap pixels, as in training. */
const sigma = 2;

/**
 * Makes a request with seeded inputs: noise as pixels, one Gaussian per heatmap, a joint in six without a label.
 *
 * @param config The model's configuration; its temporal part and language are left out.
 * @param options Images of a step.
 * @returns The request.
 */
export function trainingRequest(
  config: LaposeConfig,
  { batch }: { batch: number },
): TrainingRequest {
  const vision = { ...config, temporal: false, language: false };
  const keypoints = keypointSets[config.keypoints].keypoints.length;
  const { height, width } = config.image;
  const size = { config: vision, batch, keypoints };
  const graph = new Graph({ training: true });
  trainingStepGraph(graph, size);
  const layout = layOutParameters(graph.parameters, { config: vision, trainText: false, layerDecay: 1 });
  const trained = [...layout.parameters.values()].filter(({ name }) => !isStatistic(name));
  const weights = trained.map(({ name, shape, decay }) =>
    [name, { shape, data: initialValues(name, shape, seed), decays: decay > 0 }] as const
  );
  return {
    ...size,
    pixels: randomValues(batch * 3 * height * width, 1),
    targets: gaussians(size),
    visibility: randomValues(batch * keypoints, 3).map((value) => value < 1 / 3 ? 1 : 0),
    weights: new Map(weights),
    settings: { rate: 2e-4, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 0.05, batches: 1, clip: 1 },
  };
}

/**
 * Builds `pixels, targets, visibility → losses`; the targets are blocked, as the operator that makes them leaves them.
 *
 * @param graph A graph made for training.
 * @param size The model and the extents.
 * @returns The losses.
 */
export function trainingStepGraph(
  graph: Graph,
  { config, batch, keypoints }: Pick<TrainingRequest, "config" | "batch" | "keypoints">,
): Losses {
  const { height, width } = config.image;
  const pixels = graph.input("pixels", [batch, 1, 3, height, width]);
  const targets = graph.input("targets", heatmapShape({ config, batch, keypoints }), "f32", "blocked");
  const visibility = graph.input("visibility", [batch, keypoints]);
  const outputs = lapose(graph, { pixels }, { config, keypoints });
  return totalLoss(graph, outputs, { inputs: { targets, visibility }, config });
}

function heatmapShape(
  { config, batch, keypoints }: Pick<TrainingRequest, "config" | "batch" | "keypoints">,
): [number, number, number, number] {
  const { rows, columns } = patchGrid(config);
  return [batch, 4 * rows, 4 * columns, keypoints];
}

function gaussians(size: Pick<TrainingRequest, "config" | "batch" | "keypoints">): Float32Array<ArrayBuffer> {
  const shape = heatmapShape(size);
  const [B, h, w, K] = shape;
  const places = randomValues(2 * B * K, 2).map((value) => value + 0.5);
  const targets = new Float32Array(elementCount(shape));
  for (let i = 0; i < targets.length; i++) {
    const k = i % K, x = Math.floor(i / K) % w, y = Math.floor(i / K / w) % h, b = Math.floor(i / K / w / h);
    const at = 2 * (b * K + k);
    const distance = (x - places[at] * (w - 1)) ** 2 + (y - places[at + 1] * (h - 1)) ** 2;
    targets[i] = Math.exp(-distance / (2 * sigma ** 2));
  }
  return targets;
}
