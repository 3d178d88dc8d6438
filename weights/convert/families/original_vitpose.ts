import type { Family } from "../family.ts";
import { headRows } from "./batch_norm_head.ts";
import { splitPositions } from "./position_names.ts";

const block = "backbone.blocks.{i}";

function deconvolutionHead(head: string) {
  return {
    first: [`${head}.deconv_layers.0`, `${head}.deconv_layers.1`],
    second: [`${head}.deconv_layers.3`, `${head}.deconv_layers.4`],
    convolution: `${head}.final_layer`,
  } as const;
}

/** The original ViTPose and ViTPose+ (MMPose 0.x), easy_ViTPose, and their split checkpoints. */
export const originalVitpose: Family = {
  name: "original ViTPose",
  part: "vision",
  anchor: "backbone.blocks.0.norm1.weight",
  rows: [
    { to: "vision.patch_embedding.*", from: ["backbone.patch_embed.proj.*"] },
    { to: "vision.position_embedding", from: ["backbone.pos_embed"], by: "foldClassPosition" },
    { to: "vision.position_embedding", from: splitPositions, by: "addClassPosition" },
    { to: "vision.blocks.{i}.norm1.*", from: [`${block}.norm1.*`] },
    { to: "vision.blocks.{i}.attention.qkv.*", from: [`${block}.attn.qkv.*`] },
    { to: "vision.blocks.{i}.attention.projection.*", from: [`${block}.attn.proj.*`] },
    { to: "vision.blocks.{i}.norm2.*", from: [`${block}.norm2.*`] },
    { to: "vision.blocks.{i}.mlp.fc1.*", from: [`${block}.mlp.fc1.*`] },
    {
      to: "vision.blocks.{i}.mlp.fc2.*",
      from: [`${block}.mlp.fc2.*`, `${block}.mlp.experts.{expert}.*`],
      by: "concatenateRows",
    },
    { to: "vision.blocks.{i}.mlp.fc2.*", from: [`${block}.mlp.fc2.*`] },
    { to: "vision.norm.*", from: ["backbone.last_norm.*"] },
    // The heads of the other data sets come first: they exist only when their expert is chosen.
    ...headRows({ ...deconvolutionHead("associate_keypoint_heads.{otherHead}"), by: "takeExpertKeypoints" }),
    ...headRows(deconvolutionHead("keypoint_head")),
  ],
  dropped: [
    { pattern: /\.num_batches_tracked$/, reason: "a counter of training" },
    { pattern: /\.mlp\.experts\.\d+\./, reason: "an expert that was not chosen" },
    { pattern: /^(associate_)?keypoint_heads?\./, reason: "the head of a data set that was not chosen" },
    { pattern: /^backbone\.cls_token$/, reason: "the class token, which ViTPose does not read" },
  ],
  heads: { 384: 12, 768: 12, 1024: 16, 1280: 16 },
  epsilon: 1e-6,
};
