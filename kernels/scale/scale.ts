/** A factor per outermost index, `y[b, …] = x[b, …] · factor[b]`: how a gradient per person meets a matrix per person. */
import type { Lowering, Node, NodeBuilder, Operator } from "../../graph/operator.ts";
import { elementCount, formatShape, type Tensor, type TensorSpec } from "../../graph/tensor.ts";
import source from "./scale.wgsl" with { type: "text" };

/** Inputs x `[B, …]` and factor `[B]`, dense; output of the shape of x, dense. */
export const scaleOperator: Operator<null> = {
  name: "scale",

  infer([x, factor]): TensorSpec[] {
    if (x!.layout !== "dense" || formatShape(factor!.shape) !== `[${x!.shape[0]}]`) {
      throw new TypeError(
        `Cannot scale ${x!.layout} ${formatShape(x!.shape)} by ${
          formatShape(factor!.shape)
        }: expected dense [B, …] and [B]`,
      );
    }
    return [{ shape: x!.shape, layout: "dense" }];
  },

  lower(node: Node<null>, lowering: Lowering): void {
    const [x, factor] = node.inputs as Tensor[];
    const n_elements = elementCount(x.shape);
    const columns = Math.min(Math.ceil(n_elements / 64), 1024);
    lowering.dispatch({
      shader: { name: "scale", source },
      bindings: [
        lowering.buffer(x),
        lowering.buffer(factor),
        lowering.buffer(node.outputs[0]),
        lowering.uniform([n_elements, n_elements / x.shape[0], columns * 64]),
      ],
      workgroups: [columns, Math.ceil(n_elements / 64 / columns)],
    });
  },
};

/**
 * Adds a scaling.
 *
 * @param graph The graph.
 * @param x Dense `[B, …]`.
 * @param factor Dense `[B]`.
 * @returns Dense, of the shape of x.
 * @throws {TypeError} When shapes do not fit.
 */
export function scale(graph: NodeBuilder, x: Tensor, factor: Tensor): Tensor {
  return graph.add(scaleOperator, [x, factor], null)[0];
}
