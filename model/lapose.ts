/**
 * LAPose whole, as a graph: written once, for inference, training and ONNX export.
 *
 * This room holds the model in the words of the paper; it knows operators and graphs, not devices, files or frames.
 */
import type { Graph } from "../graph/graph.ts";
import type { Tensor } from "../graph/tensor.ts";
import { gather } from "../kernels/gather/gather.ts";
import { bert, type TextInputs } from "./bert.ts";
import { type LaposeConfig, patchGrid } from "./config.ts";
import { keyframe, spatialLayers, temporalFusion } from "./fusion.ts";
import { heatmapHead } from "./head.ts";
import { crossModalInteraction, textAdapter } from "./interaction.ts";
import { optimalTransport, type Transport } from "./transport.ts";
import { visionTransformer } from "./vit.ts";

/** What LAPose reads. */
export interface LaposeInputs {
  /**
   * Normalised crops: dense `[B, F, 3, H, W]`, or as patches, blocked `[B, F, M, 3 · P · P]`; with `crops`, the U
   * distinct ones, one frame each.
   */
  pixels: Tensor;
  /** Which distinct crop each person sees in each frame, i32 `[B, F]`: what several windows share is encoded once. */
  crops?: Tensor;
  /** Token ids and mask; absent: the visual-only path. */
  text?: TextInputs;
}

/** What LAPose computes. */
export interface LaposeOutputs {
  /** Heatmaps Ĥ_t `[B, H/4, W/4, K]`. */
  heatmaps: Tensor;
  /** F̄_visual `[B, M, D]`; F_visual on the visual-only path. */
  visual: Tensor;
  /** Ḡ_text `[B, N, D]`. */
  text?: Tensor;
  /** Where the last VCA looked `[B, M, N]`, dense; not computed unless an output needs it. */
  crossAttention?: Tensor;
  /** The transport plan P* and its cost. */
  transport?: Transport;
}

/** What shapes LAPose. */
export interface LaposeOptions {
  /** The configuration. */
  config: LaposeConfig;
  /** Number K of keypoints. */
  keypoints: number;
  /**
   * In a graph made for training: whether the head normalises by the batch's statistics or by the running ones.
   *
   * @default {"batch"}
   */
  statistics?: "batch" | "running";
}

/**
 * Builds LAPose: Eq. 1, Eq. 2, text encoder, Eq. 3, Eq. 4, Eqs. 5–11 and the head.
 *
 * @param graph The graph to build in.
 * @param inputs Pixels and text.
 * @param options The configuration, the number K of keypoints, and how a training graph normalises.
 * @returns The outputs, as they live in the graph.
 */
export function lapose(
  graph: Graph,
  inputs: LaposeInputs,
  { config, keypoints, statistics = "batch" }: LaposeOptions,
): LaposeOutputs {
  const encoded = visionTransformer(graph, inputs.pixels, config.vision);
  const spatial = config.temporal ? spatialLayers(graph, encoded, config) : encoded;
  const tokens = inputs.crops ? gather(graph, spatial, inputs.crops) : spatial;
  const visual = config.temporal ? temporalFusion(graph, tokens, config) : keyframe(graph, tokens, 0);
  const head = { config: config.head, rows: patchGrid(config).rows, keypoints, statistics };
  if (!config.language || !inputs.text) return { heatmaps: heatmapHead(graph, visual, head), visual };
  const text = textAdapter(graph, bert(graph, inputs.text, config.text), config);
  const refined = crossModalInteraction(graph, { visual, text }, {
    config: config.interaction,
    mask: inputs.text.attentionMask,
  });
  const transport = optimalTransport(graph, refined, {
    inputs: inputs.text,
    text: config.text,
    transport: config.transport,
  });
  return { heatmaps: heatmapHead(graph, refined.visual, head), ...refined, transport };
}
