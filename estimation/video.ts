/** Poses of every frame of a clip, streaming and batched. */
import { boxFault } from "../people/box.ts";
import { type BoxSource, openBoxes, type PersonBox } from "../people/boxes.ts";
import { checkFrame, type Frame, releaseFrame } from "../people/frame.ts";
import { openFrames } from "../people/frames.ts";
import { createTracker, type Tracker } from "../people/track.ts";
import { steadyBoxes } from "../people/steady_boxes.ts";
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
  /**
   * Hold boxes still while people hardly move: neighbouring keyframes then share crops, which are encoded once
   * instead of 2ω+1 times.
   *
   * @default false
   */
  steadyBoxes?: boolean | undefined;
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

/**
 * Poses every frame in order; every frame is posed, the clip's ends with repeated neighbours. While one batch is
 * computed, the frames of the next are read.
 */
export async function* poseVideo(
  model: WindowEstimator,
  input: string | string[],
  options: VideoOptions,
): AsyncGenerator<FramePoses> {
  const { boxes, minimumBoxScore = 0, steadyBoxes: steady = false, ...poseOptions } = options;
  const source = await openFrames(input);
  const given = typeof boxes === "string"
    ? await openBoxes(boxes, source, { threshold: minimumBoxScore })
    : boxes;
  const people = steady ? steadyBoxes(given) : given;
  const tracker = createTracker();
  let batch: Batch = { windows: [], done: [] };
  let running: Promise<Posed> | undefined;
  const release = (frame: Frame) => void batch.done.push(frame);
  for await (const window of windows(source, model.temporalSpan, { release })) {
    batch.windows.push(withPeople(window, people));
    if (!isFull(batch, model.batchSize)) continue;
    const previous = running;
    running = pose(model, batch, poseOptions);
    batch = { windows: [], done: [] };
    if (previous) yield* handOut(await previous, tracker);
  }
  if (running) yield* handOut(await running, tracker);
  yield* handOut(await pose(model, batch, poseOptions), tracker);
}

/** Windows that are posed together. */
interface Batch {
  windows: WaitingWindow[];
  /** Frames that no window of a later batch needs. */
  done: Frame[];
}

/** A batch with its poses, per window. */
interface Posed extends Batch {
  poses: EstimatedPose[][];
}

function isFull({ windows }: Batch, batchSize: number): boolean {
  const people = windows.reduce((sum, { boxes }) => sum + boxes.length, 0);
  return people >= batchSize || windows.length >= maxWaiting;
}

function pose(model: WindowEstimator, batch: Batch, options: PoseOptions): Promise<Posed> {
  const posed = model.estimateWindows(batch.windows, options).then((poses) => ({ ...batch, poses }));
  posed.catch(() => {}); // awaited one batch later, or never when the reader stops: must not count as unhandled
  return posed;
}

/** Numbers the people, hands the frames out, then frees those that are done with. */
function* handOut({ windows, poses, done }: Posed, tracker: Tracker): Generator<FramePoses> {
  for (const [i, { window, found }] of windows.entries()) {
    yield framePoses(window, numbered(poses[i], { found, index: window.index, tracker }));
  }
  done.forEach(releaseFrame);
}

/** Gives each person the number that the boxes came with, or else a track's. */
function numbered(
  poses: readonly EstimatedPose[],
  { found, index, tracker }: { found: readonly PersonBox[]; index: number; tracker: Tracker },
): EstimatedPose[] {
  if (found.every(({ trackId }) => trackId !== undefined)) {
    return poses.map((pose, i) => ({ ...pose, trackId: found[i].trackId! }));
  }
  const ids = tracker.update(poses, index);
  return poses.map((pose, i) => ({ ...pose, trackId: ids[i] }));
}

function withPeople(window: FrameWindow<Frame>, people: BoxSource): WaitingWindow {
  const { keyframe, index, frames } = window;
  checkFrame(keyframe, `frame ${index}`);
  const { width, height, name } = keyframe;
  const found = people.of({ index, width, height, ...(name === undefined ? {} : { name }) });
  for (const [i, { box }] of found.entries()) {
    const fault = boxFault(box, keyframe);
    if (fault) throw new TypeError(`Cannot pose frame ${name ?? index}: box ${i}: ${fault}`);
  }
  return { window, found, frames, boxes: found.map(({ box }) => box) };
}

interface WaitingWindow extends PoseWindow {
  window: FrameWindow<Frame>;
  found: readonly PersonBox[];
}

function framePoses({ index, keyframe }: FrameWindow<Frame>, poses: EstimatedPose[]): FramePoses {
  return { index, name: keyframe.name ?? String(index).padStart(6, "0"), frame: keyframe, poses };
}
