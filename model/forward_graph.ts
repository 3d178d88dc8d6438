/** The forward graph in the form of the public contract: named inputs, named dense outputs. */
import { Graph } from "../graph/graph.ts";
import { rearrange } from "../kernels/rearrange/rearrange.ts";
import { frameCount, type LaposeConfig } from "./config.ts";
import { lapose } from "./lapose.ts";

/** Extents of one forward graph. */
export interface ForwardSize {
  /** People B. */
  batch: number;
  /** Text tokens N; absent: the visual-only path. */
  tokens?: number;
  /**
   * Whether the last VCA's map is an output too; only with text.
   *
   * @default {false}
   */
  crossAttention?: boolean;
}

/**
 * Builds `pixels, inputIds, attentionMask → heatmaps, visual, text, transportPlan, transportCost`, all row-major, and
 * `crossAttention [B, M, N]` when it is wanted.
 *
 * @param config The model's configuration.
 * @param keypoints Number K of keypoints.
 * @param size Batch, text length, and whether the cross-attention is wanted.
 * @returns The graph.
 */
export function forwardGraph(config: LaposeConfig, keypoints: number, size: ForwardSize): Graph {
  const graph = new Graph();
  const { height, width } = config.image;
  const pixels = graph.input("pixels", [size.batch, frameCount(config), 3, height, width]);
  const text = config.language && size.tokens !== undefined
    ? {
      inputIds: graph.input("inputIds", [size.batch, size.tokens], "i32"),
      attentionMask: graph.input("attentionMask", [size.batch, size.tokens], "i32"),
    }
    : undefined;
  const outputs = lapose(graph, { pixels, ...(text ? { text } : {}) }, { config, keypoints });
  const dense = { layout: "dense" as const };
  const { heatmaps, visual, transport } = outputs;
  graph.output("heatmaps", rearrange(graph, heatmaps, { pattern: "B h w K -> B K h w", ...dense }));
  graph.output("visual", rearrange(graph, visual, { pattern: "B M D -> B M D", ...dense }));
  if (outputs.text) {
    graph.output("text", rearrange(graph, outputs.text, { pattern: "B N D -> B N D", ...dense }));
  }
  if (transport) {
    graph.output("transportPlan", transport.plan);
    graph.output("transportCost", transport.cost);
  }
  if (size.crossAttention && outputs.crossAttention) {
    graph.output("crossAttention", outputs.crossAttention);
  }
  return graph;
}

/** Name and shape of every weight that a configuration has, in the order of the model. */
export function parameterShapes(config: LaposeConfig, keypoints: number): Map<string, readonly number[]> {
  const graph = forwardGraph(config, keypoints, { batch: 1, tokens: config.text.maxTokens });
  return new Map([...graph.parameters].map(([name, { shape }]) => [name, shape]));
}
