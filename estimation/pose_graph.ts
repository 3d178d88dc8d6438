/** The whole pose graph: RGBA frames in, keypoints out; crop, model, flip test and decode in one plan. */
import type { Elements } from "../gpu/executor.ts";
import { Graph } from "../graph/graph.ts";
import { crop } from "../kernels/crop/crop.ts";
import { type CropPlacement, cropWords, writeCrop } from "../kernels/crop/crop_table.ts";
import { decode } from "../kernels/decode/decode.ts";
import { flipHeatmaps } from "../kernels/flip_heatmaps/flip_heatmaps.ts";
import { concatenate } from "../kernels/rearrange/concatenate.ts";
import { frameCount, type LaposeConfig } from "../model/config.ts";
import { lapose } from "../model/lapose.ts";
import { channelDeviation, channelMean } from "../people/crop.ts";
import type { DecodeMode } from "../people/decode.ts";
import type { KeypointSet } from "../people/keypoint_sets.ts";
import type { PoseBatch } from "./engine.ts";

/** What distinguishes one pose plan from another. */
export interface PoseSize {
  /** People B. */
  readonly batch: number;
  /** Distinct crops U, mirrored ones included; each is encoded once, however many windows share it. */
  readonly crops: number;
  /** Pixels that the distinct frames of a batch may have together. */
  readonly pixels: number;
  /** Text tokens N; absent: the visual-only path. */
  readonly tokens?: number;
  /** Whether mirrored crops are averaged in. */
  readonly flip: boolean;
  /** How a peak becomes a position. */
  readonly decode: DecodeMode;
  /** Whether the transport plan and the cross-attention come back too. */
  readonly transport: boolean;
}

/**
 * Builds `frames, crops, cropIndex, cropBoxes, inputIds, attentionMask → keypoints [B, K, 3]`, and with
 * `transport` the plan, its cost and the last VCA's map, of the mirrored crops too.
 *
 * @param config The model's configuration.
 * @param keypoints The keypoint set.
 * @param size Extents and switches.
 * @returns The graph.
 */
export function poseGraph(config: LaposeConfig, keypoints: KeypointSet, size: PoseSize): Graph {
  const graph = new Graph();
  const { batch, crops, tokens, flip } = size;
  const rows = flip ? 2 * batch : batch;
  const F = frameCount(config);
  const frames = graph.input("frames", [size.pixels], "u32");
  const table = graph.input("crops", [crops, 1, cropWords], "u32");
  const cropIndex = graph.input("cropIndex", [rows, F], "i32");
  const cropBoxes = graph.input("cropBoxes", [batch, 4]);
  const { patchSize, patchPadding } = config.vision;
  const pixels = crop(graph, frames, {
    table,
    ...config.image,
    mean: channelMean,
    deviation: channelDeviation,
    patchSize,
    patchPadding,
  });
  const tokenRows = (name: string, N: number) => {
    const tensor = graph.input(name, [batch, N], "i32");
    return flip ? concatenate(graph, [tensor, tensor], 0) : tensor;
  };
  const text = config.language && tokens !== undefined
    ? { inputIds: tokenRows("inputIds", tokens), attentionMask: tokenRows("attentionMask", tokens) }
    : undefined;
  const K = keypoints.keypoints.length;
  const outputs = lapose(graph, { pixels, crops: cropIndex, ...(text ? { text } : {}) }, {
    config,
    keypoints: K,
  });
  const heatmaps = flip
    ? flipHeatmaps(graph, outputs.heatmaps, { flipPairs: keypoints.flipPairs })
    : outputs.heatmaps;
  if (size.transport && outputs.transport) {
    graph.output("plan", outputs.transport.plan);
    graph.output("cost", outputs.transport.cost);
    if (outputs.crossAttention) graph.output("crossAttention", outputs.crossAttention);
  }
  graph.output("keypoints", decode(graph, heatmaps, { boxes: cropBoxes, mode: size.decode }));
  return graph;
}

/** Pixels per unit of a crop's scale (ViTPose's convention). */
const pixelsPerUnit = 200;

/** Smallest pixel capacity; capacities double, so that batches of slightly other frames share a plan. */
const leastPixels = 2 ** 16;

/**
 * Lays out a batch for its graph.
 *
 * @param batch Frames and people.
 * @param config The model's configuration.
 * @param pixelLimit Most pixels that an input may have.
 * @returns The plan's size and the values of `frames`, `crops`, `cropIndex` and `cropBoxes`.
 */
export function poseInputs(
  batch: PoseBatch,
  { config, pixelLimit }: { config: LaposeConfig; pixelLimit: number },
): { size: PoseSize; values: Record<string, Elements | readonly Elements[]> } {
  const { frames, people, text, flip } = batch;
  const firstPixels: number[] = [];
  let pixels = 0;
  for (const { width, height } of frames) {
    firstPixels.push(pixels);
    pixels += width * height;
  }
  if (pixels > pixelLimit) {
    throw new RangeError(
      `Cannot pose frames of ${pixels} pixels together, expected at most ${pixelLimit} on this device`,
    );
  }
  let capacity = leastPixels;
  while (capacity < pixels) capacity *= 2;
  const F = frameCount(config);
  const B = people.length;
  const crops = new DistinctCrops();
  const cropIndex = new Int32Array((flip ? 2 : 1) * B * F);
  const cropBoxes = new Float32Array(4 * B);
  for (const [b, { frames: own, transform }] of people.entries()) {
    const [width, height] = transform.scale.map((scale) => scale * pixelsPerUnit);
    cropBoxes.set([...transform.center, width, height], 4 * b);
    for (const [f, index] of own.entries()) {
      const { width, height } = frames[index];
      const frame = { firstPixel: firstPixels[index], width, height };
      const placement = { frame, matrix: transform.matrix, ...config.image };
      cropIndex[b * F + f] = crops.add(placement);
      if (flip) cropIndex[(B + b) * F + f] = crops.add({ ...placement, mirrored: true });
    }
  }
  return {
    size: {
      batch: B,
      crops: crops.count,
      pixels: Math.min(capacity, pixelLimit),
      ...(text ? { tokens: text.shape[1] } : {}),
      flip,
      decode: batch.decode,
      transport: batch.transport,
    },
    values: { frames: frames.map(({ data }) => wordsOf(data)), crops: crops.table(), cropIndex, cropBoxes },
  };
}

/** Crops of a batch without repetition: neighbouring windows share frames, and steady boxes share crops. */
class DistinctCrops {
  readonly #placements: CropPlacement[] = [];
  readonly #indices = new Map<string, number>();

  get count(): number {
    return this.#placements.length;
  }

  /** Index of a crop, which is new or known. */
  add(placement: CropPlacement): number {
    const key = JSON.stringify(placement);
    let index = this.#indices.get(key);
    if (index === undefined) {
      index = this.#placements.push(placement) - 1;
      this.#indices.set(key, index);
    }
    return index;
  }

  /** `[U, 1, cropWords]`. */
  table(): Uint32Array {
    const table = new Uint32Array(this.count * cropWords);
    for (const [row, placement] of this.#placements.entries()) writeCrop(table, row, placement);
    return table;
  }
}

/** The same bytes as one word per pixel, red in the lowest byte on every machine that Deno runs on. */
function wordsOf(data: Uint8ClampedArray | Uint8Array): Uint32Array {
  const aligned = data.byteOffset % 4 === 0 ? data : data.slice();
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4);
}
