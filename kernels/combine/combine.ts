/** Weighted sum of means, `y = Σ_i weight_i · mean(x_i)`: how the losses of Eq. 16 become one number. */
import type { Graph } from "../../graph/graph.ts";
import type { Lowering, Node, NodeBuilder, Operator } from "../../graph/operator.ts";
import { elementCount, formatShape, type Tensor, type TensorSpec } from "../../graph/tensor.ts";
import source from "./combine.wgsl" with { type: "text" };

/** Attributes of {@linkcode combineOperator}. */
export interface CombineAttributes {
  /** One weight per input. */
  readonly weights: readonly number[];
}

/** Inputs dense, of any shape; output dense `[1]`. */
export const combineOperator: Operator<CombineAttributes> = {
  name: "combine",

  infer(inputs, { weights }): TensorSpec[] {
    const blocked = inputs.find((input) => input!.layout !== "dense");
    if (blocked || inputs.length !== weights.length || !weights.every(Number.isFinite)) {
      throw new TypeError(
        `Cannot combine ${inputs.map((input) => formatShape(input!.shape)).join(", ")} by ${
          weights.join(", ")
        }: ` +
          "expected dense tensors and a finite weight for each",
      );
    }
    return [{ shape: [1], layout: "dense" }];
  },

  lower(node: Node<CombineAttributes>, lowering: Lowering): void {
    for (const [i, x] of node.inputs.entries()) {
      lowering.dispatch({
        shader: { name: "combine/forward", source: `const BACKWARD = false;\n${source}` },
        bindings: [
          lowering.buffer(x!),
          lowering.buffer(node.outputs[0]),
          lowering.uniform([elementCount(x!.shape), i === 0 ? 0 : 1, { f32: node.attributes.weights[i] }]),
        ],
        workgroups: [1],
      });
    }
  },

  gradient(node: Node<CombineAttributes>, [d_y]: readonly (Tensor | null)[], graph: NodeBuilder) {
    return node.inputs.map((x, i) =>
      graph.add(combineGradientOperator, [d_y], { shape: x!.shape, weight: node.attributes.weights[i] })[0]
    );
  },
};

/** Input d_y dense `[1]`; output d_x dense, of the shape asked for. */
export const combineGradientOperator: Operator<
  { readonly shape: readonly number[]; readonly weight: number }
> = {
  name: "combine_gradient",

  infer(_inputs, { shape }): TensorSpec[] {
    return [{ shape, layout: "dense" }];
  },

  lower(node, lowering): void {
    const { shape, weight } = node.attributes;
    lowering.dispatch({
      shader: { name: "combine/backward", source: `const BACKWARD = true;\n${source}` },
      bindings: [
        lowering.buffer(node.inputs[0]!),
        lowering.buffer(node.outputs[0]),
        lowering.uniform([elementCount(shape), 0, { f32: weight }]),
      ],
      workgroups: [Math.ceil(elementCount(shape) / 64)],
    });
  },
};

/**
 * Adds a weighted sum of means.
 *
 * @param graph The graph.
 * @param terms Dense tensors and their weights.
 * @returns Dense `[1]`.
 * @throws {TypeError} When a tensor is not dense or a weight not finite.
 */
export function combine(graph: Graph, terms: readonly { x: Tensor; weight: number }[]): Tensor {
  return graph.add(combineOperator, terms.map(({ x }) => x), {
    weights: terms.map(({ weight }) => weight),
  })[0];
}
