/**
 * The named keypoint sets, and the conversion of poses between them by joint name.
 *
 * Holds names, symmetric pairs, limbs and sigmas only; knows nothing of images, files or models.
 */

/** One order of joints, with what the field knows about each of them. */
export interface KeypointSet {
  /** Name of the set, for example `"posetrack15"`. */
  name: string;
  /** Joint names in the order of the set, length K. */
  keypoints: readonly string[];
  /** Pairs of indices that a mirrored image swaps: left joint first. */
  flipPairs: readonly (readonly [number, number])[];
  /** Pairs of indices that a drawing joins with a line. */
  limbs: readonly (readonly [number, number])[];
  /** Per-joint deviation of the object keypoint similarity, length K, as a share of the square root of the area. */
  sigmas: readonly number[];
}

/** How the joints of one set are found in another. */
export interface KeypointConversion {
  /** Per joint of the target set: the source joints whose mean it is; empty where the source has none. */
  sources: readonly (readonly number[])[];
  /** Joints of the target set that the source set lacks. */
  missing: readonly string[];
  /** Joints of the source set that the target set has no place for. */
  unused: readonly string[];
}

/** Deviations by joint: COCO's where COCO has the joint, otherwise those in use for PoseTrack and COCO-WholeBody. */
const sigmaOf: Readonly<Record<string, number>> = {
  nose: 0.026,
  eye: 0.025,
  ear: 0.035,
  shoulder: 0.079,
  elbow: 0.072,
  wrist: 0.062,
  hip: 0.107,
  knee: 0.087,
  ankle: 0.089,
  head_bottom: 0.025,
  head_top: 0.025,
  upper_neck: 0.025,
  neck: 0.079,
  thorax: 0.079,
  mid_hip: 0.107,
  pelvis: 0.107,
  left_big_toe: 0.068,
  left_small_toe: 0.066,
  left_heel: 0.066,
  right_big_toe: 0.092,
  right_small_toe: 0.094,
  right_heel: 0.094,
};

/** One joint under several names: poseval's and MPII's words for what PoseTrack 2018 calls `head_bottom`. */
const sameJoint: Readonly<Record<string, string>> = { upper_neck: "head_bottom" };

/** Joints that their own set defines as the midpoint of two others (OpenPose BODY_25). */
const midpoints: Readonly<Record<string, Readonly<Record<string, readonly [string, string]>>>> = {
  body25: { neck: ["left_shoulder", "right_shoulder"], mid_hip: ["left_hip", "right_hip"] },
};

function keypointSet(name: string, table: { joints: string; limbs: string }): KeypointSet {
  const { joints, limbs } = table;
  const keypoints = joints.trim().split(/\s+/);
  const flipPairs: [number, number][] = [];
  keypoints.forEach((joint, index) => {
    if (joint.startsWith("left_")) {
      flipPairs.push([index, keypoints.indexOf(joint.replace("left_", "right_"))]);
    }
  });
  const sigmas = keypoints.map((joint) => sigmaOf[joint] ?? sigmaOf[joint.replace(/^(left|right)_/, "")]);
  const pairs = limbs.trim().split(/\s+/).map((limb) => {
    const [from, to] = limb.split(">").map((joint) => keypoints.indexOf(joint));
    return [from, to] as const;
  });
  return { name, keypoints, flipPairs, limbs: pairs, sigmas };
}

const limbsOfBody = `
  left_shoulder>right_shoulder left_hip>right_hip left_shoulder>left_hip right_shoulder>right_hip
  left_shoulder>left_elbow left_elbow>left_wrist right_shoulder>right_elbow right_elbow>right_wrist
  left_hip>left_knee left_knee>left_ankle right_hip>right_knee right_knee>right_ankle`;

const limbsOfHead = `nose>head_bottom nose>head_top head_bottom>left_shoulder head_bottom>right_shoulder`;

const jointsOfBody = `
  left_shoulder right_shoulder left_elbow right_elbow left_wrist right_wrist
  left_hip right_hip left_knee right_knee left_ankle right_ankle`;

/**
 * The keypoint sets this package reads, writes and predicts: `posetrack15` (PoseTrack 2018 without the ears),
 * `posetrack17` (PoseTrack 2018 and 21 files), `coco17`, `mpii16`, and `body25` (OpenPose).
 *
 * Joints carry the names of PoseTrack 2018 files; what poseval calls "neck" is `head_bottom`. BODY_25's `neck` lies
 * between the shoulders and is another joint.
 */
