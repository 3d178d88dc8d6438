/** ViTPose's two heatmap decoders (Xu et al. 2022, §3.1). */
import type { Graph } from "../graph/graph.ts";
import type { Tensor } from "../graph/tensor.ts";
import { convolution } from "../kernels/convolution/convolution.ts";
import { deconvolution } from "../kernels/deconvolution/deconvolution.ts";
import { rearrange } from "../kernels/rearrange/rearrange.ts";
import { upsample } from "../kernels/upsample/upsample.ts";
import type { HeadConfig } from "./config.ts";

/** What shapes a head. */
export interface HeadOptions {
  /** Kind and sizes. */
  config: HeadConfig;
  /** Rows of patches: tokens are row-major. */
  rows: number;
  /** Number K of keypoints. */
  keypoints: number;
  /** In a graph made for training: which statistics normalise. @default {"batch"} */
  statistics?: "batch" | "running";
}

/**
 * Heatmaps Ĥ_t from the refined visual features.
 *
 * Classic: two 4×4 deconvolutions of stride 2 with batch normalisation and ReLU, then a 1×1 convolution.
 * Simple: ReLU, bilinear ×4, then a 3×3 convolution.
 *
 * @param graph The graph.
 * @param visual Visual features `[B, M, D]`.
 * @param options Kind, token rows and keypoints.
 * @returns Heatmaps `[B, 4·rows, 4·columns, K]`.
 */
export function heatmapHead(graph: Graph, visual: Tensor, options: HeadOptions): Tensor {
  const { config, rows, keypoints } = options;
  const map = rearrange(graph, visual, { pattern: "B (h w) D -> B h w D", sizes: { h: rows } });
  return graph.module("head", () => {
    const features = config.kind === "simple"
      ? upsample(graph, map, { relu: true })
      : classicDecoder(graph, map, options);
    const size = config.kind === "simple" ? 3 : 1;
    return graph.module(
      "convolution",
      () => convolution(graph, features, { channels: keypoints, kernelSize: size }),
    );
  });
}

function classicDecoder(graph: Graph, map: Tensor, { config, statistics = "batch" }: HeadOptions): Tensor {
  const { channels, epsilon } = config;
  for (const i of [1, 2]) {
    map = deconvolution(graph, map, {
      name: `deconvolution${i}`,
      batchNorm: `batch_norm${i}`,
      channels,
      epsilon,
      statistics,
    });
  }
  return map;
}
