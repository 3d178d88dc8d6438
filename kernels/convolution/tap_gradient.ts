/**
 * Backward of convolution (3 × 3) and deconvolution (4 × 4, stride 2), which both are a product that makes taps and a
 * kernel that sums them: the taps' gradients are laid out, then `d_x = d_taps · weight`, `d_weight = d_tapsᵀ · x`.
 */
import type { Lowering, Node, Operator } from "../../graph/operator.ts";
import {
  blockCount,
  channelCount,
  rowCount,
  rowStride,
  type Tensor,
  type TensorSpec,
} from "../../graph/tensor.ts";
import { lowerOuterProduct } from "../linear/outer_product.ts";
import { lowerProduct, type ProductVariant } from "../linear/product.ts";
import { lowerMove } from "../rearrange/move.ts";
import spread from "./spread.wgsl" with { type: "text" };

/** How taps meet output pixels. */
export interface TapGeometry {
  /** Taps along each axis. */
  readonly side: number;
  /** Output pixels per input pixel. */
  readonly pixelStride: number;
  /** Output pixel = pixelStride · input pixel + tapSign · tap + offset. */
  readonly tapSign: 1 | -1;
  /** See `tapSign`. */
  readonly offset: number;
  /** Which axis of the weight counts the output channels: 0 of `[O, C, …]`, 1 of `[C, O, …]`. */
  readonly outputAxis: 0 | 1;
}

/** Attributes of the two operators. */
export interface TapGradientAttributes {
  /** How taps meet output pixels. */
  readonly geometry: TapGeometry;
  /** Extents of what is made: x `[B, h, w, C]`, or the weight. */
  readonly shape: readonly number[];
  /** Which product kernel; the expected fastest when absent. */
  readonly variant?: ProductVariant;
}

/** Inputs d_y blocked `[B, h', w', O]` and the weight; output d_x blocked `[B, h, w, C]`. */
export const tapInputGradientOperator: Operator<TapGradientAttributes> = {
  name: "tap_input_gradient",

  infer(_inputs, { shape }): TensorSpec[] {
    return [{ shape }];
  },

  lower(node: Node<TapGradientAttributes>, lowering: Lowering): void {
    const [d_y, weight] = node.inputs;
    const [d_x] = node.outputs;
    const { geometry, variant } = node.attributes;
    const d_taps = lowerTaps(lowering, d_y!, { geometry, x: d_x });
    const depth = channelCount(d_taps);
    lowerProduct(lowering, {
      x: d_taps,
      weight: {
        tensors: [weight!],
        columns: channelCount(d_x),
        depth,
        arrangement: "taps of every channel",
        arrange: (values) => tapColumns(values, weight!.shape, { geometry, depth }),
      },
      y: d_x,
    }, variant);
  },
};

/** Inputs d_y blocked `[B, h', w', O]` and x blocked `[B, h, w, C]`; output d_weight dense. */
export const tapWeightGradientOperator: Operator<TapGradientAttributes> = {
  name: "tap_weight_gradient",

  infer(_inputs, { shape }): TensorSpec[] {
    return [{ shape, layout: "dense" }];
  },

  lower(node: Node<TapGradientAttributes>, lowering: Lowering): void {
    const [d_y, x] = node.inputs;
    const [d_weight] = node.outputs;
    const { geometry } = node.attributes;
    const d_taps = lowerTaps(lowering, d_y!, { geometry, x: x! });
    const from = lowerOuterProduct(lowering, { a: d_taps, b: x! });
    const tap = { name: "tap", size: geometry.side ** 2 };
    const channel = { name: "c", size: channelCount(x!) };
    const output = { name: "o", size: channelCount(d_y!) };
    const to = geometry.outputAxis === 0 ? [[output], [channel], [tap]] : [[channel], [output], [tap]];
    lowerMove(lowering, {
      from: { tensor: from, groups: [[tap], [{ name: "o", size: 4 * blockCount(d_y!) }], [channel]] },
      to: { tensor: d_weight, groups: to },
      walk: to,
    });
  },
};

/** Lays out the gradients of all taps: a scratch tensor `[pixels of x, taps · padded channels]`. */
function lowerTaps(
  lowering: Lowering,
  d_y: Tensor,
  { geometry, x }: { geometry: TapGeometry; x: Tensor },
): Tensor {
  const { side, pixelStride, tapSign, offset } = geometry;
  const [, height, width] = x.shape;
  const d_taps = lowering.scratch({ shape: [rowCount(x), side ** 2 * 4 * blockCount(d_y)] });
  lowering.dispatch({
    shader: { name: "convolution/spread", source: spread },
    bindings: [
      lowering.buffer(d_y),
      lowering.buffer(d_taps),
      lowering.uniform([
        rowCount(x),
        blockCount(d_y),
        rowStride(d_y),
        rowStride(d_taps),
        height,
        width,
        side,
        pixelStride,
        tapSign,
        offset,
      ]),
    ],
    workgroups: [Math.ceil(rowCount(x) / 64), blockCount(d_taps)],
  });
  return d_taps;
}

/** `[C, taps · padded]` from the weight, zeros in the padding. */
function tapColumns(
  weight: Float32Array,
  shape: readonly number[],
  { geometry, depth }: { geometry: TapGeometry; depth: number },
): Float32Array {
  const outputs = shape[geometry.outputAxis];
  const channels = shape[1 - geometry.outputAxis];
  const taps = geometry.side ** 2;
  const padded = depth / taps;
  const columns = new Float32Array(channels * depth);
  for (let c = 0; c < channels; c++) {
    for (let o = 0; o < outputs; o++) {
      const from = (geometry.outputAxis === 0 ? o * channels + c : c * outputs + o) * taps;
      for (let tap = 0; tap < taps; tap++) columns[c * depth + tap * padded + o] = weight[from + tap];
    }
  }
  return columns;
}
