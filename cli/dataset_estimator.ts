/** A loaded model as the data set run wants it: sequences in, poses per wanted frame out. */
import type { LAPose } from "../estimation/lapose.ts";
import type { PoseWindow } from "../estimation/pose_window.ts";
import { WindowReader } from "../estimation/window_reader.ts";
import type { DecodeMode } from "../people/decode.ts";
import type { Pose } from "../people/pose.ts";
import type { PoseEstimator } from "../posetrack/estimate_sequence.ts";
import type { Describe } from "./describer.ts";

/** Options of {@linkcode datasetEstimator}. */
export interface DatasetEstimatorOptions {
  /** How a heatmap peak becomes a position. */
  decode: DecodeMode;
  /** The descriptions; the visual-only path where it knows none and the data set has none for all. */
  describe: Describe;
}

/** Frames that wait for a batch to fill, at most. */
const maxWaiting = 16;

/**
 * Makes an estimator that batches over people and frames.
 *
 * @param model The loaded model.
 * @param options Decoding and descriptions.
 * @returns The estimator.
 */
export function datasetEstimator(
  model: LAPose,
  { decode, describe }: DatasetEstimatorOptions,
): PoseEstimator {
  return async function* ({ sequence, frames, config }) {
    const reader = new WindowReader(frames.map(({ imagePath }) => imagePath), model.config.temporalSpan);
    const batch = Math.min(config.batch ?? model.batchSize, model.batchSize);
    const options = { description: config.description, flipTest: config.flipTest, decode };
    /** Undefined for a frame without people: its pixels are never read. */
    let waiting: (PoseWindow | undefined)[] = [];
    let people = 0;
    const flush = async (): Promise<Pose[][]> => {
      const posed = await model.estimateWindows(waiting.filter((window) => window !== undefined), options);
      const poses = waiting.map((window) => window === undefined ? [] : posed.shift()!);
      waiting = [];
      people = 0;
      return poses;
    };
    for (const [index, frame] of frames.entries()) {
      if (!frame.wanted) continue;
      const boxes = frame.boxes.map(({ box }) => box);
      const descriptions = frame.boxes.map(({ trackId }) => describe(sequence.name, trackId));
      waiting.push(
        boxes.length === 0 ? undefined : { frames: await reader.window(index), boxes, descriptions },
      );
      people += frame.boxes.length;
      if (people < batch && waiting.length < maxWaiting) continue;
      yield* await flush();
      reader.release(index + 1);
    }
    yield* await flush();
    reader.release(Infinity);
  };
}
