/**
 * GELU (with erf) or ReLU by itself: `y = f(x)`, `d_x = f'(x) · d_y`.
 *
 * Inference fuses activations into the product before them; a training graph keeps x, which the gradient reads.
 */
import type { Graph } from "../../graph/graph.ts";
import type { Lowering, Node, NodeBuilder, Operator } from "../../graph/operator.ts";
import {
  blockCount,
  formatShape,
  rowCount,
  rowStride,
  type Tensor,
  type TensorSpec,
} from "../../graph/tensor.ts";
import source from "./activation.wgsl" with { type: "text" };

/** Which function. */
export type ActivationKind = "gelu" | "relu";

/** Attributes of {@linkcode activationOperator}. */
export interface ActivationAttributes {
  /** Which function. */
  readonly kind: ActivationKind;
}

const codes: Record<ActivationKind, number> = { gelu: 1, relu: 2 };

function infer([x, d_y]: readonly (Tensor | null)[]): TensorSpec[] {
  if (x!.layout !== "blocked" || (d_y && formatShape(d_y.shape) !== formatShape(x!.shape))) {
    throw new TypeError(
      `Cannot apply an activation to ${x!.layout} ${formatShape(x!.shape)}: expected blocked`,
    );
  }
  return [{ shape: x!.shape }];
}

function lower(node: Node<ActivationAttributes>, lowering: Lowering): void {
  const [x, d_y] = node.inputs;
  const [y] = node.outputs;
  const backward = d_y !== undefined;
  lowering.dispatch({
    shader: {
      name: backward ? "activation/backward" : "activation/forward",
      source: `const BACKWARD = ${backward};\n${source}`,
    },
    bindings: [
      lowering.buffer(x!),
      backward ? lowering.buffer(d_y!) : lowering.unused(),
      lowering.buffer(y),
      lowering.uniform([rowCount(y), rowStride(y), codes[node.attributes.kind]]),
    ],
    workgroups: [Math.ceil(rowCount(y) / 64), blockCount(y)],
  });
}

/** Input x and output y, blocked, of one shape. */
export const activationOperator: Operator<ActivationAttributes> = {
  name: "activation",
  infer,
  lower,

  gradient(node: Node<ActivationAttributes>, [d_y]: readonly (Tensor | null)[], graph: NodeBuilder) {
    return [graph.add(activationGradientOperator, [node.inputs[0], d_y], node.attributes)[0]];
  },
};

/** Inputs x and d_y, output d_x, blocked, of one shape. */
export const activationGradientOperator: Operator<ActivationAttributes> = {
  name: "activation_gradient",
  infer,
  lower,
};

/**
 * Adds an activation.
 *
 * @param graph The graph.
 * @param x Blocked.
 * @param attributes Which function.
 * @returns f(x), of the shape of x.
 * @throws {TypeError} When x is not blocked.
 */
export function activation(graph: Graph, x: Tensor, attributes: ActivationAttributes): Tensor {
  return graph.add(activationOperator, [x], attributes)[0];
}
