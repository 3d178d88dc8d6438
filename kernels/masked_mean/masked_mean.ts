/**
 * Weighted mean over the tokens of each text (the pooled features of Eqs. 13–15):
 * `y[b, d] = Σ_n w[b, n] · x[b, n, d] / Σ_n w[b, n]`, and zero where all weights are.
 */
import type { Graph } from "../../graph/graph.ts";
import type { Lowering, Node, NodeBuilder, OnnxExporter, Operator } from "../../graph/operator.ts";
import { blockCount, formatShape, rowStride, type Tensor, type TensorSpec } from "../../graph/tensor.ts";
import gradientSource from "./gradient.wgsl" with { type: "text" };
import source from "./mean.wgsl" with { type: "text" };

/** Options of {@linkcode maskedMean}. */
export interface MaskedMeanOptions {
  /** Dense `[B, N]`, f32 or an i32 mask, none negative; they need not sum to 1. */
  weights: Tensor;
}

/** Attributes of {@linkcode maskedMeanGradientOperator}. */
export interface MaskedMeanGradientAttributes {
  /** Extents of x. */
  readonly shape: readonly number[];
}

/** Divisor of a sum without weight, as in `mean.wgsl`; too small to touch any other sum. */
const smallestMass = 1e-30;
/** ONNX's number of the float32 element type. */
const onnxFloat = 1;

/** Inputs x `[B, N, D]` blocked, weights `[B, N]` dense, none negative; output `[B, D]` blocked. */
export const maskedMeanOperator: Operator<null> = {
  name: "masked_mean",

  infer([x, weights]): TensorSpec[] {
    const { shape, type, layout } = x!;
    const refuse = (reason: string): never => {
      throw new TypeError(`Cannot take the mean of ${formatShape(shape)}: ${reason}`);
    };
    if (shape.length !== 3) refuse("expected [B, N, D]");
    if (type !== "f32" || layout !== "blocked") refuse(`${layout} ${type}, expected blocked f32`);
    if (weights!.type === "u32" || weights!.layout !== "dense") {
      refuse(`weights ${weights!.layout} ${weights!.type}, expected dense f32 or i32`);
    }
    if (formatShape(weights!.shape) !== formatShape(shape.slice(0, 2))) {
      refuse(`weights ${formatShape(weights!.shape)}, expected ${formatShape(shape.slice(0, 2))}`);
    }
    return [{ shape: [shape[0], shape[2]] }];
  },

  lower(node: Node<null>, lowering: Lowering): void {
    const [x, weights] = node.inputs;
    const [y] = node.outputs;
    const [B, N] = x!.shape;
    lowering.dispatch({
      shader: { name: "masked_mean/mean", source: weightAlias(weights!) + source },
      bindings: [
        lowering.buffer(x!),
        lowering.buffer(weights!),
        lowering.buffer(y),
        lowering.uniform([N, blockCount(x!), rowStride(x!), rowStride(y)]),
      ],
      workgroups: [Math.ceil(blockCount(x!) / 64), B],
    });
  },

  /** `[B, 1, N] · [B, N, D]`, divided by the mass. */
  onnx(node: Node<null>, exporter: OnnxExporter): void {
    const [x, given] = node.inputs.map((input) => exporter.value(input!));
    const weights = node.inputs[1]!.type === "f32"
      ? given
      : exporter.node("Cast", [given], { to: onnxFloat });
    const one = exporter.integers([1]);
    const product = exporter.node("MatMul", [exporter.node("Unsqueeze", [weights, one]), x]);
    const mass = exporter.node("ReduceSum", [weights, one], { keepdims: 1 });
    const divisor = exporter.node("Max", [mass, exporter.floats([smallestMass], [])]);
    const sum = exporter.node("Squeeze", [product, one]);
    exporter.bind(node.outputs[0], exporter.node("Div", [sum, divisor]));
  },

  gradient(node: Node<null>, [d_y]: readonly (Tensor | null)[], graph: NodeBuilder) {
    const [x, weights] = node.inputs;
    return [graph.add(maskedMeanGradientOperator, [weights, d_y], { shape: x!.shape })[0], null];
  },
};

/** Inputs weights `[B, N]` dense and d_y `[B, D]` blocked; output `d_x[b, n, d] = w[b, n] / Σ w[b] · d_y[b, d]`. */
export const maskedMeanGradientOperator: Operator<MaskedMeanGradientAttributes> = {
  name: "masked_mean_gradient",

  infer(_inputs, { shape }): TensorSpec[] {
    return [{ shape }];
  },

  lower(node: Node<MaskedMeanGradientAttributes>, lowering: Lowering): void {
    const [weights, d_y] = node.inputs;
    const [d_x] = node.outputs;
    const [B, N] = d_x.shape;
    lowering.dispatch({
      shader: { name: "masked_mean/gradient", source: weightAlias(weights!) + gradientSource },
      bindings: [
        lowering.buffer(weights!),
        lowering.buffer(d_y!),
        lowering.buffer(d_x),
        lowering.uniform([N, blockCount(d_x), rowStride(d_x), rowStride(d_y!)]),
      ],
      workgroups: [Math.ceil(blockCount(d_x) / 64), B],
    });
  },
};

function weightAlias({ type }: Tensor): string {
  return `alias WEIGHT = ${type};\n`;
}

/**
 * Adds a weighted mean over the tokens.
 *
 * @param graph The graph.
 * @param x Blocked `[B, N, D]`.
 * @param options The weights.
 * @returns Blocked `[B, D]`; zeros for a text whose weights are all zero.
 * @throws {TypeError} When shapes do not fit.
 */
export function maskedMean(graph: Graph, x: Tensor, { weights }: MaskedMeanOptions): Tensor {
  return graph.add(maskedMeanOperator, [x, weights], null)[0];
}
