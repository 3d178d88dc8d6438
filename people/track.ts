import type { Box } from "./box.ts";
import type { KeypointSet } from "./keypoint_sets.ts";
import type { Pose } from "./pose.ts";

/** How people are followed. */
export interface TrackerOptions {
  /**
   * What two poses of one person are recognised by: overlap of boxes, or object keypoint similarity.
   *
   * @default "iou"
   */
  similarity?: "iou" | "oks";
  /** Keypoint set of the poses; needed for `"oks"`. */
  keypoints?: KeypointSet;
  /**
   * Least similarity, above 0 to 1, at which a pose continues a track.
   *
   * @default 0.3
   */
  threshold?: number;
  /**
   * Joints with a lower score on either side do not count in `"oks"`.
   *
   * @default 0.2
   */
  minimumKeypointScore?: number;
  /**
   * Number of frames that a person may be out of sight and come back under the same id.
   *
   * @default 10
   */
  maximumGap?: number;
  /**
   * First id that is given.
   *
   * @default 0
   */
  firstId?: number;
}

/** Follows people through the frames of one clip. */
export interface Tracker {
  /**
   * Takes the poses of the next frame.
   *
   * @param poses People of the frame, in any order.
   * @param frameIndex Number of the frame, larger than that of the call before.
   * @returns One id per pose: that of the track it continues, or a new one. Ids are never used again for someone else.
   * @throws {RangeError} If the frame does not come after the last one.
   * @throws {TypeError} If a pose does not fit: a box that is not finite, or a wrong number of keypoints for `"oks"`.
   */
  update(poses: readonly Pose[], frameIndex: number): number[];
}

interface Track {
  id: number;
  pose: Pose;
  lastFrame: number;
}

/**
 * Makes a tracker: the most similar pairs of tracks and poses are matched first (greedily); a pose left over starts a
 * track, a track left over waits and dies after `maximumGap` frames without its person.
 *
 * @param options How people are recognised, and for how long they are remembered.
 * @returns A tracker for one clip.
 * @throws {RangeError} If an option is out of bounds.
 * @throws {TypeError} If `"oks"` comes without a keypoint set.
 */
export function createTracker(options: TrackerOptions = {}): Tracker {
  const { threshold = 0.3, maximumGap = 10, firstId = 0 } = options;
  if (!(threshold > 0 && threshold <= 1)) {
    throw new RangeError(`Cannot track with the threshold ${threshold}: expected a number above 0, up to 1`);
  }
  if (!Number.isInteger(maximumGap) || maximumGap < 0) {
    throw new RangeError(
      `Cannot track with the maximum gap ${maximumGap}: expected a whole number of frames`,
    );
  }
  if (!Number.isInteger(firstId) || firstId < 0) {
    throw new RangeError(`Cannot track with the first id ${firstId}: expected a whole number`);
  }
  const similarity = similarityOf(options);
  let tracks: Track[] = [];
  let nextId = firstId;
  let lastFrame = -Infinity;
  return {
    update(poses, frameIndex) {
      if (!Number.isInteger(frameIndex) || frameIndex <= lastFrame) {
        throw new RangeError(
          `Cannot track frame ${frameIndex}: expected a whole number${
            lastFrame === -Infinity ? "" : ` above ${lastFrame}`
          }`,
        );
      }
      poses.forEach((pose, index) => checkPose(pose, { index, frameIndex, options }));
      lastFrame = frameIndex;
      tracks = tracks.filter((track) => frameIndex - track.lastFrame - 1 <= maximumGap);
      const trackOf = matchGreedily(tracks, poses, { similarity, threshold });
      return poses.map((pose, index) => {
        let track = trackOf[index];
        if (track === undefined) {
          track = { id: nextId++, pose, lastFrame: frameIndex };
          tracks.push(track);
        }
        track.pose = pose;
        track.lastFrame = frameIndex;
        return track.id;
      });
    },
  };
}

type Similarity = (a: Pose, b: Pose) => number;

function matchGreedily(
  tracks: readonly Track[],
  poses: readonly Pose[],
  options: { similarity: Similarity; threshold: number },
): (Track | undefined)[] {
  const pairs: { track: Track; index: number; value: number }[] = [];
  for (const track of tracks) {
    poses.forEach((pose, index) => {
      const value = options.similarity(track.pose, pose);
      if (value >= options.threshold) pairs.push({ track, index, value });
    });
  }
  pairs.sort((a, b) => b.value - a.value || a.track.id - b.track.id || a.index - b.index);
  const result: (Track | undefined)[] = poses.map(() => undefined);
  const taken = new Set<Track>();
  for (const { track, index } of pairs) {
    if (taken.has(track) || result[index] !== undefined) continue;
    taken.add(track);
    result[index] = track;
  }
  return result;
}

function similarityOf(options: TrackerOptions): Similarity {
  if (options.similarity !== "oks") return (a, b) => intersectionOverUnion(a.box, b.box);
  const { keypoints, minimumKeypointScore = 0.2 } = options;
  if (keypoints === undefined) {
    throw new TypeError('Cannot track by "oks": found no keypoint set, expected that of the poses');
  }
  return (a, b) => keypointSimilarity(a, b, { sigmas: keypoints.sigmas, minimumScore: minimumKeypointScore });
}

/**
 * Overlap of two boxes.
 *
 * @param a A box in pixels.
 * @param b Another.
 * @returns Area of the intersection over that of the union, 0 to 1; 0 where both are empty.
 */
export function intersectionOverUnion(a: Box, b: Box): number {
  const width = Math.min(a[0] + a[2], b[0] + b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[1] + a[3], b[1] + b[3]) - Math.max(a[1], b[1]);
  if (width <= 0 || height <= 0) return 0;
  const intersection = width * height;
  return intersection / (a[2] * a[3] + b[2] * b[3] - intersection);
}

/** Mean of exp(−d² / (8 σ² area)) over the joints that both poses are sure of; the area is the mean of both boxes'. */
function keypointSimilarity(
  a: Pose,
  b: Pose,
  options: { sigmas: readonly number[]; minimumScore: number },
): number {
  const { sigmas, minimumScore } = options;
  const area = (a.box[2] * a.box[3] + b.box[2] * b.box[3]) / 2;
  let sum = 0;
  let count = 0;
  sigmas.forEach((sigma, k) => {
    const from = a.keypoints[k];
    const to = b.keypoints[k];
    if (from.score < minimumScore || to.score < minimumScore) return;
    const squared = (from.x - to.x) ** 2 + (from.y - to.y) ** 2;
    sum += squared === 0 ? 1 : Math.exp(-squared / (8 * sigma * sigma * area));
    count++;
  });
  return count === 0 ? 0 : sum / count;
}

function checkPose(pose: Pose, where: { index: number; frameIndex: number; options: TrackerOptions }): void {
  const { index, frameIndex, options } = where;
  if (!pose.box.every(Number.isFinite)) {
    throw new TypeError(
      `Cannot track pose ${index} of frame ${frameIndex}: its box is [${
        pose.box.join(", ")
      }], expected finite numbers`,
    );
  }
  const wanted = options.similarity === "oks" ? options.keypoints?.keypoints.length : undefined;
  if (wanted !== undefined && pose.keypoints.length !== wanted) {
    throw new TypeError(
      `Cannot track pose ${index} of frame ${frameIndex}: it has ${pose.keypoints.length} keypoints, expected ${wanted}`,
    );
  }
}
