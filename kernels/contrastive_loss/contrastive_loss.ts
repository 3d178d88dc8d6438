/**
 * Contrastive loss L_cl (Eqs. 13–15) over the cosine costs of a batch: symmetric KL divergence between the softmaxed
 * similarities `(1 − c) / η` and the matches, `KL(y ‖ p)`, averaged over rows and over columns.
 *
 * People with equal unpadded token ids share a description and are all positives; y are the matches divided by their
 * number. The slope is made along with the loss; backward multiplies it.
 */
import type { Graph } from "../../graph/graph.ts";
import type { Lowering, Node, NodeBuilder, Operator } from "../../graph/operator.ts";
import { formatShape, type Tensor, type TensorSpec } from "../../graph/tensor.ts";
import { scale } from "../scale/scale.ts";
import source from "./contrastive.wgsl" with { type: "text" };

/** Attributes of {@linkcode contrastiveLossOperator}. */
export interface ContrastiveLossAttributes {
  /** Temperature η; positive. */
  readonly eta: number;
}

/** Inputs cost dense `[1, B, B]` (row visual, column text), ids and mask i32 `[B, N]`; outputs loss `[1]` and slope. */
export const contrastiveLossOperator: Operator<ContrastiveLossAttributes> = {
  name: "contrastive_loss",

  infer([cost, ids, mask], { eta }): TensorSpec[] {
    const [, B] = cost!.shape;
    if (
      formatShape(cost!.shape) !== formatShape([1, B, B]) || cost!.layout !== "dense" ||
      ids!.shape[0] !== B ||
      formatShape(mask!.shape) !== formatShape(ids!.shape)
    ) {
      throw new TypeError(
        `Cannot contrast costs ${formatShape(cost!.shape)} of token ids ${formatShape(ids!.shape)}: ` +
          "expected dense [1, B, B] and [B, N]",
      );
    }
    if (!(eta > 0 && eta < Infinity)) {
      throw new RangeError(`Cannot contrast with temperature ${eta}, expected a positive number`);
    }
    return [{ shape: [1], layout: "dense" }, { shape: cost!.shape, layout: "dense" }];
  },

  lower(node: Node<ContrastiveLossAttributes>, lowering: Lowering): void {
    const [cost, ids, mask] = node.inputs;
    const [B, N] = ids!.shape;
    lowering.dispatch({
      shader: { name: "contrastive_loss", source },
      bindings: [
        lowering.buffer(cost!),
        lowering.buffer(ids!),
        lowering.buffer(mask!),
        lowering.buffer(node.outputs[0]),
        lowering.buffer(node.outputs[1]),
        lowering.uniform([B, N, { f32: 1 / node.attributes.eta }]),
      ],
      workgroups: [1],
    });
  },

  gradient(node: Node<ContrastiveLossAttributes>, [d_loss]: readonly (Tensor | null)[], graph: NodeBuilder) {
    return [scale(graph, node.outputs[1], d_loss!), null, null];
  },
};

/**
 * Adds the contrastive loss.
 *
 * @param graph The graph.
 * @param cost 1 − cosine of every pair, dense `[1, B, B]`.
 * @param options Token ids and mask i32 `[B, N]`, and η.
 * @returns Dense `[1]`.
 * @throws {TypeError} When shapes do not fit.
 * @throws {RangeError} When η is not positive.
 */
export function contrastiveLoss(
  graph: Graph,
  cost: Tensor,
  { inputIds, attentionMask, eta }: { inputIds: Tensor; attentionMask: Tensor; eta: number },
): Tensor {
  return graph.add(contrastiveLossOperator, [cost, inputIds, attentionMask], { eta })[0];
}
