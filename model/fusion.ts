/** Spatial and temporal transformer layers and their fusion (Eq. 2). */
import type { Graph } from "../graph/graph.ts";
import type { Tensor } from "../graph/tensor.ts";
import { addPosition } from "../kernels/add_position/add_position.ts";
import { linear } from "../kernels/linear/linear.ts";
import { rearrange } from "../kernels/rearrange/rearrange.ts";
import { slice } from "../kernels/rearrange/slice.ts";
import type { LaposeConfig } from "./config.ts";
import { preNormBlock } from "./transformer_block.ts";

/**
 * T_S of Eq. 2: encoder layers over the M tokens of each frame by itself.
 *
 * @param graph The graph.
 * @param x Tokens of every frame `[B, F, M, D]`.
 * @param config The model's configuration.
 * @returns Tokens of every frame `[B, F, M, D]`.
 */
export function spatialLayers(graph: Graph, x: Tensor, config: LaposeConfig): Tensor {
  return graph.module("fusion", () => {
    for (let i = 0; i < config.fusion.spatialLayers; i++) {
      x = graph.module(`spatial.${i}`, () => preNormBlock(graph, x, { ...blockSizes(config), axis: 2 }));
    }
    return x;
  });
}

/**
 * T_T and φ_ST of Eq. 2: `F_visual = φ_ST(T_T(T_S({F_{t-1}, F_t, F_{t+1}})))`.
 *
 * φ_ST concatenates the frames of each token, projects to D and adds the keyframe's own features, so that with
 * projections at zero it hands the keyframe through.
 *
 * @param graph The graph.
 * @param x Tokens of every frame after T_S `[B, F, M, D]`.
 * @param config The model's configuration.
 * @returns Spatiotemporal features F_visual `[B, M, D]`.
 */
export function temporalFusion(graph: Graph, x: Tensor, config: LaposeConfig): Tensor {
  const { fusion, vision, temporalSpan } = config;
  return graph.module("fusion", () => {
    x = graph.module("temporal", () => {
      let y = addPosition(graph, x, { axis: 1 });
      for (let i = 0; i < fusion.temporalLayers; i++) {
        y = graph.module(`blocks.${i}`, () => preNormBlock(graph, y, { ...blockSizes(config), axis: 1 }));
      }
      return y;
    });
    const frames = rearrange(graph, x, { pattern: "B F M D -> B M (F D)" });
    const residual = keyframe(graph, x, temporalSpan);
    return graph.module("projection", () => linear(graph, frames, { columns: vision.width, residual }));
  });
}

function blockSizes({ vision }: LaposeConfig): { heads: number; hidden: number; epsilon: number } {
  return { heads: vision.heads, hidden: vision.hidden, epsilon: vision.epsilon };
}

/**
 * The keyframe's tokens.
 *
 * @param graph The graph.
 * @param x Tokens of every frame `[B, F, M, D]`.
 * @param index Index of the keyframe among the F frames.
 * @returns Its tokens `[B, M, D]`.
 */
export function keyframe(graph: Graph, x: Tensor, index: number): Tensor {
  const one = slice(graph, x, { axis: 1, start: index, length: 1 });
  return rearrange(graph, one, { pattern: "B f M D -> B M (f D)" });
}
