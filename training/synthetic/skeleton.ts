import type { Body } from "./body.ts";
import type { Posture, Side } from "./posture.ts";
import { about, add, product, rotate, type Rotation, scale, unit, type Vector } from "./vector.ts";

/** The joints of a skeleton: PoseTrack's fifteen. */
export type JointName =
  | "nose"
  | "head_bottom"
  | "head_top"
  | `${Side}_${"shoulder" | "elbow" | "wrist" | "hip" | "knee" | "ankle"}`;

/** Where a person stands. */
export interface Stand {
  /** Right of the camera's axis, in metres. */
  x: number;
  /** Away from the camera, in metres. */
  depth: number;
  /** Direction that the body faces, in degrees: 0 the camera, 90 the right of the picture, 180 away. */
  heading: number;
}

/** A body in a posture at its place; metres. */
export interface Skeleton {
  /** The fifteen joints. */
  joints: Readonly<Record<JointName, Vector>>;
  /** Middle of the hips. */
  pelvis: Vector;
  /** Between pelvis and chest. */
  waist: Vector;
  /** Middle of the shoulders. */
  neck: Vector;
  /** Ends of the hands. */
  hands: Readonly<Record<Side, Vector>>;
  /** Tips of the toes. */
  toes: Readonly<Record<Side, Vector>>;
  /** Axes of the hips: left, up and forwards of its owner become columns. */
  pelvisAxes: Rotation;
  /** Axes of the chest. */
  chestAxes: Rotation;
  /** Axes of the head. */
  headAxes: Rotation;
}

/** Length of a hand beyond the wrist, as a share of the forearm. */
const handShare = 0.42;

/** Height of a knee's middle above the ground when one kneels on it, in body heights. */
const kneeThickness = 0.03;

const sides: readonly Side[] = ["left", "right"];
const down: Vector = [0, -1, 0];

/**
 * Bends a body into a posture and puts it on the ground: forward kinematics from the hips outwards.
 *
 * @param body Lengths of the bones.
 * @param posture The angles.
 * @param stand Place and heading.
 * @returns The skeleton; its lowest foot (or knee) is `posture.lift` body heights above the ground.
 */
export function skeletonOf(body: Body, posture: Posture, stand: Stand): Skeleton {
  const heading = about("y", stand.heading + posture.turn);
  const lean = product(about("x", posture.pitch), about("z", -posture.roll));
  const pelvisAxes = product(heading, lean);
  const bend = product(
    about("y", posture.swivel),
    product(about("x", posture.bow), about("z", -posture.sway)),
  );
  const chestAxes = product(pelvisAxes, bend);
  const face = product(about("y", posture.look), product(about("x", posture.nod), about("z", -posture.tilt)));
  const headAxes = product(chestAxes, face);

  const pelvis: Vector = [0, 0, 0];
  const waist = add(pelvis, rotate(pelvisAxes, [0, body.abdomen, 0]));
  const neck = add(waist, rotate(chestAxes, [0, body.chest, 0]));
  const headBottom = add(neck, rotate(chestAxes, [0, body.neck, 0]));
  const joints: Partial<Record<JointName, Vector>> = {
    head_bottom: headBottom,
    head_top: add(headBottom, rotate(headAxes, [0, body.head, 0])),
    nose: add(headBottom, rotate(headAxes, [0, 0.38 * body.head, 0.47 * body.head])),
  };
  const hands: Partial<Record<Side, Vector>> = {};
  const shins: Partial<Record<Side, Rotation>> = {};
  for (const side of sides) {
    const sign = side === "left" ? 1 : -1;
    const arm = limbAxes(chestAxes, { posture, limb: `${side}Arm`, sign });
    const shoulder = add(neck, rotate(chestAxes, [sign * body.shoulder, -0.012 * body.height, 0]));
    const elbow = add(shoulder, rotate(arm, scale(down, body.upperArm)));
    const forearm = rotate(product(arm, about("x", -posture[`${side}ArmBend`])), scale(down, body.forearm));
    joints[`${side}_shoulder`] = shoulder;
    joints[`${side}_elbow`] = elbow;
    joints[`${side}_wrist`] = add(elbow, forearm);
    hands[side] = add(elbow, scale(forearm, 1 + handShare));
    const leg = limbAxes(heading, { posture, limb: `${side}Leg`, sign });
    const shin = product(leg, about("x", posture[`${side}LegBend`]));
    const hip = add(pelvis, rotate(pelvisAxes, [sign * body.hip, 0, 0]));
    const knee = add(hip, rotate(leg, scale(down, body.thigh)));
    joints[`${side}_hip`] = hip;
    joints[`${side}_knee`] = knee;
    joints[`${side}_ankle`] = add(knee, rotate(shin, scale(down, body.shin)));
    shins[side] = shin;
  }
  const whole = joints as Record<JointName, Vector>;
  const lowest = Math.min(
    ...sides.map((side) => whole[`${side}_ankle`][1] - body.ankle),
    ...sides.map((side) => whole[`${side}_knee`][1] - kneeThickness * body.height),
  );
  const shift = rotate(heading, [posture.aside * body.height, 0, posture.ahead * body.height]);
  const offset: Vector = [
    stand.x + shift[0],
    posture.lift * body.height - lowest,
    shift[2] - stand.depth,
  ];
  const toes = Object.fromEntries(sides.map((side) => {
    const above = whole[`${side}_ankle`][1] - body.ankle - lowest + posture.lift * body.height;
    return [side, add(whole[`${side}_ankle`], footOf(body, { shin: shins[side]!, side, above }))];
  })) as Record<Side, Vector>;
  const moved = <K extends string>(points: Readonly<Record<K, Vector>>): Record<K, Vector> =>
    Object.fromEntries(
      Object.entries<Vector>(points).map(([name, point]) => [name, add(point, offset)]),
    ) as Record<K, Vector>;
  return {
    joints: moved(whole),
    pelvis: add(pelvis, offset),
    waist: add(waist, offset),
    neck: add(neck, offset),
    hands: moved(hands as Record<Side, Vector>),
    toes: moved(toes),
    pelvisAxes,
    chestAxes,
    headAxes,
  };
}

function limbAxes(
  parent: Rotation,
  { posture, limb, sign }: { posture: Posture; limb: `${Side}${"Arm" | "Leg"}`; sign: number },
): Rotation {
  const raised = product(parent, about("x", -posture[`${limb}Raise`]));
  return product(
    product(raised, about("z", sign * posture[`${limb}Spread`])),
    about("y", sign * posture[`${limb}Twist`]),
  );
}

/** From the ankle to the toes: square to the shin in the air, flat on the ground. */
function footOf(
  body: Body,
  { shin, side, above }: { shin: Rotation; side: Side; above: number },
): Vector {
  const free = rotate(product(shin, about("x", 25)), [side === "left" ? 0.2 : -0.2, 0, 1]);
  const flat: Vector = [free[0], 0, free[2]];
  const onGround = Math.max(0, 1 - above / (0.08 * body.height));
  if (Math.hypot(flat[0], flat[2]) < 0.2 || onGround === 0) return scale(unit(free), body.foot);
  const direction = unit(add(scale(unit(free), 1 - onGround), scale(unit(flat), onGround)));
  const tip = scale(direction, body.foot);
  return [tip[0], tip[1] - 0.55 * onGround * body.ankle, tip[2]];
}
