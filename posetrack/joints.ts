/** The joints that PoseTrack evaluates, in the order of poseval's results; its `neck` is PoseTrack 2018's `head_bottom`. */
export const evaluatedJoints: readonly string[] = [
  "right_ankle",
  "right_knee",
  "right_hip",
  "left_hip",
  "left_knee",
  "left_ankle",
  "right_wrist",
  "right_elbow",
  "right_shoulder",
  "left_shoulder",
  "left_elbow",
  "left_wrist",
  "neck",
  "nose",
  "head_top",
];

/** The columns of the paper's tables, each the plain mean of its joints. */
export const jointGroups: Readonly<Record<string, readonly string[]>> = {
  head: ["head_top", "neck", "nose"],
  shoulder: ["right_shoulder", "left_shoulder"],
  elbow: ["right_elbow", "left_elbow"],
  wrist: ["right_wrist", "left_wrist"],
  hip: ["right_hip", "left_hip"],
  knee: ["right_knee", "left_knee"],
  ankle: ["right_ankle", "left_ankle"],
};

/** Values per joint, per group and their mean; `null` where undefined. */
export type JointValues = Record<string, number | null>;

/**
 * Adds groups and mean to per-joint values as poseval does: a group is the plain mean of its joints, undefined when
 * one of them is; `mean` is the mean of the defined joints (of the joints, not of the groups).
 *
 * @param values One value per joint of {@link evaluatedJoints}, NaN where undefined.
 * @returns The 15 joints, the 7 groups and `mean`, in that order.
 */
export function summarizeJoints(values: ArrayLike<number>): JointValues {
  const result: JointValues = {};
  evaluatedJoints.forEach((joint, index) => result[joint] = defined(values[index]));
  for (const [group, joints] of Object.entries(jointGroups)) {
    let sum = 0;
    for (const joint of joints) sum += values[evaluatedJoints.indexOf(joint)];
    result[group] = defined(sum / joints.length);
  }
  let sum = 0;
  let count = 0;
  for (let joint = 0; joint < evaluatedJoints.length; joint++) {
    if (Number.isNaN(values[joint])) continue;
    sum += values[joint];
    count++;
  }
  result.mean = defined(sum / count);
  return result;
}

function defined(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

/**
 * Finds the evaluated joint of each slot of a file.
 *
 * @param keypoints Joint names of the file, by slot.
 * @param file Name of the file, for the message.
 * @returns Index into {@link evaluatedJoints} per slot, −1 where the joint is not evaluated.
 * @throws {TypeError} If one of the 15 joints has no slot; all that are missing are named.
 */
export function jointOfSlots(keypoints: readonly string[], file: string): Int8Array {
  const names = evaluatedJoints.map((joint) => joint === "neck" ? "head_bottom" : joint);
  const missing = names.filter((name) => !keypoints.includes(name));
  if (missing.length > 0) {
    throw new TypeError(
      `Cannot evaluate ${file}: its keypoints lack ${
        missing.join(", ")
      }, expected the 15 joints of PoseTrack`,
    );
  }
  return Int8Array.from(keypoints, (name) => names.indexOf(name));
}
