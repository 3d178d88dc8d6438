/** The angles and shifts of a posture, see {@linkcode Posture}. */
export const postureNames = [
  "turn",
  "pitch",
  "roll",
  "bow",
  "sway",
  "swivel",
  "nod",
  "look",
  "tilt",
  "lift",
  "aside",
  "ahead",
  "leftArmRaise",
  "leftArmSpread",
  "leftArmTwist",
  "leftArmBend",
  "rightArmRaise",
  "rightArmSpread",
  "rightArmTwist",
  "rightArmBend",
  "leftLegRaise",
  "leftLegSpread",
  "leftLegTwist",
  "leftLegBend",
  "rightLegRaise",
  "rightLegSpread",
  "rightLegTwist",
  "rightLegBend",
] as const;

/** One angle or shift of a posture. */
export type PostureName = typeof postureNames[number];

/**
 * How a body is bent: angles in degrees, shifts in body heights.
 *
 * - `turn` of the whole body to its left, `pitch` of the trunk forwards and `roll` to its left, at the hips;
 * - `bow` forwards, `sway` to the left and `swivel` to the left of the chest, at the waist;
 * - `nod` forwards, `look` to the left and `tilt` to the left of the head;
 * - `lift` above the ground, `aside` to the left, `ahead` forwards;
 * - of each arm and leg: `Raise` forwards and up, `Spread` outwards from there, `Twist` about its length so that the
 *   joint bends outwards, `Bend` of elbow or knee.
 *
 * Arms hang from the chest; legs stand on the ground and follow the body's turn only.
 */
export type Posture = Readonly<Record<PostureName, number>>;

/** Side of a body, as its owner names it. */
export type Side = "left" | "right";

/** Angles that change their sign in a mirror. */
const sidewards: readonly PostureName[] = ["turn", "roll", "sway", "swivel", "look", "tilt", "aside"];

/** Standing with hanging arms. */
const standing: Posture = {
  ...Object.fromEntries(postureNames.map((name) => [name, 0])) as Record<PostureName, number>,
  leftArmRaise: 3,
  leftArmSpread: 8,
  leftArmBend: 12,
  rightArmRaise: 3,
  rightArmSpread: 8,
  rightArmBend: 12,
  leftLegSpread: 4,
  leftLegBend: 3,
  rightLegSpread: 4,
  rightLegBend: 3,
};

/** A posture of which only what differs from standing is said. */
export type PostureChange = Partial<Posture>;

/**
 * Completes a posture.
 *
 * @param change What differs from `base`.
 * @param base A whole posture, standing with hanging arms when absent.
 * @returns The whole posture.
 */
export function posed(change: PostureChange, base: Posture = standing): Posture {
  return { ...base, ...change };
}

/**
 * Swaps left and right.
 *
 * @param posture A posture, whole or in part.
 * @returns What a mirror shows.
 */
export function mirrored<T extends PostureChange>(posture: T): T {
  const result: Partial<Record<PostureName, number>> = {};
  for (const name of Object.keys(posture) as PostureName[]) {
    const value = posture[name] ?? 0;
    result[otherSide(name)] = sidewards.includes(name) ? -value : value;
  }
  return result as T;
}

function otherSide(name: PostureName): PostureName {
  if (name.startsWith("left")) return name.replace("left", "right") as PostureName;
  return name.startsWith("right") ? name.replace("right", "left") as PostureName : name;
}

/** A posture at a moment of a movement, from 0 to 1. */
export type Keyframe = readonly [phase: number, change: PostureChange];

/**
 * A posture between keyframes, with a soft start and end of every part of the movement.
 *
 * @param keyframes In the order of their phases; the first and the last hold outside.
 * @param phase The moment.
 * @returns The posture.
 */
export function between(keyframes: readonly Keyframe[], phase: number): Posture {
  const after = keyframes.findIndex(([at]) => at > phase);
  if (after === 0) return posed(keyframes[0][1]);
  if (after < 0) return posed(keyframes[keyframes.length - 1][1]);
  const [[start, from], [end, to]] = [keyframes[after - 1], keyframes[after]];
  const share = (phase - start) / (end - start);
  return mixed([posed(from), posed(to)], share * share * (3 - 2 * share));
}

/**
 * A posture between two.
 *
 * @param ends The postures for the shares 0 and 1.
 * @param share Where between them.
 * @returns The posture.
 */
export function mixed(ends: readonly [Posture, Posture], share: number): Posture {
  const [a, b] = ends;
  return Object.fromEntries(
    postureNames.map((name) => [name, a[name] + share * (b[name] - a[name])]),
  ) as Posture;
}
