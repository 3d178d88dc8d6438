/** The graph of training on frames: crops and targets made on the GPU, LAPose, losses. */
import type { Graph } from "../graph/graph.ts";
import { crop } from "../kernels/crop/crop.ts";
import { cropWords } from "../kernels/crop/crop_table.ts";
import { gaussianTargets } from "../kernels/gaussian_targets/gaussian_targets.ts";
import { frameCount, type LaposeConfig, patchGrid } from "../model/config.ts";
import { lapose } from "../model/lapose.ts";
import { type Losses, totalLoss } from "../model/losses.ts";
import { channelDeviation, channelMean } from "../people/crop.ts";

/** Extents of one training graph. */
export interface TrainingSize {
  /** People B in a batch. */
  readonly batch: number;
  /** Pixels that the frames of a batch may have together. */
  readonly pixels: number;
  /** Number K of keypoints. */
  readonly keypoints: number;
  /** Text tokens N; absent: the visual-only path. */
  readonly tokens?: number;
}

/** Deviation of the target Gaussians in heatmap pixels, at 64 × 48 and at any other size. */
const sigma = 2;

/**
 * Height and width of a heatmap in pixels.
 *
 * @param config The model's configuration.
 */
export function heatmapSize(config: LaposeConfig): { height: number; width: number } {
  const { rows, columns } = patchGrid(config);
  return { height: 4 * rows, width: 4 * columns };
}

/**
 * Builds `frames, crops, joints, inputIds, attentionMask → losses`.
 *
 * @param graph A graph made for training.
 * @param config The model's configuration.
 * @param size Extents.
 * @returns The losses of Eq. 16.
 */
export function trainingGraph(graph: Graph, config: LaposeConfig, size: TrainingSize): Losses {
  const { batch, tokens, keypoints } = size;
  const frames = graph.input("frames", [size.pixels], "u32");
  const table = graph.input("crops", [batch, frameCount(config), cropWords], "u32");
  const joints = graph.input("joints", [batch, keypoints, 3]);
  const statistics = { mean: channelMean, deviation: channelDeviation };
  const { patchSize, patchPadding } = config.vision;
  const pixels = crop(graph, frames, { table, ...config.image, ...statistics, patchSize, patchPadding });
  const text = config.language && tokens !== undefined
    ? {
      inputIds: graph.input("inputIds", [batch, tokens], "i32"),
      attentionMask: graph.input("attentionMask", [batch, tokens], "i32"),
    }
    : undefined;
  const expected = gaussianTargets(graph, joints, { ...heatmapSize(config), sigma });
  const outputs = lapose(graph, { pixels, ...(text ? { text } : {}) }, { config, keypoints });
  return totalLoss(graph, outputs, { inputs: { ...expected, ...(text ? { text } : {}) }, config });
}
