/**
 * Batch normalisation of a feature map for training:
 * `y[r, c] = (x[r, c] − mean_c) / √(variance_c + epsilon) · weight[c] + bias[c]`, with the batch's own mean and biased
 * variance, or with the running ones. (Inference folds it into the deconvolution before it.)
 *
 * x, mean and variance are kept for backward; mean and variance also move the running statistics.
 */
import type { Graph } from "../../graph/graph.ts";
import type { Lowering, Node, NodeBuilder, Operator } from "../../graph/operator.ts";
import {
  blockCount,
  channelCount,
  formatShape,
  rowCount,
  rowStride,
  type Tensor,
  type TensorSpec,
} from "../../graph/tensor.ts";
import { packVector } from "../linear/product.ts";
import gradientSource from "./gradient.wgsl" with { type: "text" };
import gradientSumsSource from "./gradient_sums.wgsl" with { type: "text" };
import normaliseSource from "./normalise.wgsl" with { type: "text" };
import statisticsSource from "./statistics.wgsl" with { type: "text" };

/** Attributes of {@linkcode batchNormOperator}. */
export interface BatchNormAttributes {
  /** Added to the variance; positive. */
  readonly epsilon: number;
  /** Whether mean and variance are the batch's own or the running ones, which are constants. */
  readonly statistics: "batch" | "running";
}

/**
 * Inputs x blocked `[…, C]`, weight, bias, running mean and running variance `[C]`; outputs y of the shape of x, mean
 * and biased variance dense `[C]` (of the batch, also where the running ones are used).
 */
export const batchNormOperator: Operator<BatchNormAttributes> = {
  name: "batch_norm",

  infer([x, ...parameters], { epsilon }): TensorSpec[] {
    const shape = [channelCount(x!)];
    const other = parameters.find((parameter) => formatShape(parameter!.shape) !== formatShape(shape));
    if (x!.layout !== "blocked" || other || !(epsilon > 0 && epsilon < Infinity)) {
      throw new TypeError(
        `Cannot normalise ${x!.layout} ${formatShape(x!.shape)} over the batch: expected a blocked tensor, ` +
          `parameters ${formatShape(shape)} and a positive epsilon`,
      );
    }
    return [{ shape: x!.shape }, { shape, layout: "dense" }, { shape, layout: "dense" }];
  },

  lower(node: Node<BatchNormAttributes>, lowering: Lowering): void {
    const [x, weight, bias, running_mean, running_variance] = node.inputs;
    const [y, mean, variance] = node.outputs;
    const { epsilon, statistics } = node.attributes;
    const extents = [rowCount(x!), channelCount(x!), rowStride(x!)];
    lowering.dispatch({
      shader: { name: "batch_norm/statistics", source: statisticsSource },
      bindings: [
        lowering.buffer(x!),
        lowering.buffer(mean),
        lowering.buffer(variance),
        lowering.uniform(extents),
      ],
      workgroups: [blockCount(x!)],
    });
    lowering.dispatch({
      shader: { name: "batch_norm/normalise", source: normaliseSource },
      bindings: [
        lowering.buffer(x!),
        ...statistics === "batch"
          ? [lowering.buffer(mean), lowering.buffer(variance)]
          : [constantVector(lowering, running_mean!), constantVector(lowering, running_variance!)],
        vector(lowering, weight!),
        vector(lowering, bias!),
        lowering.buffer(y),
        lowering.uniform([...extents, { f32: epsilon }]),
      ],
      workgroups: [Math.ceil(rowCount(x!) / 64), blockCount(x!)],
    });
  },

  gradient(node: Node<BatchNormAttributes>, [d_y]: readonly (Tensor | null)[], graph: NodeBuilder) {
    const [x, weight, , running_mean, running_variance] = node.inputs;
    const [, mean, variance] = node.outputs;
    const statistics = node.attributes.statistics === "batch"
      ? [mean, variance]
      : [running_mean, running_variance];
    const inputs = [x, d_y, weight, ...statistics];
    return [...graph.add(batchNormGradientOperator, inputs, node.attributes), null, null];
  },
};

/** Inputs x and d_y blocked, weight, mean and variance `[C]`; outputs d_x blocked, d_weight and d_bias dense `[C]`. */
export const batchNormGradientOperator: Operator<BatchNormAttributes> = {
  name: "batch_norm_gradient",

  infer([x]): TensorSpec[] {
    const columns: TensorSpec = { shape: [channelCount(x!)], layout: "dense" };
    return [{ shape: x!.shape }, columns, columns];
  },

  lower(node: Node<BatchNormAttributes>, lowering: Lowering): void {
    const [x, d_y, weight, mean, variance] = node.inputs;
    const [d_x, d_weight, d_bias] = node.outputs;
    const { epsilon, statistics } = node.attributes;
    const dims = [rowCount(x!), channelCount(x!), rowStride(x!), { f32: epsilon }];
    const own = statistics === "batch";
    const given = own
      ? [lowering.buffer(mean!), lowering.buffer(variance!)]
      : [constantVector(lowering, mean!), constantVector(lowering, variance!)];
    lowering.dispatch({
      shader: { name: "batch_norm/gradient_sums", source: gradientSumsSource },
      bindings: [
        lowering.buffer(x!),
        lowering.buffer(d_y!),
        ...given,
        lowering.buffer(d_weight),
        lowering.buffer(d_bias),
        lowering.uniform(dims),
      ],
      workgroups: [blockCount(x!)],
    });
    lowering.dispatch({
      shader: { name: "batch_norm/gradient", source: gradientSource },
      bindings: [
        lowering.buffer(x!),
        lowering.buffer(d_y!),
        ...given,
        vector(lowering, weight!),
        lowering.buffer(d_weight),
        lowering.buffer(d_bias),
        lowering.buffer(d_x),
        lowering.uniform([...dims, { f32: own ? 1 : 0 }]),
      ],
      workgroups: [Math.ceil(rowCount(x!) / 64), blockCount(x!)],
    });
  },
};

/** Options of {@linkcode batchNorm}. */
export interface BatchNormOptions extends BatchNormAttributes {
  /** Module of the parameters, below the current one. */
  name: string;
}

/**
 * Adds a batch normalisation; its parameters are `<name>.weight`, `.bias`, `.running_mean`, `.running_var`.
 *
 * @param graph The graph.
 * @param x Blocked `[…, C]`.
 * @param options Name of the parameters, epsilon, and which statistics.
 * @returns y of the shape of x.
 * @throws {TypeError} When x is not blocked or epsilon not positive.
 */
export function batchNorm(graph: Graph, x: Tensor, { name, ...attributes }: BatchNormOptions): Tensor {
  const parameter = (part: string) => graph.parameter(`${name}.${part}`, [channelCount(x)]);
  const parameters = ["weight", "bias", "running_mean", "running_var"].map(parameter);
  return graph.add(batchNormOperator, [x, ...parameters], attributes)[0];
}

function vector(lowering: Lowering, tensor: Tensor) {
  return lowering.parameter([tensor], { name: "vector", pack: ([values]) => packVector(values) });
}

/** A parameter where the shader also takes what a kernel has computed. */
function constantVector(lowering: Lowering, tensor: Tensor) {
  return lowering.parameter([tensor], {
    name: "writable vector",
    binding: "writable",
    pack: ([values]) => packVector(values),
  });
}
