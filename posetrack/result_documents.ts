import { type KeypointSet, keypointSets } from "../people/keypoint_sets.ts";
import { videoOf } from "./file_names.ts";
import { evaluatedJoints } from "./joints.ts";
import { type ConvertedPose, convertPoses, type ResultImage, type ResultSequence } from "./results.ts";

/**
 * The keypoint set that a COCO-like result file of some poses is written in.
 *
 * @param set Keypoint set of the poses.
 * @returns PoseTrack's 17 slots for poses with a lower and an upper end of the head, else COCO's.
 */
export function cocoLikeSet(set: KeypointSet): KeypointSet {
  return set.keypoints.includes("head_bottom") ? keypointSets.posetrack17 : keypointSets.coco17;
}

/**
 * Makes a PoseTrack 2018 document, as poseval and MMPose read it: 17 slots, each x, y, score, and `scores` beside them.
 * Joints that the poses lack are three zeros.
 *
 * @param sequence Poses in any keypoint set.
 * @returns The document, for JSON.
 * @throws {TypeError} If a pose is malformed.
 * @throws {RangeError} If track ids repeat within an image.
 */
export function poseTrack2018Document(sequence: ResultSequence): Record<string, unknown> {
  const set = keypointSets.posetrack17;
  let next = 1;
  const annotations = sequence.images.flatMap((image) =>
    convertPoses(image, { sequence, to: set }).map((converted) => ({
      id: next++,
      image_id: image.id,
      category_id: 1,
      track_id: converted.trackId,
      ...personFields(converted),
      scores: converted.keypoints.map((keypoint) => keypoint?.score ?? 0),
    }))
  );
  return {
    images: sequence.images.map((image) => ({
      file_name: image.fileName,
      id: image.id,
      frame_id: image.id,
      vid_id: videoOf(image.fileName),
      nframes: sequence.images.length,
      ...(image.width === undefined ? {} : { width: image.width }),
      ...(image.height === undefined ? {} : { height: image.height }),
    })),
    annotations,
    categories: [{
      supercategory: "person",
      id: 1,
      name: "person",
      keypoints: set.keypoints,
      skeleton: set.limbs.map(([from, to]) => [from + 1, to + 1]),
    }],
  };
}

/**
 * Makes a PoseTrack 2017 document. Joints that the poses lack are left out.
 *
 * @param sequence Poses in any keypoint set.
 * @returns The document, for JSON.
 * @throws {TypeError} If a pose is malformed.
 * @throws {RangeError} If track ids repeat within an image.
 */
export function annolistDocument(sequence: ResultSequence): Record<string, unknown> {
  const to = keypointSets.posetrack15;
  const idOf = to.keypoints.map((name) => evaluatedJoints.indexOf(name === "head_bottom" ? "neck" : name));
  return {
    annolist: sequence.images.map((image, index) => ({
      image: [{ name: image.fileName }],
      imgnum: [index + 1],
      is_labeled: [1],
      annorect: convertPoses(image, { sequence, to }).map(({ keypoints, pose, trackId }) => ({
        track_id: [trackId],
        score: [pose.score],
        annopoints: [{
          point: keypoints.flatMap((keypoint, slot) =>
            keypoint === undefined
              ? []
              : [{ id: [idOf[slot]], x: [keypoint.x], y: [keypoint.y], score: [keypoint.score] }]
          ),
        }],
      })),
    })),
  };
}

/**
 * Makes the entries of a COCO results list for one image.
 *
 * @param image Image with poses.
 * @param sequence Its sequence.
 * @returns The entries, for JSON.
 * @throws {TypeError} If a pose is malformed.
 * @throws {RangeError} If track ids repeat.
 */
export function cocoResultEntries(image: ResultImage, sequence: ResultSequence): Record<string, unknown>[] {
  const to = cocoLikeSet(sequence.keypoints);
  return convertPoses(image, { sequence, to }).map((converted) => ({
    image_id: image.id,
    category_id: 1,
    ...personFields(converted),
    ...(converted.pose.trackId === undefined ? {} : { track_id: converted.pose.trackId }),
  }));
}

/**
 * Makes an OpenPose document for one image: BODY_25, each x, y, score; joints that the poses lack are three zeros.
 *
 * @param image Image with poses.
 * @param sequence Its sequence.
 * @returns The document, for JSON.
 * @throws {TypeError} If a pose is malformed.
 * @throws {RangeError} If track ids repeat.
 */
export function openPoseDocument(image: ResultImage, sequence: ResultSequence): Record<string, unknown> {
  return {
    version: 1.3,
    people: convertPoses(image, { sequence, to: keypointSets.body25 }).map((converted) => ({
      person_id: [converted.pose.trackId ?? -1],
      pose_keypoints_2d: triplets(converted),
      face_keypoints_2d: [],
      hand_left_keypoints_2d: [],
      hand_right_keypoints_2d: [],
      pose_keypoints_3d: [],
      face_keypoints_3d: [],
      hand_left_keypoints_3d: [],
      hand_right_keypoints_3d: [],
    })),
  };
}

function personFields(converted: ConvertedPose): Record<string, unknown> {
  return { keypoints: triplets(converted), score: converted.pose.score, bbox: [...converted.pose.box] };
}

function triplets({ keypoints }: ConvertedPose): number[] {
  return keypoints.flatMap((keypoint) =>
    keypoint === undefined ? [0, 0, 0] : [keypoint.x, keypoint.y, keypoint.score]
  );
}
