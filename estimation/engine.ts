/**
 * What runs a LAPose: the contract that the WebGPU engine and the CPU engine share.
 *
 * This room joins frames, text, weights and model to poses; it knows nothing of the command line.
 */
import type { DecodeMode } from "../people/decode.ts";
import type { CropTransform } from "../people/crop_geometry.ts";
import type { Frame } from "../people/frame.ts";

/** Values and their extents, row-major. */
export interface TensorValue {
  /** Elements. */
  data: Float32Array;
  /** Extents, outermost first. */
  shape: number[];
}

/** Token ids and their mask, row-major. */
export interface TokenBatch {
  /** Vocabulary indices `[B, N]`. */
  inputIds: Int32Array;
  /** 1 for tokens, 0 for padding `[B, N]`. */
  attentionMask: Int32Array;
  /** `[B, N]`. */
  shape: readonly [number, number];
}

/** Input of a raw forward pass. */
export interface ForwardBatch {
  /** Normalised crops `[B, F, 3, H, W]`. */
  pixels: Float32Array;
  /** People B. */
  batch: number;
  /** Text; absent: the visual-only path. */
  text?: TokenBatch;
}

/** Output of a raw forward pass; the last three are there with text only. */
export interface ForwardOutputs {
  /** Heatmaps Ĥ_t `[B, K, H/4, W/4]`. */
  heatmaps: TensorValue;
  /** Visual features F̄ `[B, M, D]`. */
  visual: TensorValue;
  /** Text features Ḡ `[B, N, D]`; rows of padding mean nothing. */
  text?: TensorValue;
  /** Transport plan P* `[B, M, N]` (Eq. 8). */
  transportPlan?: TensorValue;
  /** Transport cost ⟨P*, C⟩ `[B]` (Eq. 11). */
  transportCost?: TensorValue;
}

/** One person to pose: where to look in each of F frames. */
export interface PersonCrop {
  /** Index of each of the F frames in the batch's frames, in order of time. */
  frames: readonly number[];
  /** The same crop in each of them. */
  transform: CropTransform;
}

/** People to pose together. */
export interface PoseBatch {
  /** Distinct frames, of any sizes. */
  frames: readonly Frame[];
  /** The people B. */
  people: readonly PersonCrop[];
  /** Their text, one row per person; absent: the visual-only path. */
  text?: TokenBatch;
  /** Average with the mirrored crop's heatmaps. */
  flip: boolean;
  /** How a peak becomes a position. */
  decode: DecodeMode;
  /** Whether the transport plan and the cross-attention are wanted too; only with text. */
  transport: boolean;
}

/** How visual and text tokens of a batch met: transport (Eqs. 8 and 11) and cross-attention (Eq. 4). */
export interface BatchTransport {
  /** P* `[B, M, N]`. */
  plan: Float32Array;
  /** ⟨P*, C⟩ `[B]`. */
  cost: Float32Array;
  /**
   * Where the last VCA looked `[B, M, N]`, mean over its heads: each visual token's shares of attention, which sum to 1.
   * Absent where the model has no interaction layer.
   */
  crossAttention?: Float32Array;
}

/** What a batch gives. */
export interface PoseResult {
  /** `[B, K, 3]`: x and y in image pixels, score. */
  keypoints: Float32Array;
  /** The transport, when it was wanted. */
  transport?: BatchTransport;
}

/** Something that computes a LAPose. */
export interface Engine {
  /** Which kind. */
  readonly kind: "webgpu" | "cpu";
  /** Adapter or processor, for people. */
  readonly description: string;
  /** Runs the model on normalised crops. */
  forward(batch: ForwardBatch): Promise<ForwardOutputs>;
  /**
   * Runs crop, model and decode.
   *
   * @param batch Frames, people and text.
   * @returns Keypoints, and the transport when it was wanted.
   */
  pose(batch: PoseBatch): Promise<PoseResult>;
  /** What fits one batch. */
  readonly limits: {
    /** People that fill a batch; no further keyframe joins it. */
    readonly people: number;
    /** People of one keyframe that still go together. */
    readonly mostPeople: number;
    /** Pixels of distinct frames. */
    readonly pixels: number;
  };
  /** Frees everything. */
  close(): Promise<void>;
}
