/** A range of one axis: `y = x[…, start : start + length, …]`. */
import type { Graph } from "../../graph/graph.ts";
import type { Lowering, Node, NodeBuilder, OnnxExporter, Operator } from "../../graph/operator.ts";
import { formatShape, type Tensor, type TensorSpec } from "../../graph/tensor.ts";
import { lowerFill } from "../constant/constant.ts";
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
    const { type, layout, precise } = x!;
    return [{ shape: x!.shape.toSpliced(axis, 1, length), type, layout, precise }];
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

  gradient(node: Node<SliceAttributes>, [d_y]: readonly (Tensor | null)[], graph: NodeBuilder) {
    const attributes = {
      axis: node.attributes.axis,
      start: node.attributes.start,
      shape: node.inputs[0]!.shape,
    };
    return [graph.add(sliceGradientOperator, [d_y], attributes)[0]];
  },
};

/** Attributes of {@linkcode sliceGradientOperator}. */
export interface SliceGradientAttributes extends Omit<SliceAttributes, "length"> {
  /** Extents of what was sliced. */
  readonly shape: readonly number[];
}

/** Input d_y `[…, length, …]`; output d_x `[…, L, …]`, zero outside the range. */
export const sliceGradientOperator: Operator<SliceGradientAttributes> = {
  name: "slice_gradient",

  infer([d_y], { shape }): TensorSpec[] {
    return [{ shape, type: d_y!.type, layout: d_y!.layout }];
  },

  lower(node: Node<SliceGradientAttributes>, lowering: Lowering): void {
    const { axis, start } = node.attributes;
    const [d_x] = node.outputs;
    const walk = axesOf(node.inputs[0]!);
    lowerFill(lowering, d_x, 0);
    lowerMove(lowering, {
      from: { tensor: node.inputs[0]!, groups: walk },
      to: { tensor: d_x, groups: axesOf(d_x), start: { [`a${axis}`]: start } },
      walk,
    });
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
