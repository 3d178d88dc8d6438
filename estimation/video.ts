/** Poses of every frame of a clip, streaming and batched. */
import { boxFault } from "../people/box.ts";
import { type BoxSource, openBoxes, type PersonBox } from "../people/boxes.ts";
import { checkFrame, type Frame, releaseFrame } from "../people/frame.ts";
import { openFrames } from "../people/frames.ts";
import { createTracker } from "../people/track.ts";
import { type FrameWindow, windows } from "../people/window.ts";
import type { EstimatedPose, PoseOptions, PoseWindow, WindowEstimator } from "./pose_window.ts";

/** Options of {@linkcode LAPose.video}. */
export interface VideoOptions extends PoseOptions {
  /** Path of a boxes file (COCO detections, PoseTrack 2018 annotations, `poses.json`), `"full"`, or a source of your own. */
  boxes: string | BoxSource;
  /**
   * Detections with a smaller score are left out.
   *
   * @default 0
   */
  minimumBoxScore?: number | undefined;
}

/** The people of one frame. */
export interface FramePoses {
  /** Number of the frame, from 0. */
  index: number;
  /** Its file name, or its number in a video. */
  name: string;
  /** Its pixels; they are freed when later frames are asked for, so copy what you keep. */
  frame: Frame;
  /** One pose per person, with the person's number. */
  poses: EstimatedPose[];
}

/** Frames that wait for a batch to fill, at most: memory stays flat where few frames have people. */
const maxWaiting = 16;

/** Poses every frame in order; every frame is posed, the clip's ends with repeated neighbours. */
export async function* poseVideo(
  model: WindowEstimator,
  input: string | string[],
  options: VideoOptions,
): AsyncGenerator<FramePoses> {
  const { boxes, minimumBoxScore = 0, ...poseOptions } = options;
  const source = await openFrames(input);
  const people = typeof boxes === "string"
    ? await openBoxes(boxes, source, { threshold: minimumBoxScore })
    : boxes;
  const tracker = createTracker();
  let waiting: WaitingWindow[] = [];
  let count = 0;
  const flush = async (): Promise<FramePoses[]> => {
    const poses = await model.estimateWindows(waiting, poseOptions);
    const done = waiting.map(({ window, found }, i) =>
      framePoses(window, number(window.index, poses[i], found))
    );
    waiting = [];
    count = 0;
    return done;
  };
  const number = (index: number, poses: EstimatedPose[], found: readonly PersonBox[]): EstimatedPose[] => {
    if (found.every(({ trackId }) => trackId !== undefined)) {
      return poses.map((pose, i) => ({ ...pose, trackId: found[i].trackId! }));
    }
    const ids = tracker.update(poses, index);
    return poses.map((pose, i) => ({ ...pose, trackId: ids[i] }));
  };
  // Frames that no later window needs; they go when the windows before have been handed out.
  const done: Frame[] = [];
  const release = (frame: Frame) => void done.push(frame);
  for await (const window of windows(source, model.temporalSpan, { release })) {
    const { keyframe, index, frames } = window;
    checkFrame(keyframe, `frame ${index}`);
    const { width, height, name } = keyframe;
    const found = people.of({ index, width, height, ...(name === undefined ? {} : { name }) });
    for (const [i, { box }] of found.entries()) {
      const fault = boxFault(box, keyframe);
      if (fault) throw new TypeError(`Cannot pose frame ${name ?? index}: box ${i}: ${fault}`);
    }
    waiting.push({ window, found, frames, boxes: found.map(({ box }) => box) });
    count += found.length;
    if (count < model.batchSize && waiting.length < maxWaiting) continue;
    yield* await flush();
    done.splice(0).forEach(releaseFrame);
  }
  yield* await flush();
}

interface WaitingWindow extends PoseWindow {
  window: FrameWindow<Frame>;
  found: readonly PersonBox[];
}

function framePoses({ index, keyframe }: FrameWindow<Frame>, poses: EstimatedPose[]): FramePoses {
  return { index, name: keyframe.name ?? String(index).padStart(6, "0"), frame: keyframe, poses };
}
