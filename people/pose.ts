import type { Box } from "./box.ts";

/** One joint in image pixels. */
export interface Keypoint {
  /** Horizontal position in pixels; 0 is the centre of the left-most column. */
  x: number;
  /** Vertical position in pixels; 0 is the centre of the top row. */
  y: number;
  /** The heatmap's peak, about 0 to 1. */
  score: number;
}

/** One person in one frame. */
export interface Pose {
  /** One entry per joint of the keypoint set, in its order. */
  keypoints: Keypoint[];
  /** The box that was cropped, before enlargement. */
  box: Box;
  /** How sure the estimate is, about 0 to 1. */
  score: number;
  /** The person's number, the same in every frame of a clip. */
  trackId?: number;
}
