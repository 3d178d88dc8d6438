/**
 * Convolution 1 × 1, or 3 × 3 with one zero around the map, with bias:
 * `y[i, j, o] = Σ weight[o, c, a, b] · x[i + a − 1, j + b − 1, c] + bias[o]`.
 *
 * 1 × 1 is the matrix product as it stands. For 3 × 3 the product makes all nine taps of each pixel and a second
 * kernel adds those that belong together; with few output channels that fills the product's columns nine times
 * better than laying out neighbourhoods would.
 */
import type { Graph } from "../../graph/graph.ts";
import type { Lowering, Node, NodeBuilder, OnnxExporter, Operator } from "../../graph/operator.ts";
import {
  channelCount,
  formatShape,
  rowCount,
  rowStride,
  type Tensor,
  type TensorSpec,
} from "../../graph/tensor.ts";
import { linearInputGradientOperator, linearWeightGradientOperator } from "../linear/linear_gradient.ts";
import { lowerProduct, packVector, type ProductVariant } from "../linear/product.ts";
import { sumRows } from "../sum_rows/sum_rows.ts";
import gather from "./gather.wgsl" with { type: "text" };
import { type TapGeometry, tapGradients } from "./tap_gradient.ts";

/** Attributes of {@linkcode convolutionOperator}. */
export interface ConvolutionAttributes {
  /** Side of the kernel in pixels. */
  readonly kernelSize: 1 | 3;
  /** Which product kernel; the expected fastest when absent. */
  readonly variant?: ProductVariant;
}

/** Options of {@linkcode convolution}. */
export interface ConvolutionOptions extends ConvolutionAttributes {
  /** Output channels. */
  channels: number;
}

/** Output pixel q takes from input pixel p by tap p − q + 1. */
const geometry: TapGeometry = { side: 3, pixelStride: 1, tapSign: -1, offset: 1, outputAxis: 0 };
/** Channels whose taps are made at a time: 576 columns, four and a half panels of the product. */
const chunkChannels = 64;

/**
 * Inputs x blocked `[B, h, w, C]`, weight `[channels, C, kernelSize, kernelSize]`, bias `[channels]`; output blocked
 * `[B, h, w, channels]`.
 */
export const convolutionOperator: Operator<ConvolutionAttributes> = {
  name: "convolution",

  infer([x, weight, bias], { kernelSize }): TensorSpec[] {
    const [B, height, width, C] = checkFeatureMap(x!, kernelSize);
    const channels = weight!.shape[0];
    if (formatShape(weight!.shape) !== formatShape([channels, C, kernelSize, kernelSize])) {
      throw new TypeError(
        `Cannot apply convolution to ${formatShape(x!.shape)}: weight ${
          formatShape(weight!.shape)
        }, expected [channels, ${C}, ${kernelSize}, ${kernelSize}]`,
      );
    }
    if (formatShape(bias!.shape) !== `[${channels}]`) {
      throw new TypeError(
        `Cannot apply convolution: bias ${formatShape(bias!.shape)}, expected [${channels}]`,
      );
    }
    return [{ shape: [B, height, width, channels], precise: true }];
  },

  lower(node: Node<ConvolutionAttributes>, lowering: Lowering): void {
    const [x, weight, bias] = node.inputs as readonly Tensor[];
    const { kernelSize, variant } = node.attributes;
    const [y] = node.outputs;
    const depth = channelCount(x);
    const channels = channelCount(y);
    if (kernelSize === 1) {
      const product = {
        x,
        weight: { tensors: [weight], columns: channels, depth },
        bias: { tensors: [bias] },
        y,
      };
      lowerProduct(lowering, product, variant);
      return;
    }
    for (let first = 0; first < channels; first += chunkChannels) {
      const count = Math.min(chunkChannels, channels - first);
      const padded = Math.ceil(count / 4) * 4;
      const taps = lowering.scratch({ shape: [rowCount(x), 9 * padded], precise: true });
      lowerProduct(lowering, {
        x,
        weight: {
          tensors: [weight],
          columns: 9 * padded,
          depth,
          arrangement: `taps of channels from ${first}`,
          arrange: (values) => tapRows(values, { first, count, padded, depth }),
        },
        y: taps,
      }, variant);
      lowering.dispatch({
        shader: { name: "convolution/gather", source: gather },
        bindings: [
          lowering.buffer(taps),
          lowering.parameter([bias], { name: "vector", pack: ([values]) => packVector(values) }),
          lowering.buffer(y),
          lowering.uniform([
            rowCount(y),
            padded / 4,
            first / 4,
            rowStride(y),
            rowStride(taps),
            y.shape[1],
            y.shape[2],
          ]),
        ],
        workgroups: [Math.ceil(rowCount(y) / 64), padded / 4],
      });
    }
  },

  onnx(node: Node<ConvolutionAttributes>, exporter: OnnxExporter): void {
    const [x, weight, bias] = node.inputs.map((tensor) => exporter.value(tensor!));
    const { kernelSize } = node.attributes;
    const padding = (kernelSize - 1) / 2;
    const channelsFirst = exporter.node("Transpose", [x], { perm: [0, 3, 1, 2] });
    const map = exporter.node("Conv", [channelsFirst, weight, bias], {
      kernel_shape: [kernelSize, kernelSize],
      pads: [padding, padding, padding, padding],
    });
    exporter.bind(node.outputs[0], exporter.node("Transpose", [map], { perm: [0, 2, 3, 1] }));
  },

  gradient(node: Node<ConvolutionAttributes>, [d_y]: readonly (Tensor | null)[], graph: NodeBuilder) {
    const [x, weight, bias] = node.inputs as readonly Tensor[];
    const { variant, kernelSize } = node.attributes;
    const options = variant ? { variant } : {};
    if (kernelSize === 1) {
      return [
        graph.add(linearInputGradientOperator, [d_y, weight], options)[0],
        ...graph.add(linearWeightGradientOperator, [d_y, x], { shape: weight.shape }),
      ];
    }
    return [
      ...tapGradients(graph, d_y!, { geometry, x, weight, variant }),
      sumRows(graph, d_y!, { shape: bias.shape }),
    ];
  },
};

