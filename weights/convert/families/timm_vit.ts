import type { Family } from "../family.ts";

const block = "blocks.{i}";

/** The vision transformers of timm, DeiT and MAE: an encoder without a pose head. */
export const timmVit: Family = {
  name: "timm ViT",
  part: "vision",
  anchor: "blocks.0.norm1.weight",
  foreignPrefix: /(^|\.)backbone\.$/,
  rows: [
    { to: "vision.patch_embedding.*", from: ["patch_embed.proj.*"] },
    { to: "vision.position_embedding", from: ["pos_embed"], by: "resizePositions" },
    { to: "vision.blocks.{i}.norm1.*", from: [`${block}.norm1.*`] },
    { to: "vision.blocks.{i}.attention.qkv.*", from: [`${block}.attn.qkv.*`] },
    { to: "vision.blocks.{i}.attention.projection.*", from: [`${block}.attn.proj.*`] },
    { to: "vision.blocks.{i}.norm2.*", from: [`${block}.norm2.*`] },
    { to: "vision.blocks.{i}.mlp.fc1.*", from: [`${block}.mlp.fc1.*`] },
    { to: "vision.blocks.{i}.mlp.fc2.*", from: [`${block}.mlp.fc2.*`] },
    { to: "vision.norm.*", from: ["norm.*"] },
  ],
  dropped: [
    { pattern: /^(cls_token|mask_token)$/, reason: "a token that is no patch" },
    { pattern: /^(head|decoder)(\.|_)/, reason: "a head for another task" },
  ],
  heads: { 192: 3, 384: 6, 512: 8, 768: 12, 1024: 16, 1280: 16 },
  epsilon: 1e-6,
};
