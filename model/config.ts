/**
 * The configuration of a LAPose model: plain data, validated where it enters.
 *
 * Holds sizes and switches only; knows nothing of devices, files or tensors.
 */

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
