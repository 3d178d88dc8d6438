/**
 * Linear layer with fused bias, activation and residual:
 * `y[r, c] = activation(Σ_k x[r, k] · weight[c, k] + bias[c]) + residual[r, c]`.
 */
import type { Graph } from "../../graph/graph.ts";
import type { Lowering, Node, NodeBuilder, OnnxExporter, Operator } from "../../graph/operator.ts";
import { channelCount, formatShape, type Tensor, type TensorSpec, wholeBlocks } from "../../graph/tensor.ts";
import { activation as activate } from "../activation/activation.ts";
import { linearInputGradientOperator, linearWeightGradientOperator } from "./linear_gradient.ts";
import { padGroups, padRows } from "./pad_groups.ts";
import { type Activation, lowerProduct, type ProductVariant } from "./product.ts";

/** Attributes of {@linkcode linearOperator}. */
export interface LinearAttributes {
  /** What follows the sum. */
  readonly activation: Activation;
  /** Output columns come in groups of this many (heads), each padded to whole blocks of four in memory. */
  readonly columnGroup?: number;
  /** Input channels come in such groups. */
  readonly depthGroup?: number;
  /** Which kernel; the expected fastest when absent. */
  readonly variant?: ProductVariant;
}

/** Options of {@linkcode linear}. */
export interface LinearOptions extends Partial<LinearAttributes> {
  /** Output channels. */
  columns: number;
  /** Whether there is a bias. @default {true} */
  bias?: boolean;
  /** Added after the activation, of the output's shape. */
  residual?: Tensor;
}

/** Inputs x `[…, K]`, weight `[C, K]`, bias `[C]` or null, residual `[…, C]` or null; output `[…, C]`. */
export const linearOperator: Operator<LinearAttributes> = {
  name: "linear",

  infer([x, weight, bias, residual], { columnGroup, depthGroup }): TensorSpec[] {
    const columns = padGroups(weight!.shape[0], columnGroup);
    const depth = padGroups(weight!.shape[1], depthGroup);
    if (channelCount(x!) !== depth || x!.layout !== "blocked") {
      throw new TypeError(
        `Cannot apply linear to ${formatShape(x!.shape)}: ${channelCount(x!)} channels, expected ${depth}`,
      );
    }
    if (bias && bias.shape[0] !== weight!.shape[0]) {
      throw new TypeError(
        `Cannot apply linear: bias ${formatShape(bias.shape)}, expected [${weight!.shape[0]}]`,
      );
    }
    const shape = [...x!.shape.slice(0, -1), columns];
    if (residual && formatShape(residual.shape) !== formatShape(shape)) {
      throw new TypeError(
        `Cannot apply linear: residual ${formatShape(residual.shape)}, expected ${formatShape(shape)}`,
      );
    }
    if (residual === x) throw new TypeError("Cannot apply linear: the residual is the input itself");
    return [{ shape, precise: Boolean(residual) }];
  },

  lower(node: Node<LinearAttributes>, lowering: Lowering): void {
    const [x, weight, bias, residual] = node.inputs;
    const { columnGroup, depthGroup, activation, variant } = node.attributes;
    const [columns, depth] = weight!.shape;
    const arrangement = `groups ${columnGroup ?? 0} × ${depthGroup ?? 0}`;
    const padColumns = (values: Float32Array, width: number) =>
      padRows(values, { width, group: columnGroup });
    lowerProduct(lowering, {
      x: x!,
      weight: {
        tensors: [weight!],
        columns: padGroups(columns, columnGroup),
        depth: padGroups(depth, depthGroup),
        arrangement,
        arrange: (values) =>
          padColumns(padRows(values, { width: 1, group: depthGroup }), padGroups(depth, depthGroup)),
      },
      bias: bias ? { tensors: [bias], arrangement, arrange: (values) => padColumns(values, 1) } : undefined,
      activation,
      residual: residual ? { tensor: residual } : undefined,
      y: node.outputs[0],
    }, variant);
  },

  onnx(node: Node<LinearAttributes>, exporter: OnnxExporter): void {
    const [x, weight, bias, residual] = node.inputs;
    const transposed = exporter.node("Transpose", [exporter.value(weight!)], { perm: [1, 0] });
    let value = exporter.node("MatMul", [exporter.value(x!), transposed]);
    if (bias) value = exporter.node("Add", [value, exporter.value(bias)]);
    value = onnxActivation(exporter, value, node.attributes.activation);
    if (residual) value = exporter.node("Add", [value, exporter.value(residual)]);
    exporter.bind(node.outputs[0], value);
  },

  gradient(node: Node<LinearAttributes>, [d_y]: readonly (Tensor | null)[], graph: NodeBuilder) {
    const [x, weight, bias, residual] = node.inputs;
    const { activation: fused, ...groups } = node.attributes;
    if (fused !== "none") {
      throw new TypeError(
        `Cannot differentiate linear of ${node.path}: its ${fused} is fused, expected a graph made for training`,
      );
    }
    const shape = weight!.shape;
    const [d_x] = graph.add(linearInputGradientOperator, [d_y, weight], groups);
    const [d_weight, d_bias] = graph.add(linearWeightGradientOperator, [d_y, x], { ...groups, shape });
    return [d_x, d_weight, bias ? d_bias : null, residual ? d_y : null];
  },
};

/**
 * Adds a linear layer whose weights are `weight` and `bias` below the current module.
 *
 * @param graph The graph.
 * @param x Blocked `[…, K]`.
 * @param options Output channels and what is fused.
 * @returns Blocked `[…, columns]`.
 * @throws {TypeError} When shapes do not fit.
 */
export function linear(graph: Graph, x: Tensor, options: LinearOptions): Tensor {
  const { columns, bias = true, residual = null, activation = "none", depthGroup, ...others } = options;
  // A single group has its padding where every blocked tensor has it.
  const grouped = depthGroup !== undefined && depthGroup !== channelCount(x);
  const depth = grouped ? channelCount(x) / wholeBlocks(depthGroup) * depthGroup : channelCount(x);
  const rest = { ...others, ...(grouped ? { depthGroup } : {}) };
  const inputs = [
    x,
    graph.parameter("weight", [columns, depth]),
    bias ? graph.parameter("bias", [columns]) : null,
    residual,
  ];
  if (graph.training && activation !== "none") {
    if (residual) throw new TypeError("Cannot train linear with both activation and residual");
    const sum = graph.add(linearOperator, inputs, { activation: "none", ...rest })[0];
    return activate(graph, sum, { kind: activation });
  }
  return graph.add(linearOperator, inputs, { activation, ...rest })[0];
}

/** ONNX nodes of an activation; GELU by its definition with Erf, which every opset has. */
function onnxActivation(exporter: OnnxExporter, value: string, activation: Activation): string {
  switch (activation) {
    case "none":
      return value;
    case "relu":
      return exporter.node("Relu", [value]);
    case "gelu": {
      // Division, and one half at the end: the form that onnxruntime knows, and computes as one node with the bias.
      const scaled = exporter.node("Div", [value, exporter.floats([Math.SQRT2], [])]);
      const more = exporter.node("Add", [exporter.node("Erf", [scaled]), exporter.floats([1], [])]);
      return exporter.node("Mul", [exporter.node("Mul", [value, more]), exporter.floats([0.5], [])]);
    }
  }
}
