/**
 * Items chosen by an index: `y[b, f, m, c] = x[index[b, f], 0, m, c]`. Several people and keyframes share the tokens of
 * one crop; this hands each its own copy.
 */
import type { Graph } from "../../graph/graph.ts";
import type { Lowering, Node, OnnxExporter, Operator } from "../../graph/operator.ts";
import {
  blockCount,
  formatShape,
  rowCount,
  rowStride,
  type Tensor,
  type TensorSpec,
} from "../../graph/tensor.ts";
import source from "./gather.wgsl" with { type: "text" };

/** Inputs x blocked `[U, 1, M, D]` and index dense i32 `[B, F]`; output blocked `[B, F, M, D]`. */
export const gatherOperator: Operator<Record<never, never>> = {
  name: "gather",

  infer([x, index]): TensorSpec[] {
    if (x!.shape.length !== 4 || x!.shape[1] !== 1 || x!.layout !== "blocked") {
      throw new TypeError(
        `Cannot gather from ${x!.layout} ${formatShape(x!.shape)}: expected blocked [U, 1, M, D]`,
      );
    }
    if (index!.shape.length !== 2 || index!.type !== "i32" || index!.layout !== "dense") {
      throw new TypeError(
        `Cannot gather by ${index!.layout} ${index!.type} ${
          formatShape(index!.shape)
        }: expected dense i32 [B, F]`,
      );
    }
    return [{ shape: [...index!.shape, ...x!.shape.slice(2)], precise: x!.precise }];
  },

  lower(node: Node<Record<never, never>>, lowering: Lowering): void {
    const [x, index] = node.inputs as Tensor[];
    const [y] = node.outputs;
    lowering.dispatch({
      shader: { name: "gather", source },
      bindings: [
        lowering.buffer(x),
        lowering.buffer(index),
        lowering.buffer(y),
        lowering.uniform([rowCount(y), x.shape[2], x.shape[0], rowStride(x), rowStride(y)]),
      ],
      workgroups: [Math.ceil(rowCount(y) / 64), blockCount(y)],
    });
  },

  onnx(node: Node<Record<never, never>>, exporter: OnnxExporter): void {
    const [x, index] = (node.inputs as Tensor[]).map((tensor) => exporter.value(tensor));
    const items = exporter.node("Squeeze", [x, exporter.integers([1])]);
    exporter.bind(node.outputs[0], exporter.node("Gather", [items, index], { axis: 0 }));
  },
};

/**
 * Adds a gather.
 *
 * @param graph The graph.
 * @param x Blocked `[U, 1, M, D]`.
 * @param index Dense i32 `[B, F]`, 0 to U − 1; the ends stand in for what is outside.
 * @returns Blocked `[B, F, M, D]`.
 * @throws {TypeError} When shapes, types or layouts do not fit.
 */
export function gather(graph: Graph, x: Tensor, index: Tensor): Tensor {
  return graph.add(gatherOperator, [x, index], {})[0];
}
