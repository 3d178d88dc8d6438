/**
 * Heatmap loss L_H (Eq. 12): squared error weighted by the joints' visibility, averaged over all B·K·h·w values,
 * `y = Σ visibility[b, k] (h[b, i, j, k] − target[b, i, j, k])² / (B·K·h·w)`.
 *
 * The divisor counts every joint, so that a person without visible joints adds zero and nothing divides by zero.
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
import gradientSource from "./gradient.wgsl" with { type: "text" };
import lossSource from "./loss.wgsl" with { type: "text" };

/** Inputs heatmaps and targets `[B, h, w, K]` blocked, visibility `[B, K]` dense; output dense `[1]`. */
export const heatmapLossOperator: Operator<null> = {
  name: "heatmap_loss",

  infer([heatmaps, targets, visibility]): TensorSpec[] {
    const { shape, layout } = heatmaps!;
    const wanted = [shape[0], shape[3]];
    if (
      shape.length !== 4 || layout !== "blocked" || targets!.layout !== "blocked" ||
      formatShape(targets!.shape) !== formatShape(shape) ||
      formatShape(visibility!.shape) !== formatShape(wanted)
    ) {
      throw new TypeError(
        `Cannot compare heatmaps ${formatShape(shape)} with targets ${
          formatShape(targets!.shape)
        } and visibility ` +
          `${formatShape(visibility!.shape)}: expected blocked [B, h, w, K] twice and [B, K]`,
      );
    }
    return [{ shape: [1], layout: "dense" }];
  },

  lower(node: Node<null>, lowering: Lowering): void {
    const [heatmaps, targets, visibility] = node.inputs;
    lowering.dispatch({
      shader: { name: "heatmap_loss/loss", source: lossSource },
      bindings: [
        lowering.buffer(heatmaps!),
        lowering.buffer(targets!),
        lowering.buffer(visibility!),
        lowering.buffer(node.outputs[0]),
        lowering.uniform(dims(heatmaps!)),
      ],
      workgroups: [1],
    });
  },

  gradient(node: Node<null>, [d_y]: readonly (Tensor | null)[], graph: NodeBuilder) {
    return [graph.add(heatmapLossGradientOperator, [...node.inputs, d_y], null)[0], null, null];
  },
};

/** Inputs of the loss and d_y dense `[1]`; output d_heatmaps `[B, h, w, K]` blocked. */
export const heatmapLossGradientOperator: Operator<null> = {
  name: "heatmap_loss_gradient",

  infer([heatmaps]): TensorSpec[] {
    return [{ shape: heatmaps!.shape }];
  },

  lower(node: Node<null>, lowering: Lowering): void {
    const heatmaps = node.inputs[0]!;
    lowering.dispatch({
      shader: { name: "heatmap_loss/gradient", source: gradientSource },
      bindings: [
        ...node.inputs.map((tensor) => lowering.buffer(tensor!)),
        lowering.buffer(node.outputs[0]),
        lowering.uniform(dims(heatmaps)),
      ],
      workgroups: [Math.ceil(rowCount(heatmaps) / 64), blockCount(heatmaps)],
    });
  },
};

/**
 * Adds the heatmap loss.
 *
 * @param graph The graph.
 * @param heatmaps Blocked `[B, h, w, K]`.
 * @param options Targets of the same shape, and visibility dense `[B, K]`: 0 for a joint without a label.
 * @returns Dense `[1]`.
 * @throws {TypeError} When shapes do not fit.
 */
export function heatmapLoss(
  graph: Graph,
  heatmaps: Tensor,
  { targets, visibility }: { targets: Tensor; visibility: Tensor },
): Tensor {
  return graph.add(heatmapLossOperator, [heatmaps, targets, visibility], null)[0];
}

function dims(heatmaps: Tensor): number[] {
  const [, height, width, K] = heatmaps.shape;
  return [rowCount(heatmaps), height * width, K, rowStride(heatmaps)];
}
