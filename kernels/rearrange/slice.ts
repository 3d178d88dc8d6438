/** A range of one axis: `y = x[…, start : start + length, …]`. */
import type { Graph } from "../../graph/graph.ts";
import type { Lowering, Node, OnnxExporter, Operator } from "../../graph/operator.ts";
import { formatShape, type Tensor, type TensorSpec } from "../../graph/tensor.ts";
import { axesOf, lowerMove } from "./move.ts";

/** Attributes of {@linkcode sliceOperator}. */
export interface SliceAttributes {
  /** The axis, counted from the outermost. */
  readonly axis: number;
  /** First index taken. */
  readonly start: number;
  /** Number of indices taken. */
  readonly length: number;
}

/** Input `[…, L, …]`; output `[…, length, …]` of the same layout. */
export const sliceOperator: Operator<SliceAttributes> = {
  name: "slice",

  infer([x], { axis, start, length }): TensorSpec[] {
    const extent = x!.shape[axis];
    if (extent === undefined || start < 0 || length < 1 || start + length > extent) {
      throw new TypeError(
        `Cannot slice ${formatShape(x!.shape)} from ${start} to ${start + length} on axis ${axis}: ` +
          `expected a range inside ${extent ?? "an axis that exists"}`,
      );
    }
    return [{ shape: x!.shape.toSpliced(axis, 1, length), type: x!.type, layout: x!.layout }];
  },

  lower(node: Node<SliceAttributes>, lowering: Lowering): void {
    const { axis, start } = node.attributes;
    const [y] = node.outputs;
    const walk = axesOf(y);
    lowerMove(lowering, {
      from: { tensor: node.inputs[0]!, groups: axesOf(node.inputs[0]!), start: { [`a${axis}`]: start } },
      to: { tensor: y, groups: walk },
      walk,
    });
  },

  onnx(node: Node<SliceAttributes>, exporter: OnnxExporter): void {
    const { axis, start, length } = node.attributes;
    const inputs = [
      exporter.value(node.inputs[0]!),
      exporter.integers([start]),
      exporter.integers([start + length]),
      exporter.integers([axis]),
    ];
    exporter.bind(node.outputs[0], exporter.node("Slice", inputs));
  },
};

/**
 * Adds a slice.
 *
 * @param graph The graph.
 * @param x Any tensor.
 * @param attributes Axis, start and length.
 * @returns The range, in the input's layout.
 * @throws {TypeError} When the range is not inside the axis.
 */
export function slice(graph: Graph, x: Tensor, attributes: SliceAttributes): Tensor {
  return graph.add(sliceOperator, [x], attributes)[0];
}
