import type { Family } from "../family.ts";
import { headRows } from "./batch_norm_head.ts";
import { splitPositions } from "./position_names.ts";

const block = "backbone.encoder.layer.{i}";
const attention = `${block}.attention.attention`;

/** `VitPoseForPoseEstimation` of Hugging Face transformers, ViTPose and ViTPose+. */
export const huggingFaceVitpose: Family = {
  name: "Hugging Face ViTPose",
  part: "vision",
  anchor: "backbone.encoder.layer.0.layernorm_before.weight",
  rows: [
    { to: "vision.patch_embedding.*", from: ["backbone.embeddings.patch_embeddings.projection.*"] },
    {
      to: "vision.position_embedding",
      from: ["backbone.embeddings.position_embeddings"],
      by: "foldClassPosition",
    },
    { to: "vision.position_embedding", from: splitPositions, by: "addClassPosition" },
    { to: "vision.blocks.{i}.norm1.*", from: [`${block}.layernorm_before.*`] },
    {
      to: "vision.blocks.{i}.attention.qkv.*",
      from: [`${attention}.query.*`, `${attention}.key.*`, `${attention}.value.*`],
      by: "concatenateRows",
    },
    { to: "vision.blocks.{i}.attention.projection.*", from: [`${block}.attention.output.dense.*`] },
    { to: "vision.blocks.{i}.norm2.*", from: [`${block}.layernorm_after.*`] },
    { to: "vision.blocks.{i}.mlp.fc1.*", from: [`${block}.mlp.fc1.*`] },
    {
      to: "vision.blocks.{i}.mlp.fc2.*",
      from: [`${block}.mlp.fc2.*`, `${block}.mlp.experts.{expert}.*`],
      by: "concatenateRows",
    },
    { to: "vision.blocks.{i}.mlp.fc2.*", from: [`${block}.mlp.fc2.*`] },
    { to: "vision.norm.*", from: ["backbone.layernorm.*"] },
    ...headRows({
      first: ["head.deconv1", "head.batchnorm1"],
      second: ["head.deconv2", "head.batchnorm2"],
      convolution: "head.conv",
    }),
  ],
  dropped: [
    { pattern: /\.num_batches_tracked$/, reason: "a counter of training" },
    { pattern: /\.mlp\.experts\.\d+\./, reason: "an expert that was not chosen" },
  ],
  heads: { 384: 12, 768: 12, 1024: 16, 1280: 16 },
  epsilon: 1e-12,
};
