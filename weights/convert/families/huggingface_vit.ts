import type { Family } from "../family.ts";

const block = "encoder.layer.{i}";
const attention = `${block}.attention.attention`;

/** `ViTModel` and its relatives of Hugging Face transformers (classifier, MAE): an encoder without a head. */
export const huggingFaceVit: Family = {
  name: "Hugging Face ViT",
  part: "vision",
  anchor: "encoder.layer.0.layernorm_before.weight",
  foreignPrefix: /(^|\.)(backbone|decoder)\.$/,
  // From transformers 5 on the modules have new names; files keep the old ones, but exports show the new.
  spellings: [
    [/(^|\.)layers\.(\d+)\.attention\.([qkv])_proj\./, "$1encoder.layer.$2.attention.attention.$3_proj."],
    [/\.q_proj\./, ".query."],
    [/\.k_proj\./, ".key."],
    [/\.v_proj\./, ".value."],
    [/(^|\.)layers\.(\d+)\.attention\.o_proj\./, "$1encoder.layer.$2.attention.output.dense."],
    [/(^|\.)layers\.(\d+)\.(layernorm_before|layernorm_after)\./, "$1encoder.layer.$2.$3."],
    [/(^|\.)layers\.(\d+)\.mlp\.fc1\./, "$1encoder.layer.$2.intermediate.dense."],
    [/(^|\.)layers\.(\d+)\.mlp\.fc2\./, "$1encoder.layer.$2.output.dense."],
  ],
  rows: [
    { to: "vision.patch_embedding.*", from: ["embeddings.patch_embeddings.projection.*"] },
    { to: "vision.position_embedding", from: ["embeddings.position_embeddings"], by: "resizePositions" },
    { to: "vision.blocks.{i}.norm1.*", from: [`${block}.layernorm_before.*`] },
    {
      to: "vision.blocks.{i}.attention.qkv.*",
      from: [`${attention}.query.*`, `${attention}.key.*`, `${attention}.value.*`],
      by: "concatenateRows",
    },
    { to: "vision.blocks.{i}.attention.projection.*", from: [`${block}.attention.output.dense.*`] },
    { to: "vision.blocks.{i}.norm2.*", from: [`${block}.layernorm_after.*`] },
    { to: "vision.blocks.{i}.mlp.fc1.*", from: [`${block}.intermediate.dense.*`] },
    { to: "vision.blocks.{i}.mlp.fc2.*", from: [`${block}.output.dense.*`] },
    { to: "vision.norm.*", from: ["layernorm.*"] },
  ],
  dropped: [
    { pattern: /(^|\.)embeddings\.(cls_token|mask_token)$/, reason: "a token that is no patch" },
    { pattern: /^(pooler|classifier|decoder)\./, reason: "a head for another task" },
  ],
  heads: { 192: 3, 384: 6, 512: 8, 768: 12, 1024: 16, 1280: 16 },
  epsilon: 1e-12,
};
