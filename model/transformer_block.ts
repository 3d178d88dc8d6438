/** The two transformer blocks: pre-norm as in ViT, post-norm as in BERT. Each is written once, for every encoder. */
import type { Graph } from "../graph/graph.ts";
import { channelCount, type Tensor } from "../graph/tensor.ts";
import { attention } from "../kernels/attention/attention.ts";
import { layerNorm } from "../kernels/layer_norm/layer_norm.ts";
import { linear } from "../kernels/linear/linear.ts";

/** Sizes of a block. */
export interface BlockOptions {
  /** Attention heads. */
  heads: number;
  /** Hidden channels of the feed-forward part. */
  hidden: number;
  /** Epsilon of the layer normalisations. */
  epsilon: number;
  /** Axis along which tokens attend to each other. */
  axis: number;
  /** i32 `[B, N]`, 0 for keys to leave out. */
  mask?: Tensor;
}

/**
 * ViT's block: `x += projection(attention(norm1 x))`, `x += mlp(norm2 x)` (Dosovitskiy et al. 2020, Eqs. 2–3).
 *
 * @param graph The graph, inside the block's module.
 * @param x Tokens `[…, D]`.
 * @param options Sizes and attending axis.
 * @returns Tokens `[…, D]`.
 */
export function preNormBlock(graph: Graph, x: Tensor, options: BlockOptions): Tensor {
  const { epsilon, hidden } = options;
  const attended = graph.module("norm1", () => layerNorm(graph, x, { epsilon }));
  const y = selfAttention(graph, attended, { ...options, residual: x });
  const normalised = graph.module("norm2", () => layerNorm(graph, y, { epsilon }));
  return feedForward(graph, normalised, { hidden, residual: y });
}

/**
 * BERT's block: `x = norm1(x + projection(attention(x)))`, `x = norm2(x + mlp(x))` (Devlin et al. 2019).
 *
 * @param graph The graph, inside the block's module.
 * @param x Tokens `[…, D]`.
 * @param options Sizes, attending axis and mask.
 * @returns Tokens `[…, D]`.
 */
export function postNormBlock(graph: Graph, x: Tensor, options: BlockOptions): Tensor {
  const { epsilon, hidden } = options;
  const attended = selfAttention(graph, x, { ...options, residual: x });
  const y = graph.module("norm1", () => layerNorm(graph, attended, { epsilon }));
  const mixed = feedForward(graph, y, { hidden, residual: y });
  return graph.module("norm2", () => layerNorm(graph, mixed, { epsilon }));
}

/**
 * The feed-forward part: `residual + fc2(GELU(fc1 x))`.
 *
 * @param graph The graph, inside the module that holds `mlp`.
 * @param x Tokens `[…, D]`.
 * @param options Hidden channels and residual.
 * @returns Tokens `[…, D]`.
 */
export function feedForward(graph: Graph, x: Tensor, options: { hidden: number; residual: Tensor }): Tensor {
  const { hidden, residual } = options;
  return graph.module("mlp", () => {
    const inner = graph.module("fc1", () => linear(graph, x, { columns: hidden, activation: "gelu" }));
    return graph.module("fc2", () => linear(graph, inner, { columns: channelCount(residual), residual }));
  });
}

/** Multi-head self attention with q, k and v as one product, projected and added to `residual`. */
function selfAttention(graph: Graph, x: Tensor, options: BlockOptions & { residual: Tensor }): Tensor {
  const { heads, axis, mask, residual } = options;
  const width = channelCount(x);
  const headWidth = width / heads;
  return graph.module("attention", () => {
    const qkv = graph.module("qkv", () => linear(graph, x, { columns: 3 * width, columnGroup: headWidth }));
    const mixed = attention(graph, { queries: qkv, context: qkv }, {
      heads,
      headWidth,
      axis,
      queryPart: 0,
      keyPart: 1,
      valuePart: 2,
      ...(mask ? { mask } : {}),
    });
    return graph.module(
      "projection",
      () => linear(graph, mixed, { columns: width, depthGroup: headWidth, residual }),
    );
  });
}
