/** A tensor of one number: the seed of a gradient, equal weights, the zeros around a slice. */
import type { Lowering, Node, NodeBuilder, Operator } from "../../graph/operator.ts";
import { byteLength, type Tensor, type TensorSpec } from "../../graph/tensor.ts";
import source from "./fill.wgsl" with { type: "text" };

/** Attributes of {@linkcode constantOperator}. */
export interface ConstantAttributes {
  /** Extents. */
  readonly shape: readonly number[];
  /** Memory order; the padding of a blocked tensor is filled too. */
  readonly layout: "dense" | "blocked";
  /** The number. */
  readonly value: number;
}

/** No input; output of the shape asked for. */
export const constantOperator: Operator<ConstantAttributes> = {
  name: "constant",

  infer(_inputs, { shape, layout, value }): TensorSpec[] {
    if (!Number.isFinite(value)) {
      throw new RangeError(`Cannot fill a tensor with ${value}, expected a finite number`);
    }
    return [{ shape, layout }];
  },

  lower(node: Node<ConstantAttributes>, lowering: Lowering): void {
    lowerFill(lowering, node.outputs[0], node.attributes.value);
  },
};

/**
 * Adds a constant.
 *
 * @param graph The graph.
 * @param attributes Shape, layout and value.
 * @returns The tensor.
 * @throws {RangeError} When the value is not finite.
 */
export function constant(graph: NodeBuilder, attributes: ConstantAttributes): Tensor {
  return graph.add(constantOperator, [], attributes)[0];
}

/** Emits a fill of a whole tensor, its padding included. */
export function lowerFill(lowering: Lowering, tensor: Tensor, value: number): void {
  const n_elements = byteLength(tensor) / 4;
  const columns = Math.min(Math.ceil(n_elements / 64), 1024);
  lowering.dispatch({
    shader: {
      name: "constant/fill",
      source: `alias FILLED = ${tensor.layout === "blocked" ? "Element0" : "f32"};\n${source}`,
    },
    bindings: [lowering.buffer(tensor), lowering.uniform([n_elements, columns * 64, { f32: value }])],
    workgroups: [columns, Math.ceil(n_elements / 64 / columns)],
  });
}