export const keypointSets: Readonly<Record<string, KeypointSet>> = {
  posetrack15: keypointSet("posetrack15", {
    joints: `nose head_bottom head_top ${jointsOfBody}`,
    limbs: `${limbsOfHead} ${limbsOfBody}`,
  }),
  posetrack17: keypointSet("posetrack17", {
    joints: `nose head_bottom head_top left_ear right_ear ${jointsOfBody}`,
    limbs: `${limbsOfHead} ${limbsOfBody}`,
  }),
  coco17: keypointSet("coco17", {
    joints: `nose left_eye right_eye left_ear right_ear ${jointsOfBody}`,
    limbs: `nose>left_eye nose>right_eye left_eye>left_ear right_eye>right_ear left_eye>right_eye
     left_ear>left_shoulder right_ear>right_shoulder ${limbsOfBody}`,
  }),
  mpii16: keypointSet("mpii16", {
    joints: `right_ankle right_knee right_hip left_hip left_knee left_ankle pelvis thorax upper_neck head_top
     right_wrist right_elbow right_shoulder left_shoulder left_elbow left_wrist`,
    limbs: `right_ankle>right_knee right_knee>right_hip right_hip>pelvis pelvis>left_hip left_hip>left_knee
     left_knee>left_ankle pelvis>thorax thorax>upper_neck upper_neck>head_top thorax>right_shoulder
     right_shoulder>right_elbow right_elbow>right_wrist thorax>left_shoulder left_shoulder>left_elbow
     left_elbow>left_wrist`,
  }),
  body25: keypointSet("body25", {
    joints: `nose neck right_shoulder right_elbow right_wrist left_shoulder left_elbow left_wrist mid_hip
     right_hip right_knee right_ankle left_hip left_knee left_ankle right_eye left_eye right_ear left_ear
     left_big_toe left_small_toe left_heel right_big_toe right_small_toe right_heel`,
    limbs:
      `neck>mid_hip neck>right_shoulder right_shoulder>right_elbow right_elbow>right_wrist neck>left_shoulder
     left_shoulder>left_elbow left_elbow>left_wrist mid_hip>right_hip right_hip>right_knee
     right_knee>right_ankle mid_hip>left_hip left_hip>left_knee left_knee>left_ankle neck>nose nose>right_eye
     right_eye>right_ear nose>left_eye left_eye>left_ear left_ankle>left_big_toe left_big_toe>left_small_toe
     left_ankle>left_heel right_ankle>right_big_toe right_big_toe>right_small_toe right_ankle>right_heel`,
  }),
};

/**
 * Finds a keypoint set by its name.
 *
 * @param name One of the keys of {@link keypointSets}.
 * @returns The set.
 * @throws {RangeError} If no set has that name.
 */
export function keypointSetByName(name: string): KeypointSet {
  if (!Object.hasOwn(keypointSets, name)) {
    const known = Object.keys(keypointSets).join(", ");
    throw new RangeError(`Cannot find the keypoint set "${name}": expected one of ${known}`);
  }
  return keypointSets[name];
}

/**
 * Relates two keypoint sets by joint name, saying which joints have no counterpart.
 *
 * A joint that its own set defines as a midpoint (BODY_25's `neck` and `mid_hip`) has two sources. Nothing else is
 * guessed: PoseTrack's `head_top` is missing when converting from COCO.
 *
 * @param from The set the poses are in, K joints.
 * @param to The set they are wanted in.
 * @returns Sources per target joint, missing target joints, unused source joints.
 */
export function convertKeypoints(from: KeypointSet, to: KeypointSet): KeypointConversion {
  const canonical = (joint: string): string => sameJoint[joint] ?? joint;
  const indexOf = new Map(from.keypoints.map((joint, index) => [canonical(joint), index]));
  const used = new Set<number>();
  const missing: string[] = [];
  const sources = to.keypoints.map((joint) => {
    const direct = indexOf.get(canonical(joint));
    const parts = direct !== undefined
      ? [direct]
      : (midpoints[to.name]?.[joint] ?? []).map((part) => indexOf.get(canonical(part)));
    const found = parts.filter((index) => index !== undefined);
    if (found.length === 0 || found.length < parts.length) {
      missing.push(joint);
      return [];
    }
    found.forEach((index) => used.add(index));
    return found;
  });
  return { sources, missing, unused: from.keypoints.filter((_, index) => !used.has(index)) };
}
