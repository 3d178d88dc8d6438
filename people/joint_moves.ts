import type { KeypointSet } from "./keypoint_sets.ts";
import type { Keypoint } from "./pose.ts";

/** What the description changed in one joint. */
export interface JointMove {
  /** Name of the joint, as in the keypoint set. */
  name: string;
  /** The joint as the visual-only path finds it, in pixels. */
  visual: Keypoint;
  /** The joint with the description, in the same pixels. */
  language: Keypoint;
  /** Distance between the two, in the same pixels. */
  distance: number;
}

/**
 * Compares two estimates of one person, joint by joint.
 *
 * @param set Names of the joints.
 * @param visual Joints of the visual-only path, K of them.
 * @param language Joints with the description, K of them.
 * @returns One move per joint, in the set's order.
 * @throws {TypeError} If the numbers of joints differ from the set's.
 */
export function jointMoves(
  set: KeypointSet,
  visual: readonly Keypoint[],
  language: readonly Keypoint[],
): JointMove[] {
  if (visual.length !== set.keypoints.length || language.length !== set.keypoints.length) {
    throw new TypeError(
      `Cannot compare ${visual.length} with ${language.length} joints, expected the ${set.keypoints.length} of ${set.name}`,
    );
  }
  return set.keypoints.map((name, k) => ({
    name,
    visual: visual[k],
    language: language[k],
    distance: Math.hypot(language[k].x - visual[k].x, language[k].y - visual[k].y),
  }));
}
