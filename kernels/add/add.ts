/** Sum of two tensors of one shape and layout, `y = a + b`: how the gradient walk adds contributions. */
import type { Graph } from "../../graph/graph.ts";
import type { Lowering, Node, Operator } from "../../graph/operator.ts";
import { byteLength, formatShape, type Tensor, type TensorSpec } from "../../graph/tensor.ts";
import source from "./add.wgsl" with { type: "text" };

/** Inputs a and b; output of their shape and layout. */
export const addOperator: Operator<null> = {
  name: "add",

  infer([a, b]): TensorSpec[] {
    const text = ({ type, layout, shape }: Tensor) => `${layout} ${type} ${formatShape(shape)}`;
    if (text(a!) !== text(b!) || a!.type !== "f32") {
      throw new TypeError(
        `Cannot add ${text(a!)} and ${text(b!)}: expected f32 tensors of one shape and layout`,
      );
    }
    return [{ shape: a!.shape, layout: a!.layout }];
  },

  lower(node: Node<null>, lowering: Lowering): void {
    const [a, b] = node.inputs as Tensor[];
    const [y] = node.outputs;
    const bytes = byteLength(y);
    const vector = bytes % 16 === 0;
    const n_elements = bytes / (vector ? 16 : 4);
    const columns = Math.min(Math.ceil(n_elements / 64), 1024);
    lowering.dispatch({
      shader: { name: "add", source: `alias ELEMENT = ${vector ? "vec4f" : "f32"};\n${source}` },
      bindings: [
        lowering.buffer(a),
        lowering.buffer(b),
        lowering.buffer(y),
        lowering.uniform([n_elements, columns * 64]),
      ],
      workgroups: [columns, Math.ceil(n_elements / 64 / columns)],
    });
  },

  gradient(_node: Node<null>, [d_y]: readonly (Tensor | null)[]): (Tensor | null)[] {
    return [d_y, d_y];
  },
};

/**
 * Adds a sum.
 *
 * @param graph The graph.
 * @param a One tensor.
 * @param b Another one, of the same shape and layout.
 * @returns a + b.
 * @throws {TypeError} When shapes or layouts differ.
 */
export function add(graph: Graph, a: Tensor, b: Tensor): Tensor {
  return graph.add(addOperator, [a, b], null)[0];
}
