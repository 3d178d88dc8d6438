/** Optimal transport between visual and text tokens (Eqs. 5–11). */
import type { Graph } from "../graph/graph.ts";
import type { Tensor } from "../graph/tensor.ts";
import { cosineCost } from "../kernels/cosine_cost/cosine_cost.ts";
import { sinkhorn } from "../kernels/sinkhorn/sinkhorn.ts";
import { wordWeights } from "../kernels/word_weights/word_weights.ts";
import type { TextInputs } from "./bert.ts";
import type { TextConfig, TransportConfig } from "./config.ts";
import type { Modalities } from "./interaction.ts";

/** A transport plan and what it costs. */
export interface Transport {
  /** P* `[B, M, N]`, dense (Eq. 8). */
  plan: Tensor;
  /** ⟨P*, C⟩ `[B]`, dense (Eq. 11). */
  cost: Tensor;
}

/**
 * Eqs. 5–11: α uniform over the visual tokens, β uniform over the real words, cost 1 − cos (Eq. 6), P* by Sinkhorn
 * iterations in the log domain (Eqs. 8–10).
 *
 * @param graph The graph.
 * @param modalities F̄_visual and Ḡ_text.
 * @param options Token ids and mask, and both configurations.
 * @returns The plan and its cost.
 */
export function optimalTransport(
  graph: Graph,
  { visual, text }: Modalities,
  options: { inputs: TextInputs; text: TextConfig; transport: TransportConfig },
): Transport {
  const { inputs, transport } = options;
  const { clsId, sepId } = options.text;
  return graph.module("transport", () => {
    const beta = wordWeights(graph, inputs, { clsId, sepId });
    const cost = cosineCost(graph, visual, text);
    return sinkhorn(graph, { cost, beta }, transport);
  });
}
