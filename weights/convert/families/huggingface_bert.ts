import type { Family } from "../family.ts";

const block = "encoder.layer.{i}";
const attention = `${block}.attention.self`;

/** `BertModel` and its relatives of Hugging Face transformers, and what sentence-transformers builds on them. */
export const huggingFaceBert: Family = {
  name: "Hugging Face BERT",
  part: "text",
  anchor: "encoder.layer.0.attention.self.query.bias",
  foreignPrefix: /(roberta|electra|camembert|xlm|deberta|layoutlm|clip)\w*\./i,
  // The first published files were converted from TensorFlow, whose names for the two parameters they kept.
  spellings: [[/LayerNorm\.gamma$/, "LayerNorm.weight"], [/LayerNorm\.beta$/, "LayerNorm.bias"]],
  rows: [
    { to: "text.embeddings.word", from: ["embeddings.word_embeddings.weight"] },
    { to: "text.embeddings.position", from: ["embeddings.position_embeddings.weight"] },
    { to: "text.embeddings.token_type", from: ["embeddings.token_type_embeddings.weight"] },
    { to: "text.embeddings.norm.*", from: ["embeddings.LayerNorm.*"] },
    {
      to: "text.blocks.{i}.attention.qkv.*",
      from: [`${attention}.query.*`, `${attention}.key.*`, `${attention}.value.*`],
      by: "concatenateRows",
    },
    { to: "text.blocks.{i}.attention.projection.*", from: [`${block}.attention.output.dense.*`] },
    { to: "text.blocks.{i}.norm1.*", from: [`${block}.attention.output.LayerNorm.*`] },
    { to: "text.blocks.{i}.mlp.fc1.*", from: [`${block}.intermediate.dense.*`] },
    { to: "text.blocks.{i}.mlp.fc2.*", from: [`${block}.output.dense.*`] },
    { to: "text.blocks.{i}.norm2.*", from: [`${block}.output.LayerNorm.*`] },
  ],
  dropped: [
    { pattern: /^embeddings\.(position_ids|token_type_ids)$/, reason: "numbers that count positions" },
    { pattern: /^pooler\./, reason: "the pooler, which LAPose does not read" },
    { pattern: /^(cls|classifier|qa_outputs)\./, reason: "a head for another task" },
  ],
  heads: { 128: 2, 256: 4, 312: 12, 384: 12, 512: 8, 768: 12, 1024: 16 },
  epsilon: 1e-12,
};
