/** The visual encoder E_v (Eq. 1): ViT in the form that ViTPose uses. */
import type { Graph } from "../graph/graph.ts";
import type { Tensor } from "../graph/tensor.ts";
import { layerNorm } from "../kernels/layer_norm/layer_norm.ts";
import { patchEmbedding } from "../kernels/patch_embedding/patch_embedding.ts";
import type { VisionConfig } from "./config.ts";
import { preNormBlock } from "./transformer_block.ts";

/**
 * Eq. 1: `{F_{t-ω} … F_{t+ω}} = E_v({I_{t-ω} … I_{t+ω}})`, all frames in one batch.
 *
 * @param graph The graph.
 * @param pixels Normalised crops: dense `[B, F, 3, H, W]`, or as patches, blocked `[B, F, M, 3 · P · P]`.
 * @param config Sizes.
 * @returns Visual tokens `[B, F, M, D]`.
 */
export function visionTransformer(graph: Graph, pixels: Tensor, config: VisionConfig): Tensor {
  const { patchSize, patchPadding, width, heads, hidden, epsilon } = config;
  return graph.module("vision", () => {
    let x = patchEmbedding(graph, pixels, { patchSize, patchPadding, width });
    for (let i = 0; i < config.layers; i++) {
      x = graph.module(`blocks.${i}`, () => preNormBlock(graph, x, { heads, hidden, epsilon, axis: 2 }));
    }
    return graph.module("norm", () => layerNorm(graph, x, { epsilon }));
  });
}
