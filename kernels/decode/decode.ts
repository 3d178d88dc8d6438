/**
 * Keypoints in image pixels from heatmaps: the first of the largest values, moved by the decoding mode, mapped back
 * by the box that the crop was made from: `image = (position / (extent − 1) − ½) · size + centre`.
 *
 * `dark` is Hugging Face's ViTPose post-processing: Gaussian of σ 0.8 and radius 5 that repeats the border's pixel
 * (scipy's `reflect`), clipped to 0.001 … 50, logarithm, one Newton step with float32's ε on the Hessian's diagonal.
 * Only the pixels that the step reads are blurred. A map without a positive value has no keypoint: its position is
 * (−1, −1) in heatmap pixels, whatever the mode, and its score the map's maximum. (There the reference's step reads
 * into the neighbouring maps; here it is left out.) A map that holds NaN gives a place without meaning.
 */
import type { Graph } from "../../graph/graph.ts";
import type { Lowering, Node, Operator } from "../../graph/operator.ts";
import { blockCount, formatShape, rowStride, type Tensor, type TensorSpec } from "../../graph/tensor.ts";
import source from "./decode.wgsl" with { type: "text" };

/**
 * How a maximum becomes a position: `dark` by a Newton step on the logarithm of the blurred map, `quarter` by a
 * quarter of a pixel toward the higher neighbour, `argmax` as it is.
 */
export type DecodeMode = "argmax" | "quarter" | "dark";

/** Attributes of {@linkcode decodeOperator}. */
export interface DecodeAttributes {
  /** How a maximum becomes a position. */
  readonly mode: DecodeMode;
}

/** Options of {@linkcode decode}. */
export interface DecodeOptions {
  /** The enlarged boxes that the crops were made from: dense f32 `[B, 4]`, centre x, y, width, height in image pixels. */
  boxes: Tensor;
  /**
   * How a maximum becomes a position.
   *
   * @default {"dark"}
   */
  mode?: DecodeMode;
}

const modeCodes: Record<DecodeMode, number> = { argmax: 0, quarter: 1, dark: 2 };
const blurRadius = 5;
const blurSigma = 0.8;
const clip = { floor: 0.001, ceiling: 50 };
const float32Epsilon = 2 ** -23;

/**
 * Inputs heatmaps blocked `[B, h, w, K]` and boxes dense f32 `[B, 4]`; output keypoints dense f32 `[B, K, 3]`: x and y
 * in image pixels, score. Stands outside the exported graph.
 */
export const decodeOperator: Operator<DecodeAttributes> = {
  name: "decode",

  infer([heatmaps, boxes], { mode }): TensorSpec[] {
    const { shape, layout } = heatmaps!;
    if (shape.length !== 4 || layout !== "blocked") {
      throw new TypeError(
        `Cannot decode ${layout} heatmaps ${formatShape(shape)}: expected blocked [B, h, w, K]`,
      );
    }
    const [B, height, width, K] = shape;
    if (height < 2 || width < 2) {
      throw new TypeError(`Cannot decode heatmaps ${formatShape(shape)}: expected at least 2 × 2 pixels`);
    }
    if (formatShape(boxes!.shape) !== `[${B}, 4]` || boxes!.layout !== "dense" || boxes!.type !== "f32") {
      throw new TypeError(
        `Cannot decode by boxes of ${boxes!.layout} ${boxes!.type} ${
          formatShape(boxes!.shape)
        }: expected dense f32 [${B}, 4]`,
      );
    }
    if (!Object.hasOwn(modeCodes, mode)) {
      throw new TypeError(`Cannot decode heatmaps by "${mode}": expected argmax, quarter or dark`);
    }
    return [{ shape: [B, K, 3], layout: "dense" }];
  },

  lower(node: Node<DecodeAttributes>, lowering: Lowering): void {
    const [heatmaps, boxes] = node.inputs as readonly Tensor[];
    const [B, height, width, K] = heatmaps.shape;
    lowering.dispatch({
      shader: { name: "decode", source },
      bindings: [
        lowering.buffer(heatmaps),
        lowering.buffer(boxes),
        lowering.buffer(node.outputs[0]),
        lowering.uniform([
          K,
          rowStride(heatmaps),
          height,
          width,
          modeCodes[node.attributes.mode],
          { f32: clip.floor },
          { f32: clip.ceiling },
          { f32: float32Epsilon },
          ...gaussianWeights().map((f32) => ({ f32 })),
        ]),
      ],
      workgroups: [blockCount(heatmaps), B],
    });
  },
};

/**
 * Adds the decoding of heatmaps.
 *
 * @param graph The graph.
 * @param heatmaps Blocked `[B, h, w, K]`.
 * @param options Boxes and mode.
 * @returns Dense f32 `[B, K, 3]`: x, y in image pixels, score.
 * @throws {TypeError} When shapes do not fit or the mode is unknown.
 */
export function decode(graph: Graph, heatmaps: Tensor, options: DecodeOptions): Tensor {
  const { boxes, mode = "dark" } = options;
  return graph.add(decodeOperator, [heatmaps, boxes], { mode })[0];
}

/** Weights at distances 0 to the radius, padded to two vectors; both sides together sum to 1. */
function gaussianWeights(): number[] {
  const raw = Array.from({ length: blurRadius + 1 }, (_, d) => Math.exp(-0.5 * (d / blurSigma) ** 2));
  const total = raw.reduce((sum, weight, d) => sum + (d === 0 ? weight : 2 * weight), 0);
  return [...raw.map((weight) => weight / total), 0, 0];
}
