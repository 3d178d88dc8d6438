/** The transport cost `c(f_m, g_n) = 1 − cos(f_m, g_n)` (Eq. 6). */
import type { Graph } from "../../graph/graph.ts";
import type { Lowering, Node, OnnxExporter, Operator } from "../../graph/operator.ts";
import {
  blockCount,
  channelCount,
  formatShape,
  rowStride,
  type Tensor,
  type TensorSpec,
} from "../../graph/tensor.ts";
import source from "./cosine_cost.wgsl" with { type: "text" };

/** Norms are taken as at least this, so that a zero vector has cosine 0 with everything. */
const epsilon = 1e-8;

/** Inputs F blocked `[B, M, D]`, G blocked `[B, N, D]`; output C dense `[B, M, N]`. */
export const cosineCostOperator: Operator<Record<never, never>> = {
  name: "cosineCost",

  infer([visual, text]): TensorSpec[] {
    const [B, M] = visual!.shape;
    const [textB, N] = text!.shape;
    const fits = visual!.shape.length === 3 && text!.shape.length === 3 && B === textB &&
      channelCount(visual!) === channelCount(text!);
    if (!fits) {
      throw new TypeError(
        `Cannot compare ${formatShape(visual!.shape)} with ${
          formatShape(text!.shape)
        }, expected [B, M, D] and [B, N, D]`,
      );
    }
    return [{ shape: [B, M, N], layout: "dense" }];
  },

  lower(node: Node<Record<never, never>>, lowering: Lowering): void {
    const [visual, text] = node.inputs as Tensor[];
    const [B, M, N] = node.outputs[0].shape;
    lowering.dispatch({
      shader: { name: "cosineCost", source },
      bindings: [
        lowering.buffer(visual),
        lowering.buffer(text),
        lowering.buffer(node.outputs[0]),
        lowering.uniform([M, N, blockCount(visual), rowStride(visual), rowStride(text)]),
      ],
      workgroups: [Math.ceil(M / 64), Math.ceil(N / 4), B],
    });
  },

  onnx(node: Node<Record<never, never>>, exporter: OnnxExporter): void {
    const unit = (tensor: Tensor): string => {
      const value = exporter.value(tensor);
      const norm = exporter.node("ReduceL2", [value], { axes: [-1], keepdims: 1 });
      return exporter.node("Div", [value, exporter.node("Max", [norm, exporter.floats([epsilon], [])])]);
    };
    const [visual, text] = node.inputs as Tensor[];
    const transposed = exporter.node("Transpose", [unit(text)], { perm: [0, 2, 1] });
    const cosine = exporter.node("MatMul", [unit(visual), transposed]);
    exporter.bind(node.outputs[0], exporter.node("Sub", [exporter.floats([1], []), cosine]));
  },
};

/**
 * Adds the cost matrix.
 *
 * @param graph The graph.
 * @param visual F blocked `[B, M, D]`.
 * @param text G blocked `[B, N, D]`.
 * @returns C dense `[B, M, N]`.
 * @throws {TypeError} When shapes do not fit.
 */
export function cosineCost(graph: Graph, visual: Tensor, text: Tensor): Tensor {
  return graph.add(cosineCostOperator, [visual, text], {})[0];
}
