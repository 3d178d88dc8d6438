/**
 * Linear layer with fused bias, activation and residual:
 * `y[r, c] = activation(Σ_k x[r, k] · weight[c, k] + bias[c]) + residual[r, c]`.
 */
import type { Graph } from "../../graph/graph.ts";
import type { Lowering, Node, OnnxExporter, Operator } from "../../graph/operator.ts";
import { channelCount, formatShape, type Tensor, type TensorSpec } from "../../graph/tensor.ts";
import { type Activation, lowerProduct, type ProductVariant } from "./product.ts";

/** Attributes of {@linkcode linearOperator}. */
export interface LinearAttributes {
  /** What follows the sum. */
  readonly activation: Activation;
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

  infer([x, weight, bias, residual]): TensorSpec[] {
    const [columns, depth] = weight!.shape;
    if (channelCount(x!) !== depth || x!.layout !== "blocked") {
      throw new TypeError(
        `Cannot apply linear to ${formatShape(x!.shape)}: ${channelCount(x!)} channels, expected ${depth}`,
      );
    }
    if (bias && bias.shape[0] !== columns) {
      throw new TypeError(`Cannot apply linear: bias ${formatShape(bias.shape)}, expected [${columns}]`);
    }
    const shape = [...x!.shape.slice(0, -1), columns];
    if (residual && formatShape(residual.shape) !== formatShape(shape)) {
      throw new TypeError(
        `Cannot apply linear: residual ${formatShape(residual.shape)}, expected ${formatShape(shape)}`,
      );
    }
    if (residual === x) throw new TypeError("Cannot apply linear: the residual is the input itself");
    return [{ shape }];
  },

  lower(node: Node<LinearAttributes>, lowering: Lowering): void {
    const [x, weight, bias, residual] = node.inputs;
    const [columns, depth] = weight!.shape;
    lowerProduct(lowering, {
      x: x!,
      weight: { tensors: [weight!], columns, depth },
      bias: bias ? { tensors: [bias] } : undefined,
      activation: node.attributes.activation,
      residual: residual ? { tensor: residual } : undefined,
      y: node.outputs[0],
    }, node.attributes.variant);
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
  const { columns, bias = true, residual = null, activation = "none", variant } = options;
  const inputs = [
    x,
    graph.parameter("weight", [columns, channelCount(x)]),
    bias ? graph.parameter("bias", [columns]) : null,
    residual,
  ];
  return graph.add(linearOperator, inputs, { activation, ...(variant ? { variant } : {}) })[0];
}

/** ONNX nodes of an activation; GELU by its definition with Erf, which every opset has. */
export function onnxActivation(exporter: OnnxExporter, value: string, activation: Activation): string {
  switch (activation) {
    case "none":
      return value;
    case "relu":
      return exporter.node("Relu", [value]);
    case "gelu": {
      const scaled = exporter.node("Mul", [value, exporter.floats([Math.SQRT1_2], [])]);
      const erf = exporter.node("Erf", [scaled]);
      const half = exporter.node("Mul", [value, exporter.floats([0.5], [])]);
      return exporter.node("Mul", [half, exporter.node("Add", [erf, exporter.floats([1], [])])]);
    }
  }
}
