/** The text encoder E_t: BERT (Devlin et al. 2019), last hidden states. */
import type { Graph } from "../graph/graph.ts";
import type { Tensor } from "../graph/tensor.ts";
import { embedding } from "../kernels/embedding/embedding.ts";
import { layerNorm } from "../kernels/layer_norm/layer_norm.ts";
import type { TextConfig } from "./config.ts";
import { postNormBlock } from "./transformer_block.ts";

/** Token ids and their mask. */
export interface TextInputs {
  /** i32 `[B, N]`. */
  inputIds: Tensor;
  /** i32 `[B, N]`, 1 for tokens, 0 for padding. */
  attentionMask: Tensor;
}

/**
 * `G_text = E_t(tokens)`; padding is left out of every attention, its own rows mean nothing.
 *
 * @param graph The graph.
 * @param inputs Token ids and mask.
 * @param config Sizes.
 * @returns Text features `[B, N, D_text]`.
 */
export function bert(graph: Graph, { inputIds, attentionMask }: TextInputs, config: TextConfig): Tensor {
  const { heads, hidden, epsilon } = config;
  return graph.module("text", () => {
    let x = graph.module("embeddings", () => {
      const sum = embedding(graph, inputIds, config);
      return graph.module("norm", () => layerNorm(graph, sum, { epsilon }));
    });
    for (let i = 0; i < config.layers; i++) {
      const options = { heads, hidden, epsilon, axis: 1, mask: attentionMask };
      x = graph.module(`blocks.${i}`, () => postNormBlock(graph, x, options));
    }
    return x;
  });
}
