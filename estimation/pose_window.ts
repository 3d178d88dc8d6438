/** What is posed together and how: the terms that model and video share. */
import type { Box } from "../people/box.ts";
import type { DecodeMode } from "../people/decode.ts";
import type { Frame } from "../people/frame.ts";
import type { Keypoint, Pose } from "../people/pose.ts";

/** How a batch is posed. */
export interface PoseOptions {
  /**
   * What happens in the clip, in English; absent: the visual-only path.
   */
  description?: string | undefined;
  /**
   * Average with the heatmaps of the mirrored crop: twice the work, a little more accurate.
   *
   * @default false
   */
  flipTest?: boolean | undefined;
  /**
   * Also give the transport plan, the cross-attention and what the visual-only path finds: a second pass. Needs a
   * description.
   *
   * @default false
   */
  explain?: boolean | undefined;
  /**
   * How a heatmap peak becomes a position: `"dark"` (Taylor step on the blurred logarithm), `"quarter"` (quarter
   * pixel towards the higher neighbour), `"argmax"`.
   *
   * @default "dark"
   */
  decode?: DecodeMode | undefined;
}

/** A keyframe with its neighbours and people. */
export interface PoseWindow {
  /** 2ω+1 frames in order of time. */
  frames: readonly Frame[];
  /** People in the keyframe. */
  boxes: readonly Box[];
  /**
   * What each of them does, one entry per box; where a person has none, the description of the options holds.
   *
   * @default {none}
   */
  descriptions?: readonly (string | undefined)[] | undefined;
}

/** What language did to a pose. */
export interface PoseExplanation {
  /** The tokens of the description, [CLS] and [SEP] included. */
  tokens: readonly string[];
  /** Whether the description lost its end. */
  isTruncated: boolean;
  /** Transport plan P* `[M, N]` (Eq. 8), row-major; N may exceed the tokens by padding, which gets no mass. */
  plan: Float32Array;
  /**
   * Where the last visual cross-attention (VCA, Eq. 4) looked `[M, N]`, mean over its heads: each patch's shares of
   * attention, which sum to 1; padding gets none. Absent where the model has no interaction layer.
   */
  crossAttention?: Float32Array;
  /** M and N. */
  planShape: readonly [visual: number, text: number];
  /** Rows and columns of the M patches. */
  grid: { rows: number; columns: number };
  /** Transport cost ⟨P*, C⟩ (Eq. 11). */
  cost: number;
  /** What the visual-only path finds. */
  visualOnly: Keypoint[];
}

/** A pose with what language did to it, when that was asked for. */
export interface EstimatedPose extends Pose {
  /** There with `explain` and a description. */
  explanation?: PoseExplanation;
}

/** Something that poses windows: a loaded model, as a video sees it. */
export interface WindowEstimator {
  /** Temporal span ω of the windows it wants. */
  readonly temporalSpan: number;
  /** The most people that go in one batch. */
  readonly batchSize: number;
  /** Poses windows, batched together as far as they fit. */
  estimateWindows(windows: readonly PoseWindow[], options: PoseOptions): Promise<EstimatedPose[][]>;
}
