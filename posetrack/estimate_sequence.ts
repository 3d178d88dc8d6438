import type { KeypointSet } from "../people/keypoint_sets.ts";
import type { Pose } from "../people/pose.ts";
import { createTracker } from "../people/track.ts";
import type { DatasetConfig } from "./dataset_config.ts";
import type { PersonBox } from "./person_boxes.ts";
import type { ResultImage } from "./results.ts";
import type { Sequence, SequenceFrame } from "./sequence.ts";

/** One frame of a sequence to estimate. */
export interface FrameJob {
  /** The annotated frame. */
  frame: SequenceFrame;
  /** Path of its image; it exists. */
  imagePath: string;
  /** Boxes of the people to pose. */
  boxes: readonly PersonBox[];
  /** Whether poses are wanted; other frames only serve as neighbours in time. */
  wanted: boolean;
}

/** One sequence to estimate. */
export interface SequenceJob {
  /** The annotated sequence. */
  sequence: Sequence;
  /** Its frames in order. */
  frames: readonly FrameJob[];
  /** The data set's settings. */
  config: DatasetConfig;
}

/**
 * Estimates the poses of a sequence: yields one list per wanted frame, in order, one pose per box. It may batch over
 * people and frames as it likes.
 */
export type PoseEstimator = (job: SequenceJob) => AsyncIterable<readonly Pose[]>;

/**
 * Runs the estimator over one sequence, checks what it yields and gives the people ids.
 *
 * @param job Sequence with boxes.
 * @param options Estimator, keypoint set, and what to call after every frame.
 * @returns One image per frame; frames that are not wanted have no poses.
 * @throws {RangeError} If the estimator yields too few or too many lists, or poses.
 */
export async function estimateSequence(
  job: SequenceJob,
  options: { estimate: PoseEstimator; keypoints: KeypointSet; onFrame: () => void },
): Promise<ResultImage[]> {
  const { sequence, frames, config } = job;
  const tracker = config.tracks === "none"
    ? undefined
    : createTracker({ similarity: config.tracks, keypoints: options.keypoints });
  const wanted = frames.filter((frame) => frame.wanted);
  const posesOf = new Map<FrameJob, readonly Pose[]>();
  for await (const poses of options.estimate(job)) {
    const frame = wanted[posesOf.size];
    if (frame === undefined) {
      throw new RangeError(
        `Cannot run over ${sequence.name}: found more than ${wanted.length} frames of poses`,
      );
    }
    if (poses.length !== frame.boxes.length) {
      throw new RangeError(
        `Cannot run over ${sequence.name}: ${frame.frame.fileName} has ${poses.length} poses, expected ` +
          `${frame.boxes.length}, one per box`,
      );
    }
    const index = frames.indexOf(frame);
    const ids = tracker?.update(poses, index);
    posesOf.set(frame, ids === undefined ? poses : poses.map((pose, p) => ({ ...pose, trackId: ids[p] })));
    options.onFrame();
  }
  if (posesOf.size < wanted.length) {
    throw new RangeError(
      `Cannot run over ${sequence.name}: found ${posesOf.size} frames of poses, expected ${wanted.length}`,
    );
  }
  return frames.map((frame, index) => ({
    id: frame.frame.imageId ?? index + 1,
    fileName: frame.frame.fileName,
    ...(frame.frame.width === undefined ? {} : { width: frame.frame.width }),
    ...(frame.frame.height === undefined ? {} : { height: frame.frame.height }),
    poses: posesOf.get(frame) ?? [],
  }));
}
