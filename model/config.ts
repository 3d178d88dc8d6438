/**
 * The configuration of a LAPose model: plain data, validated where it enters.
 *
 * Holds sizes and switches only; knows nothing of devices, files or tensors.
 */
import { type PatchGrid, patchGrid as gridOf } from "../kernels/patch_embedding/patch_embedding.ts";

/** ViT encoder E_v (Eq. 1) in ViTPose's form. */
export interface VisionConfig {
  /** Patch side in pixels; also the stride of the patch convolution. */
  patchSize: number;
  /** Zero padding of the patch convolution, in pixels. */
  patchPadding: number;
  /** Channels D of a visual token. */
  width: number;
  /** Number of transformer blocks. */
  layers: number;
  /** Attention heads; divides `width`. */
  heads: number;
  /** Hidden channels of the feed-forward part. */
  hidden: number;
  /** Epsilon of every layer normalisation. */
  epsilon: number;
}

/** Spatial and temporal layers T_S, T_T and the fusion φ_ST (Eq. 2). */
export interface FusionConfig {
  /** Encoder layers over the M tokens of each frame. */
  spatialLayers: number;
  /** Encoder layers over the F frames at each token position. */
  temporalLayers: number;
}

/** BERT text encoder E_t. */
export interface TextConfig {
  /** Entries of the WordPiece vocabulary. */
  vocabularySize: number;
  /** Rows of the token type embedding. */
  typeVocabularySize: number;
  /** Rows of the position embedding: the longest text the encoder can read, in tokens. */
  positions: number;
  /** Longest text that is fed, in tokens, [CLS] and [SEP] included; longer texts are truncated. */
  maxTokens: number;
  /** Channels of a text token. */
  width: number;
  /** Number of transformer blocks. */
  layers: number;
  /** Attention heads; divides `width`. */
  heads: number;
  /** Hidden channels of the feed-forward part. */
  hidden: number;
  /** Epsilon of every layer normalisation. */
  epsilon: number;
  /** Vocabulary index of [CLS]. */
  clsId: number;
  /** Vocabulary index of [SEP]. */
  sepId: number;
  /** Vocabulary index of [PAD]. */
  padId: number;
}

/** Text adapter (Eq. 3) and cross-modal semantic interaction (Eq. 4). */
export interface InteractionConfig {
  /** Channels between W_down and W_up of the text adapter. */
  bottleneck: number;
  /** Number L of stacked VCA ∥ TCA layers; 0 removes the interaction (the paper's ablation "without CSI"). */
  layers: number;
  /** Attention heads; divides the vision width. Ignored when `literal`. */
  heads: number;
  /** Hidden channels of the feed-forward part. Ignored when `literal`. */
  hidden: number;
  /** Epsilon of every layer normalisation. Ignored when `literal`. */
  epsilon: number;
  /** Eq. 4 exactly as printed: one head, no residual, normalisation, feed-forward, output projection or bias. */
  literal: boolean;
}

/** Optimal transport (Eqs. 5–11). */
export interface TransportConfig {
  /** Entropic regularisation λ of Eq. 7. */
  lambda: number;
  /** Sinkhorn iterations T of Eqs. 9–10. */
  iterations: number;
  /** Differentiate through the iterations instead of holding P* fixed. */
  unrolled: boolean;
}

/** Heatmap head. */
export interface HeadConfig {
  /** ViTPose's "classic" decoder (two deconvolutions) or its "simple" decoder (bilinear ×4, 3×3 convolution). */
  kind: "classic" | "simple";
  /** Channels of the two deconvolutions. Ignored by the simple decoder. */
  channels: number;
  /** Epsilon of the batch normalisations. Ignored by the simple decoder. */
  epsilon: number;
}

/** Loss weights and constants (Eqs. 12–16). */
export interface LossConfig {
  /** Weight γ1 of the contrastive loss in Eq. 16. */
  gamma1: number;
  /** Weight γ2 of the transport loss in Eq. 16. */
  gamma2: number;
  /** Temperature η of Eqs. 13–14. */
  eta: number;
}

