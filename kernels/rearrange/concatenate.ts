/** Tensors one after the other along an axis. */
import type { Graph } from "../../graph/graph.ts";
import type { Lowering, Node, NodeBuilder, OnnxExporter, Operator } from "../../graph/operator.ts";
import { formatShape, type Tensor, type TensorSpec } from "../../graph/tensor.ts";
import { axesOf, lowerMove } from "./move.ts";
import { sliceOperator } from "./slice.ts";

/** Attributes of {@linkcode concatenateOperator}. */
export interface ConcatenateAttributes {
  /** The axis, counted from the outermost. */
  readonly axis: number;
}

/** Inputs `[…, Lᵢ, …]`, equal in all other axes and in layout; output `[…, Σ Lᵢ, …]`. */
export const concatenateOperator: Operator<ConcatenateAttributes> = {
  name: "concatenate",

  infer(inputs, { axis }): TensorSpec[] {
    const [first, ...others] = inputs as Tensor[];
    const rest = (tensor: Tensor) =>
      formatShape(tensor.shape.toSpliced(axis, 1)) + tensor.layout + tensor.type;
    const other = others.find((tensor) => rest(tensor) !== rest(first));
    if (other || first.shape[axis] === undefined) {
      throw new TypeError(
        `Cannot concatenate ${inputs.map((x) => formatShape(x!.shape)).join(" and ")} on axis ${axis}: ` +
          "expected equal layouts and equal other axes",
      );
    }
    const length = (inputs as Tensor[]).reduce((sum, { shape }) => sum + shape[axis], 0);
    const precise = inputs.some((input) => input!.precise);
    return [{
      shape: first.shape.toSpliced(axis, 1, length),
      type: first.type,
      layout: first.layout,
      precise,
    }];
  },

  lower(node: Node<ConcatenateAttributes>, lowering: Lowering): void {
    const { axis } = node.attributes;
    const [y] = node.outputs;
    let start = 0;
    for (const x of node.inputs as Tensor[]) {
      const walk = axesOf(x);
      lowerMove(lowering, {
        from: { tensor: x, groups: walk },
        to: { tensor: y, groups: axesOf(y), start: { [`a${axis}`]: start } },
        walk,
      });
      start += x.shape[axis];
    }
  },

  onnx(node: Node<ConcatenateAttributes>, exporter: OnnxExporter): void {
    const values = (node.inputs as Tensor[]).map((tensor) => exporter.value(tensor));
    exporter.bind(node.outputs[0], exporter.node("Concat", values, { axis: node.attributes.axis }));
  },

  gradient(node: Node<ConcatenateAttributes>, [d_y]: readonly (Tensor | null)[], graph: NodeBuilder) {
    const { axis } = node.attributes;
    let start = 0;
    return (node.inputs as Tensor[]).map(({ shape }) => {
      const attributes = { axis, start, length: shape[axis] };
      start += shape[axis];
      return graph.add(sliceOperator, [d_y], attributes)[0];
    });
  },
};

/**
 * Adds a concatenation.
 *
 * @param graph The graph.
 * @param inputs Tensors of one layout, equal in all axes but `axis`.
 * @param axis The axis, counted from the outermost.
 * @returns All of them.
 * @throws {TypeError} When other axes differ.
 */
export function concatenate(graph: Graph, inputs: readonly Tensor[], axis: number): Tensor {
  return graph.add(concatenateOperator, inputs, { axis })[0];
}
