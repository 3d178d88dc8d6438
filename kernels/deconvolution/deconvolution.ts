/**
 * Transposed convolution 4 × 4, stride 2, padding 1, with the batch normalisation that follows it and ReLU:
 * `y[2i − 1 + a, 2j − 1 + b, o] += Σ_c x[i, j, c] · weight[c, o, a, b]`, then `relu(γ (y − μ) / √(σ² + ε) + β)`.
 *
 * The normalisation's scale is folded into the weights in double precision and its shift becomes a bias. A matrix
 * product gives the 16 taps of each input pixel, a second kernel sums the 4 that meet in each output pixel.
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
import { activation } from "../activation/activation.ts";
import { batchNorm } from "../batch_norm/batch_norm.ts";
import { type TapGeometry, tapGradients } from "../convolution/tap_gradient.ts";
import { lowerProduct, packVector, type ProductVariant } from "../linear/product.ts";
import fold from "./fold.wgsl" with { type: "text" };

/** Input pixel p gives to output pixel 2p − 1 + tap. */
const geometry: TapGeometry = { side: 4, pixelStride: 2, tapSign: 1, offset: -1, outputAxis: 1 };

/** Attributes of {@linkcode deconvolutionOperator}. */
export interface DeconvolutionAttributes {
  /** What the normalisation adds to the variance. */
  readonly epsilon: number;
  /** Which product kernel; the expected fastest when absent. */
  readonly variant?: ProductVariant;
}

/** Options of {@linkcode deconvolution}. */
export interface DeconvolutionOptions extends DeconvolutionAttributes {
  /** Output channels. */
  channels: number;
  /** Module of the weights, below the current one. */
  name: string;
  /** Module of the normalisation, below the current one. */
  batchNorm: string;
  /**
   * In a graph made for training: whether the batch's own statistics normalise, or the running ones as in inference.
   *
   * @default {"batch"}
   */
  statistics?: "batch" | "running";
}

/**
 * Inputs x blocked `[B, h, w, C]`, weight `[C, channels, 4, 4]`, and γ, β, running mean μ, running variance σ² of
 * `[channels]`, or null for the sums alone, without ReLU; output blocked `[B, 2h, 2w, channels]`.
 */
export const deconvolutionOperator: Operator<DeconvolutionAttributes> = {
  name: "deconvolution",

  infer([x, weight, ...statistics], { epsilon }): TensorSpec[] {
    const [B, height, width, C] = featureMapShape(x!);
    const channels = weight!.shape[1];
    if (formatShape(weight!.shape) !== formatShape([C, channels, 4, 4])) {
      throw new TypeError(
        `Cannot apply deconvolution to ${formatShape(x!.shape)}: weight ${
          formatShape(weight!.shape)
        }, expected [${C}, channels, 4, 4]`,
      );
    }
    for (const statistic of statistics) {
      if (!statistic || formatShape(statistic!.shape) === `[${channels}]`) continue;
      throw new TypeError(
        `Cannot apply deconvolution: ${statistic!.name} ${
          formatShape(statistic!.shape)
        }, expected [${channels}]`,
      );
    }
    if (!(epsilon > 0 && epsilon < Infinity)) {
      throw new TypeError(`Cannot apply deconvolution: epsilon ${epsilon}, expected a positive number`);
    }
    return [{ shape: [B, 2 * height, 2 * width, channels] }];
  },

  lower(node: Node<DeconvolutionAttributes>, lowering: Lowering): void {
    const [x, weight, gamma, beta, mean, variance] = node.inputs as readonly Tensor[];
    const { epsilon, variant } = node.attributes;
    const [y] = node.outputs;
    const [, height, width] = x.shape;
    const depth = channelCount(x);
    const channels = channelCount(y);
    const folded = Boolean(gamma);
    const shift = folded
      ? lowering.parameter([gamma, beta, mean, variance], {
        name: `shift, epsilon ${epsilon}`,
        pack: (values) => packVector(foldedShift(values, epsilon)),
      })
      : lowering.parameter([], {
        name: `${channels} zeros`,
        pack: () => packVector(new Float32Array(channels)),
      });
    for (const chunk of channelChunks(channels)) {
      const columns = 16 * chunk.padded;
      const taps = lowering.scratch({ shape: [rowCount(x), columns] });
      lowerProduct(lowering, {
        x,
        weight: {
          tensors: folded ? [weight, gamma, variance] : [weight],
          columns,
          depth,
          arrangement: `taps of channels from ${chunk.first}` + (folded ? `, epsilon ${epsilon}` : ""),
          arrange: (...values) => foldedTaps(values, { ...chunk, depth, channels, epsilon }),
        },
        y: taps,
      }, variant);
      lowering.dispatch({
        shader: { name: "deconvolution/fold", source: `const RELU = ${folded};\n${fold}` },
        bindings: [
          lowering.buffer(taps),
          shift,
          lowering.buffer(y),
          lowering.uniform([
            rowCount(y),
            chunk.padded / 4,
            chunk.first / 4,
            rowStride(y),
            rowStride(taps),
            height,
            width,
          ]),
        ],
        workgroups: [Math.ceil(rowCount(y) / 64), chunk.padded / 4],
      });
    }
  },

  onnx(node: Node<DeconvolutionAttributes>, exporter: OnnxExporter): void {
    const [x, weight, ...statistics] = node.inputs.map((tensor) => exporter.value(tensor!));
    const channelsFirst = exporter.node("Transpose", [x], { perm: [0, 3, 1, 2] });
    const summed = exporter.node("ConvTranspose", [channelsFirst, weight], {
      kernel_shape: [4, 4],
      strides: [2, 2],
      pads: [1, 1, 1, 1],
    });
    const normalised = exporter.node("BatchNormalization", [summed, ...statistics], {
      epsilon: { float: node.attributes.epsilon },
    });
    const map = exporter.node("Relu", [normalised]);
    exporter.bind(node.outputs[0], exporter.node("Transpose", [map], { perm: [0, 2, 3, 1] }));
  },

  gradient(node: Node<DeconvolutionAttributes>, [d_y]: readonly (Tensor | null)[], graph: NodeBuilder) {
    const [x, weight, ...statistics] = node.inputs;
    if (statistics.some(Boolean)) {
      throw new TypeError(
        `Cannot differentiate deconvolution of ${node.path}: its normalisation is folded, expected a graph made for training`,
      );
    }
    const { variant } = node.attributes;
    return [
      ...tapGradients(graph, d_y!, { geometry, x: x!, weight: weight!, variant }),
      null,
      null,
      null,
      null,
    ];
  },
};