/** Everything that shapes a LAPose model. */
export interface LaposeConfig {
  /** Input crop, in pixels. */
  image: { height: number; width: number };
  /** Temporal span ω: the model sees 2ω+1 frames. */
  temporalSpan: number;
  /** ViT encoder. */
  vision: VisionConfig;
  /** Spatial, temporal and fusion layers. */
  fusion: FusionConfig;
  /** BERT encoder. */
  text: TextConfig;
  /** Text adapter and CSI. */
  interaction: InteractionConfig;
  /** Sinkhorn optimal transport. */
  transport: TransportConfig;
  /** Heatmap head. */
  head: HeadConfig;
  /** Loss constants. */
  loss: LossConfig;
  /** Name of the keypoint set, for example `"posetrack15"` or `"coco17"`. */
  keypoints: string;
  /** False removes text encoder, adapter, CSI and transport. */
  language: boolean;
  /** False removes T_S, T_T and φ_ST; the model then sees one frame. */
  temporal: boolean;
}

/** Names of the configurations that {@linkcode namedConfig} knows. */
export type ConfigName = "base" | "small" | "tiny";

/**
 * The grid of patches of a crop, whose M = rows × columns are the token positions.
 *
 * @param config The model's configuration.
 * @returns Rows and columns; 16 × 12 for 256 × 192 pixels.
 * @throws {TypeError} When the crop is smaller than a patch.
 */
export function patchGrid({ image, vision }: LaposeConfig): PatchGrid {
  return gridOf(image.height, image.width, vision);
}

/** Number F of frames that the model reads: 2ω+1, or 1 without the temporal part. */
export function frameCount(config: LaposeConfig): number {
  return config.temporal ? 2 * config.temporalSpan + 1 : 1;
}

/**
 * A configuration by name.
 *
 * `base` is ViT-B and BERT-base, the paper's; `small` is ViT-S and a text encoder of MiniLM's size; `tiny` is for
 * tests, the demo and training on a CPU.
 *
 * @param name Which one.
 * @returns A new object, free to change.
 * @throws {RangeError} When there is none of that name.
 *
 * @example
 * ```ts
 * import { namedConfig } from "@lapose/lapose";
 * import assert from "node:assert/strict";
 *
 * assert.equal(namedConfig("base").vision.width, 768);
 * ```
 */
export function namedConfig(name: string): LaposeConfig {
  switch (name) {
    case "base":
      return configOf({ width: 768, layers: 12, heads: 12 }, { width: 768, layers: 12, heads: 12 }, 256);
    case "small":
      return configOf({ width: 384, layers: 12, heads: 12 }, { width: 384, layers: 6, heads: 12 }, 256);
    case "tiny": {
      const config = configOf({ width: 96, layers: 6, heads: 3 }, { width: 96, layers: 2, heads: 3 }, 64);
      config.image = { height: 128, width: 96 };
      Object.assign(config.text, { positions: 128, maxTokens: 96 });
      config.loss = { ...config.loss, gamma1: 0.001, gamma2: 0.0001 };
      return config;
    }
    default:
      throw new RangeError(`Cannot find a configuration named "${name}", expected base, small or tiny`);
  }
}

interface EncoderSize {
  width: number;
  layers: number;
  heads: number;
}

function configOf(vision: EncoderSize, text: EncoderSize, headChannels: number): LaposeConfig {
  return {
    image: { height: 256, width: 192 },
    temporalSpan: 1,
    vision: { patchSize: 16, patchPadding: 2, ...vision, hidden: 4 * vision.width, epsilon: 1e-6 },
    fusion: { spatialLayers: 1, temporalLayers: 1 },
    text: {
      vocabularySize: 30522,
      typeVocabularySize: 2,
      positions: 512,
      maxTokens: 128,
      ...text,
      hidden: 4 * text.width,
      epsilon: 1e-12,
      clsId: 101,
      sepId: 102,
      padId: 0,
    },
    interaction: {
      bottleneck: vision.width / 4,
      layers: 2,
      heads: vision.heads,
      hidden: 4 * vision.width,
      epsilon: 1e-6,
      literal: false,
    },
    transport: { lambda: 0.1, iterations: 20, unrolled: false },
    head: { kind: "classic", channels: headChannels, epsilon: 1e-5 },
    loss: { gamma1: 0.1, gamma2: 0.1, eta: 0.07 },
    keypoints: "posetrack15",
    language: true,
    temporal: true,
  };
}