/**
 * Adds a convolution whose weights are `weight` and `bias` below the current module.
 *
 * @param graph The graph.
 * @param x Blocked `[B, h, w, C]`.
 * @param options Kernel size and output channels.
 * @returns Blocked `[B, h, w, channels]`.
 * @throws {TypeError} When x is no feature map or the kernel size is another.
 */
export function convolution(graph: Graph, x: Tensor, options: ConvolutionOptions): Tensor {
  const { channels, ...attributes } = options;
  const { kernelSize } = attributes;
  const [, , , C] = checkFeatureMap(x, kernelSize);
  const inputs = [
    x,
    graph.parameter("weight", [channels, C, kernelSize, kernelSize]),
    graph.parameter("bias", [channels]),
  ];
  return graph.add(convolutionOperator, inputs, attributes)[0];
}

/**
 * Rearranges 3 × 3 weights for a product that makes every tap.
 *
 * @param weight `[channels, depth, 3, 3]`.
 * @param options Which channels, how many with padding, and the depth.
 * @returns `[9 · padded, depth]`, row `tap · padded + channel`; zeros in the padding.
 */
function tapRows(
  weight: Float32Array,
  options: { first: number; count: number; padded: number; depth: number },
): Float32Array {
  const { first, count, padded, depth } = options;
  const rows = new Float32Array(9 * padded * depth);
  for (let channel = 0; channel < count; channel++) {
    for (let tap = 0; tap < 9; tap++) {
      const to = (tap * padded + channel) * depth;
      const from = (first + channel) * depth * 9 + tap;
      for (let c = 0; c < depth; c++) rows[to + c] = weight[from + c * 9];
    }
  }
  return rows;
}

function checkFeatureMap(x: Tensor, kernelSize: number): readonly number[] {
  if (x.shape.length !== 4 || x.layout !== "blocked") {
    throw new TypeError(
      `Cannot apply convolution to ${x.layout} ${formatShape(x.shape)}: expected blocked [B, h, w, C]`,
    );
  }
  if (kernelSize !== 1 && kernelSize !== 3) {
    throw new TypeError(`Cannot apply convolution: kernel size ${kernelSize}, expected 1 or 3`);
  }
  return x.shape;
}
