import type { Family } from "../family.ts";
import { headRows } from "./batch_norm_head.ts";

const block = "backbone.layers.{i}";

/** ViTPose of MMPose 1.x: mmpretrain's vision transformer with MMPose's heatmap head. */
export const mmpose: Family = {
  name: "MMPose 1.x ViTPose",
  part: "vision",
  anchor: "backbone.layers.0.ln1.weight",
  rows: [
    { to: "vision.patch_embedding.*", from: ["backbone.patch_embed.projection.*"] },
    // Trained without a class token, so that no slot is left over.
    { to: "vision.position_embedding", from: ["backbone.pos_embed"], by: "flattenPositions" },
    { to: "vision.blocks.{i}.norm1.*", from: [`${block}.ln1.*`] },
    { to: "vision.blocks.{i}.attention.qkv.*", from: [`${block}.attn.qkv.*`] },
    { to: "vision.blocks.{i}.attention.projection.*", from: [`${block}.attn.proj.*`] },
    { to: "vision.blocks.{i}.norm2.*", from: [`${block}.ln2.*`] },
    { to: "vision.blocks.{i}.mlp.fc1.*", from: [`${block}.ffn.layers.0.0.*`] },
    { to: "vision.blocks.{i}.mlp.fc2.*", from: [`${block}.ffn.layers.1.*`] },
    { to: "vision.norm.*", from: ["backbone.ln1.*"] },
    ...headRows({
      first: ["head.deconv_layers.0", "head.deconv_layers.1"],
      second: ["head.deconv_layers.3", "head.deconv_layers.4"],
      convolution: "head.final_layer",
    }),
  ],
  dropped: [
    { pattern: /\.num_batches_tracked$/, reason: "a counter of training" },
    { pattern: /^data_preprocessor\./, reason: "the image mean and deviation, which LAPose knows" },
  ],
  heads: { 384: 12, 768: 12, 1024: 16, 1280: 16 },
  epsilon: 1e-6,
};
