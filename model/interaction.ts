/** The text adapter (Eq. 3) and the cross-modal semantic interaction CSI (Eq. 4). */
import type { Graph } from "../graph/graph.ts";
import { channelCount, type Tensor } from "../graph/tensor.ts";
import { attention } from "../kernels/attention/attention.ts";
import { attentionMap } from "../kernels/attention_map/attention_map.ts";
import { layerNorm } from "../kernels/layer_norm/layer_norm.ts";
import { linear } from "../kernels/linear/linear.ts";
import { concatenate } from "../kernels/rearrange/concatenate.ts";
import type { InteractionConfig, LaposeConfig } from "./config.ts";
import { feedForward } from "./transformer_block.ts";

/** The two modalities. */
export interface Modalities {
  /** Visual features `[B, M, D]`. */
  visual: Tensor;
  /** Text features `[B, N, D]`. */
  text: Tensor;
}

/** What CSI gives. */
export interface Interaction extends Modalities {
  /**
   * Where the last VCA looked, `[B, M, N]`, dense: the share of each visual token's attention that each text token gets,
   * mean over the heads. For explanations; not computed unless an output needs it. Absent where there is no layer.
   */
  crossAttention?: Tensor;
}

/**
 * Eq. 3: `Ĝ_text = G_text + GELU(G_text W_down) W_up`, after a linear projection when the widths differ.
 *
 * @param graph The graph.
 * @param text G_text `[B, N, D_text]`.
 * @param config The model's configuration.
 * @returns Ĝ_text `[B, N, D]`.
 */
export function textAdapter(graph: Graph, text: Tensor, config: LaposeConfig): Tensor {
  const { width } = config.vision;
  return graph.module("adapter", () => {
    const projected = channelCount(text) === width
      ? text
      : graph.module("input", () => linear(graph, text, { columns: width }));
    const options = { columns: config.interaction.bottleneck, bias: false, activation: "gelu" as const };
    const down = graph.module("down", () => linear(graph, projected, options));
    return graph.module(
      "up",
      () => linear(graph, down, { columns: width, bias: false, residual: projected }),
    );
  });
}

/**
 * Eq. 4, L times: visual cross-attention (VCA) and text cross-attention (TCA) side by side, each from the states
 * of the layer before.
 *
 * @param graph The graph.
 * @param modalities F_visual and Ĝ_text.
 * @param options Sizes, and the text mask i32 `[B, N]`.
 * @returns F̄_visual `[B, M, D]`, Ḡ_text `[B, N, D]` and where the last VCA looked `[B, M, N]`.
 */
export function crossModalInteraction(
  graph: Graph,
  { visual, text }: Modalities,
  { config, mask }: { config: InteractionConfig; mask: Tensor },
): Interaction {
  const block = config.literal ? literalCrossAttention : crossAttentionBlock;
  let crossAttention: Tensor | undefined;
  for (let l = 0; l < config.layers; l++) {
    const [vca, tca] = graph.module(`interaction.${l}`, () => [
      graph.module("visual", () => block(graph, { queries: visual, context: text }, { config, mask })),
      graph.module("text", () => block(graph, { queries: text, context: visual }, { config })),
    ]);
    visual = vca.refined;
    text = tca.refined;
    crossAttention = vca.map;
  }
  return { visual, text, ...(crossAttention ? { crossAttention } : {}) };
}

interface CrossAttention {
  /** Features to refine. */
  queries: Tensor;
  /** Features of the other modality. */
  context: Tensor;
}

interface CrossAttentionOptions {
  config: InteractionConfig;
  /** i32 `[B, keys]`, when the context has padding. */
  mask?: Tensor;
}

/** What one cross-attention gives. */
interface CrossAttended {
  /** The queries' features, refined. */
  refined: Tensor;
  /** Where it looked, dense `[B, queries, keys]`. */
  map: Tensor;
}

/** Cross-attention with residual, layer normalisation and feed-forward part; an identity while projections are zero. */
function crossAttentionBlock(
  graph: Graph,
  { queries, context }: CrossAttention,
  { config, mask }: CrossAttentionOptions,
): CrossAttended {
  const { epsilon, heads, hidden } = config;
  const width = channelCount(queries);
  const headWidth = width / heads;
  const normalisedQueries = graph.module("norm_query", () => layerNorm(graph, queries, { epsilon }));
  const normalisedContext = graph.module("norm_context", () => layerNorm(graph, context, { epsilon }));
  const { attended, map } = graph.module("attention", () => {
    const grouped = { columnGroup: headWidth };
    const query = graph.module(
      "query",
      () => linear(graph, normalisedQueries, { columns: width, ...grouped }),
    );
    const keyValue = graph.module(
      "key_value",
      () => linear(graph, normalisedContext, { columns: 2 * width, ...grouped }),
    );
    const tensors = { queries: query, context: keyValue };
    const parts = { heads, headWidth, queryPart: 0, keyPart: 0, ...(mask ? { mask } : {}) };
    const mixed = attention(graph, tensors, { ...parts, axis: 1, valuePart: 1 });
    const options = { columns: width, depthGroup: headWidth, residual: queries };
    return {
      attended: graph.module("projection", () => linear(graph, mixed, options)),
      map: attentionMap(graph, tensors, parts),
    };
  });
  const normalised = graph.module("norm_mlp", () => layerNorm(graph, attended, { epsilon }));
  return { refined: feedForward(graph, normalised, { hidden, residual: attended }), map };
}

/** Eq. 4 as printed: `Ψ((F W_Q)(Ĝ W_K)ᵀ / √d) Ĝ W_V`, one head, nothing around it. */
function literalCrossAttention(
  graph: Graph,
  { queries, context }: CrossAttention,
  { mask }: CrossAttentionOptions,
): CrossAttended {
  const width = channelCount(queries);
  const options = { columns: width, bias: false, columnGroup: width };
  return graph.module("attention", () => {
    const query = graph.module("query", () => linear(graph, queries, options));
    const key = graph.module("key", () => linear(graph, context, options));
    const value = graph.module("value", () => linear(graph, context, options));
    const tensors = { queries: query, context: concatenate(graph, [key, value], 2) };
    const parts = { heads: 1, headWidth: width, queryPart: 0, keyPart: 0, ...(mask ? { mask } : {}) };
    return {
      refined: attention(graph, tensors, { ...parts, axis: 1, valuePart: 1 }),
      map: attentionMap(graph, tensors, parts),
    };
  });
}
