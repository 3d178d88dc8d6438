import { convertKeypoints, type KeypointSet } from "../people/keypoint_sets.ts";
import type { Keypoint, Pose } from "../people/pose.ts";

/** The poses of one image. */
export interface ResultImage {
  /** Id of the image. */
  id: number | string;
  /** Image file, as the data set names it. */
  fileName: string;
  /** Width in pixels. */
  width?: number;
  /** Height in pixels. */
  height?: number;
  /** People, each with one keypoint per joint of {@link ResultSequence.keypoints}. */
  poses: readonly Pose[];
}

/** The poses of one sequence, as the writers take them. */
export interface ResultSequence {
  /** Name of the sequence; per-sequence files are called after it. */
  name: string;
  /** Keypoint set of the poses. */
  keypoints: KeypointSet;
  /** Images in the order of the data set. */
  images: readonly ResultImage[];
}

/** A pose in the keypoint set of a file. */
export interface ConvertedPose {
  /** Keypoints by slot; undefined where the source set lacks the joint. */
  keypoints: readonly (Keypoint | undefined)[];
  /** The pose itself. */
  pose: Pose;
  /** Track id, or one that no other pose of the image has. */
  trackId: number;
}

/**
 * Brings the poses of an image into another keypoint set. A joint made of two is their midpoint, with the lower score;
 * poses without a track id get free ones.
 *
 * @param image Image with poses.
 * @param options Sequence of the image and keypoint set wanted.
 * @returns The poses, in their order.
 * @throws {TypeError} If a pose has the wrong number of keypoints, or a number that is not finite.
 * @throws {RangeError} If two poses share a track id.
 */
export function convertPoses(
  image: ResultImage,
  options: { sequence: ResultSequence; to: KeypointSet },
): ConvertedPose[] {
  const { sequence, to } = options;
  const { sources } = convertKeypoints(sequence.keypoints, to);
  const used = new Set<number>();
  image.poses.forEach((pose, index) => {
    checkPose(pose, { sequence, place: `pose ${index} of ${image.fileName}` });
    if (pose.trackId === undefined) return;
    if (used.has(pose.trackId)) {
      throw new RangeError(
        `Cannot write ${sequence.name}: pose ${index} of ${image.fileName} repeats the track id ${pose.trackId}, ` +
          "expected each id once a frame",
      );
    }
    used.add(pose.trackId);
  });
  let free = 0;
  return image.poses.map((pose) => {
    let { trackId } = pose;
    if (trackId === undefined) {
      while (used.has(free)) free++;
      trackId = free;
      used.add(free);
    }
    return {
      pose,
      trackId,
      keypoints: sources.map((indices) => mean(indices.map((index) => pose.keypoints[index]))),
    };
  });
}

function mean(parts: readonly Keypoint[]): Keypoint | undefined {
  if (parts.length === 0) return undefined;
  return {
    x: parts.reduce((sum, { x }) => sum + x, 0) / parts.length,
    y: parts.reduce((sum, { y }) => sum + y, 0) / parts.length,
    score: Math.min(...parts.map(({ score }) => score)),
  };
}

function checkPose(pose: Pose, options: { sequence: ResultSequence; place: string }): void {
  const { sequence, place } = options;
  const wanted = sequence.keypoints.keypoints.length;
  if (pose.keypoints.length !== wanted) {
    throw new TypeError(
      `Cannot write ${sequence.name}: ${place} has ${pose.keypoints.length} keypoints, expected ${wanted} ` +
        `(${sequence.keypoints.name})`,
    );
  }
  pose.keypoints.forEach(({ x, y, score }, index) => {
    if (Number.isFinite(x) && Number.isFinite(y) && Number.isFinite(score)) return;
    throw new TypeError(
      `Cannot write ${sequence.name}: ${
        sequence.keypoints.keypoints[index]
      } of ${place} is (${x}, ${y}) with score ` +
        `${score}, expected finite numbers`,
    );
  });
  if (![...pose.box, pose.score].every(Number.isFinite)) {
    throw new TypeError(
      `Cannot write ${sequence.name}: ${place} has the box [${
        pose.box.join(", ")
      }] and the score ${pose.score}, ` +
        "expected finite numbers",
    );
  }
}