/**
 * Adds a transposed convolution with batch normalisation and ReLU; its parameters are `<name>.weight` and
 * `<batchNorm>.weight`, `.bias`, `.running_mean`, `.running_var` below the current module.
 *
 * @param graph The graph.
 * @param x Blocked `[B, h, w, C]`.
 * @param options Output channels, epsilon and the names of the weights.
 * @returns Blocked `[B, 2h, 2w, channels]`.
 * @throws {TypeError} When x is no feature map or epsilon is not positive.
 */
export function deconvolution(graph: Graph, x: Tensor, options: DeconvolutionOptions): Tensor {
  const { channels, name, batchNorm: batchNormName, statistics = "batch", ...attributes } = options;
  const [, , , C] = featureMapShape(x);
  if (graph.training) {
    const inputs = [x, graph.parameter(`${name}.weight`, [C, channels, 4, 4]), null, null, null, null];
    const sums = graph.add(deconvolutionOperator, inputs, attributes)[0];
    const normalised = batchNorm(graph, sums, {
      name: batchNormName,
      epsilon: attributes.epsilon,
      statistics,
    });
    return activation(graph, normalised, { kind: "relu" });
  }
  const statistic = (part: string) => graph.parameter(`${batchNormName}.${part}`, [channels]);
  const inputs = [
    x,
    graph.parameter(`${name}.weight`, [C, channels, 4, 4]),
    ...["weight", "bias", "running_mean", "running_var"].map(statistic),
  ];
  return graph.add(deconvolutionOperator, inputs, attributes)[0];
}

/** Some of the output channels. */
interface ChannelChunk {
  /** The first one. */
  first: number;
  /** How many, in whole blocks of four. */
  padded: number;
}

/**
 * Cuts the channels so that the taps of one chunk take no more memory than an output of 32 channels or more. 8
 * channels are 128 columns of the product: little of its last tile or panel stands empty. The cut does
 * not depend on the batch: packed weights are shared by the plans of a model.
 */
function channelChunks(channels: number): ChannelChunk[] {
  const size = Math.max(8, Math.floor(channels / 4 / 8) * 8);
  const chunks = [];
  for (let first = 0; first < channels; first += size) {
    chunks.push({ first, padded: Math.ceil(Math.min(size, channels - first) / 4) * 4 });
  }
  return chunks;
}

/** Rows (tap · padded + channel) of `[16 · padded, depth]`: the scaled weights of one tap and channel. */
function foldedTaps(
  [weight, gamma, variance]: readonly Float32Array[],
  { first, padded, depth, channels, epsilon }: ChannelChunk & {
    depth: number;
    channels: number;
    epsilon: number;
  },
): Float32Array {
  const rows = new Float32Array(16 * padded * depth);
  const end = Math.min(channels, first + padded);
  for (let channel = first; channel < end; channel++) {
    const scale = gamma ? gamma[channel] / Math.sqrt(variance[channel] + epsilon) : 1;
    for (let tap = 0; tap < 16; tap++) {
      const to = (tap * padded + channel - first) * depth;
      for (let c = 0; c < depth; c++) rows[to + c] = weight[(c * channels + channel) * 16 + tap] * scale;
    }
  }
  return rows;
}

function foldedShift([gamma, beta, mean, variance]: readonly Float32Array[], epsilon: number): Float32Array {
  return gamma.map((scale, c) => beta[c] - mean[c] * scale / Math.sqrt(variance[c] + epsilon));
}

function featureMapShape(x: Tensor): readonly number[] {
  if (x.shape.length !== 4 || x.layout !== "blocked") {
    throw new TypeError(
      `Cannot apply deconvolution to ${x.layout} ${formatShape(x.shape)}: expected blocked [B, h, w, C]`,
    );
  }
  return x.shape;
}
