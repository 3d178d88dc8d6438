/**
 * Backward of convolution (3 × 3) and deconvolution (4 × 4, stride 2), which both are a product that makes taps and a
 * kernel that sums them: the taps' gradients are laid out once, then `d_x = d_taps · weight`, `d_weight = d_tapsᵀ · x`.
 */
import type { Lowering, Node, NodeBuilder, Operator } from "../../graph/operator.ts";
import {
  blockCount,
  channelCount,
  rowCount,
  rowStride,
  type Tensor,
  type TensorSpec,
  wholeBlocks,
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

/** Attributes of the operators. */
export interface TapGradientAttributes {
  /** How taps meet output pixels. */
  readonly geometry: TapGeometry;
  /** Extents of x `[B, h, w, C]`, or of the weight where that one's gradient is made. */
  readonly shape: readonly number[];
  /** Which product kernel; the expected fastest when absent. */
  readonly variant?: ProductVariant;
}

/** Input d_y blocked `[B, h', w', O]`; output d_taps blocked `[B, h, w, taps · padded O]`. */
export const tapSpreadOperator: Operator<TapGradientAttributes> = {
  name: "tap_spread",

  infer([d_y], { geometry: { side }, shape }): TensorSpec[] {
    return [{ shape: [...shape.slice(0, -1), side ** 2 * 4 * blockCount(d_y!)] }];
  },

  lower(node: Node<TapGradientAttributes>, lowering: Lowering): void {
    const [d_y] = node.inputs;
    const [d_taps] = node.outputs;
    const { geometry: { side, pixelStride, tapSign, offset }, shape: [, height, width] } = node.attributes;
    lowering.dispatch({
      shader: { name: "convolution/spread", source: spread },
      bindings: [
        lowering.buffer(d_y!),
        lowering.buffer(d_taps),
        lowering.uniform([
          rowCount(d_taps),
          blockCount(d_y!),
          rowStride(d_y!),
          rowStride(d_taps),
          height,
          width,
          side,
          pixelStride,
          tapSign,
          offset,
        ]),
      ],
      workgroups: [Math.ceil(rowCount(d_taps) / 64), blockCount(d_y!)],
    });
  },
};

/** Inputs d_taps and the weight; output d_x blocked `[B, h, w, C]`. */
export const tapInputGradientOperator: Operator<TapGradientAttributes> = {
  name: "tap_input_gradient",

  infer(_inputs, { shape }): TensorSpec[] {
    return [{ shape }];
  },

  lower(node: Node<TapGradientAttributes>, lowering: Lowering): void {
    const [d_taps, weight] = node.inputs;
    const [d_x] = node.outputs;
    const { geometry, variant } = node.attributes;
    const depth = channelCount(d_taps!);
    lowerProduct(lowering, {
      x: d_taps!,
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

/** Inputs d_taps and x blocked `[B, h, w, C]`; output d_weight dense. */
export const tapWeightGradientOperator: Operator<TapGradientAttributes> = {
  name: "tap_weight_gradient",

  infer(_inputs, { shape }): TensorSpec[] {
    return [{ shape, layout: "dense" }];
  },

  lower(node: Node<TapGradientAttributes>, lowering: Lowering): void {
    const [d_taps, x] = node.inputs;
    const [d_weight] = node.outputs;
    const { geometry, shape } = node.attributes;
    const from = lowerOuterProduct(lowering, { a: d_taps!, b: x! });
    const outputs = shape[geometry.outputAxis];
    const tap = { name: "tap", size: geometry.side ** 2 };
    const channel = { name: "c", size: channelCount(x!) };
    const output = { name: "o", size: outputs };
    const to = geometry.outputAxis === 0 ? [[output], [channel], [tap]] : [[channel], [output], [tap]];
    lowerMove(lowering, {
      from: { tensor: from, groups: [[tap], [{ name: "o", size: wholeBlocks(outputs) }], [channel]] },
      to: { tensor: d_weight, groups: to },
      walk: to,
    });
  },
};

/** What {@linkcode tapGradients} differentiates by. */
export interface TapGradientOptions {
  /** How taps meet output pixels. */
  geometry: TapGeometry;
  /** Blocked `[B, h, w, C]`. */
  x: Tensor;
  /** The taps of every pair of channels. */
  weight: Tensor;
  /** Which product kernel; the expected fastest when absent. */
  variant?: ProductVariant | undefined;
}

/**
 * Adds the gradients of x and of the weight; both read the same taps.
 *
 * @param graph The graph.
 * @param d_y Gradient of the sums of taps, blocked `[B, h', w', O]`.
 * @param options Geometry, x, weight and product kernel.
 * @returns d_x blocked `[B, h, w, C]` and d_weight dense.
 */
export function tapGradients(
  graph: NodeBuilder,
  d_y: Tensor,
  { geometry, x, weight, variant }: TapGradientOptions,
): [d_x: Tensor, d_weight: Tensor] {
  const attributes = { geometry, shape: x.shape, ...(variant ? { variant } : {}) };
  const [d_taps] = graph.add(tapSpreadOperator, [d_y], attributes);
  const [d_x] = graph.add(tapInputGradientOperator, [d_taps, weight], attributes);
  const [d_weight] = graph.add(tapWeightGradientOperator, [d_taps, x], { geometry, shape: weight.shape });
  return [d_x, d_weight];
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
