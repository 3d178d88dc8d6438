/** The training losses, Eqs. 11–16, over what LAPose computes. */
import type { Graph } from "../graph/graph.ts";
import type { Tensor } from "../graph/tensor.ts";
import { combine } from "../kernels/combine/combine.ts";
import { constant } from "../kernels/constant/constant.ts";
import { contrastiveLoss } from "../kernels/contrastive_loss/contrastive_loss.ts";
import { cosineCost } from "../kernels/cosine_cost/cosine_cost.ts";
import { heatmapLoss } from "../kernels/heatmap_loss/heatmap_loss.ts";
import { maskedMean } from "../kernels/masked_mean/masked_mean.ts";
import { rearrange } from "../kernels/rearrange/rearrange.ts";
import type { TextInputs } from "./bert.ts";
import type { LaposeConfig } from "./config.ts";
import type { Modalities } from "./interaction.ts";
import type { LaposeOutputs } from "./lapose.ts";

/** What the outputs are compared with. */
export interface LossInputs {
  /** Target heatmaps H_t `[B, H/4, W/4, K]`. */
  targets: Tensor;
  /** Dense `[B, K]`: 0 for a joint without a label. */
  visibility: Tensor;
  /** The descriptions; absent on the visual-only path. */
  text?: TextInputs;
}

/** The losses, each dense `[1]`. */
export interface Losses {
  /** Eq. 16. */
  total: Tensor;
  /** L_H, Eq. 12. */
  heatmap: Tensor;
  /** L_cl, Eq. 15. */
  contrastive?: Tensor;
  /** L_OT, Eq. 11, the mean over the people. */
  transport?: Tensor;
}

/**
 * Eqs. 13–15: L_cl over the batch, from token means of F̄_visual and Ḡ_text (over the unpadded tokens, [CLS] and [SEP]
 * included). A batch of one has loss 0.
 *
 * @param graph The graph.
 * @param modalities F̄_visual `[B, M, D]` and Ḡ_text `[B, N, D]`.
 * @param options The descriptions and the temperature η.
 * @returns Dense `[1]`.
 */
function languageContrast(
  graph: Graph,
  { visual, text }: Modalities,
  { inputs, eta }: { inputs: TextInputs; eta: number },
): Tensor {
  const [B, M] = visual.shape;
  const equal = constant(graph, { shape: [B, M], layout: "dense", value: 1 });
  const alone = { pattern: "(b B) D -> b B D", sizes: { b: 1 } };
  const f = rearrange(graph, maskedMean(graph, visual, { weights: equal }), alone);
  const g = rearrange(graph, maskedMean(graph, text, { weights: inputs.attentionMask }), alone);
  return contrastiveLoss(graph, cosineCost(graph, f, g), { ...inputs, eta });
}

/**
 * Eq. 16: `L_total = L_H + γ1 L_cl + γ2 L_OT`; L_H alone on the visual-only path.
 *
 * @param graph The graph.
 * @param outputs What LAPose computes.
 * @param options What it is compared with, and the configuration.
 * @returns The total and its parts.
 */
export function totalLoss(
  graph: Graph,
  outputs: LaposeOutputs,
  { inputs, config }: { inputs: LossInputs; config: LaposeConfig },
): Losses {
  return graph.module("loss", () => {
    const heatmap = heatmapLoss(graph, outputs.heatmaps, inputs);
    const { visual, text, transport } = outputs;
    if (!inputs.text || !text || !transport) return { total: heatmap, heatmap };
    const { gamma1, gamma2, eta } = config.loss;
    const contrastive = languageContrast(graph, { visual, text }, { inputs: inputs.text, eta });
    const mean = combine(graph, [{ x: transport.cost, weight: 1 }]);
    const total = combine(graph, [
      { x: heatmap, weight: 1 },
      { x: contrastive, weight: gamma1 },
      { x: mean, weight: gamma2 },
    ]);
    return { total, heatmap, contrastive, transport: mean };
  });
}
