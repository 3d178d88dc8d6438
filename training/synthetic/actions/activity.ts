import { mirrored, posed, type Posture, type PostureName, postureNames, type Side } from "../posture.ts";
import type { Random } from "../random.ts";
import { balance, jump, jumpingJack, lift, lunge, sideStretch, squat, touchToes } from "./exercise.ts";
import { bow, bowWithArm, dance, danceOneArm } from "./expression.ts";
import {
  cheer,
  clap,
  clapOverhead,
  crossedArms,
  handsOnHips,
  phone,
  pointAside,
  pointForward,
  pointUp,
  reachDown,
  reachForward,
  reachUp,
  waveBoth,
  waveHand,
} from "./gestures.ts";
import { hop, march, run, walk } from "./locomotion.ts";
import type { Movement, Prop, Stance } from "./movement.ts";
import { kick, punch, swing, throwBall } from "./sport.ts";
import { kneel, sit, stand } from "./stances.ts";

/** A movement as one person does it. */
export interface Performed {
  /** The movement. */
  movement: Movement;
  /** Its side; absent for a movement without one. */
  side?: Side;
  /** Seconds of one cycle. */
  period: number;
  /** Phase in the middle of the clip. */
  middle: number;
}

/** What a person does in a clip: a movement of the whole body, and perhaps a gesture of the arms. */
export interface Activity {
  /** Name of the action: the gesture's where there is one. */
  action: string;
  /** The movement of the whole body. */
  base: Performed;
  /** The gesture. */
  gesture?: Performed;
  /** Metres per second along the heading. */
  speed: number;
  /** What is held, sat on or set in motion, with the movement that it belongs to. */
  props: readonly { prop: Prop; performed: Performed }[];
  /** The posture, by seconds from the middle of the clip. */
  posture: (time: number) => Posture;
}

/** Movements of the whole body, with how often they are drawn. */
export const wholeMovements: readonly (readonly [number, Movement])[] = [
  [9, walk],
  [8, run],
  [3, march],
  [3, hop],
  [6, squat],
  [5, jump],
  [5, jumpingJack],
  [6, lunge],
  [4, lift],
  [4, sideStretch],
  [4, balance],
  [3, touchToes],
  [7, throwBall],
  [8, kick],
  [5, punch],
  [5, swing],
  [3, dance],
  [5, danceOneArm],
  [3, bow],
  [3, bowWithArm],
  [3, sit],
  [3, kneel],
  [2, stand],
];

/** Movements that leave the arms to a gesture. */
export const stances: readonly (readonly [number, Stance])[] = [[10, stand], [7, sit], [3, kneel], [3, walk]];

/** Gestures, with how often they are drawn. */
export const gestures: readonly (readonly [number, Movement])[] = [
  [9, waveHand],
  [3, waveBoth],
  [4, pointForward],
  [5, pointAside],
  [4, pointUp],
  [5, reachUp],
  [3, reachForward],
  [3, clap],
  [3, clapOverhead],
  [3, handsOnHips],
  [3, crossedArms],
  [4, phone],
  [3, cheer],
];

/** How many activities are a stance with a gesture. */
const gestureShare = 0.42;

/** Deviation of a person's own way from the book, in degrees, by the beginning of the angle's name. */
const ownWay: readonly (readonly [string, number])[] = [
  ["leftArm", 5],
  ["rightArm", 5],
  ["leftLeg", 2.5],
  ["rightLeg", 2.5],
  ["look", 8],
  ["nod", 5],
  ["tilt", 3],
  ["bow", 3],
  ["pitch", 2],
  ["sway", 2],
];

/**
 * Draws what a person does.
 *
 * @param random Where the numbers come from.
 * @returns The activity.
 */
export function randomActivity(random: Random): Activity {
  if (!random.chance(gestureShare)) return activityOf(random, random.weighted(wholeMovements));
  const stance = random.weighted(stances);
  const gesture = stance === stand && random.chance(0.09) ? reachDown : random.weighted(gestures);
  return activityOf(random, stance, gesture);
}

/**
 * Makes an activity of movements.
 *
 * @param random Draws sides, phases, periods and the person's own way.
 * @param base The movement of the whole body.
 * @param gesture The gesture of the arms.
 * @returns The activity.
 */
export function activityOf(random: Random, base: Movement, gesture?: Movement): Activity {
  const amount = random.between(0.88, 1.08);
  const perform = (movement: Movement): Performed => ({
    movement,
    ...(movement.sided ? { side: random.pick(["left", "right"] as const) } : {}),
    period: random.between(...movement.period),
    middle: random.between(...movement.middle),
  });
  const whole = perform(base);
  const over = gesture === undefined ? undefined : perform(gesture);
  const offsets = postureNames.map((name): readonly [PostureName, number] => {
    const deviation = ownWay.find(([beginning]) => name.startsWith(beginning))?.[1] ?? 0;
    const isKnee = name.endsWith("LegBend"); // a knee never bends forwards
    return [name, deviation * (isKnee ? random.next() : random.between(-1, 1))];
  });
  const changeOf = ({ movement, side, period, middle }: Performed, time: number) => {
    const change = movement.posture(middle + time / period, amount);
    return side === "left" ? mirrored(change) : change;
  };
  return {
    action: (over ?? whole).movement.name,
    base: whole,
    ...(over === undefined ? {} : { gesture: over }),
    speed: base.speed === undefined ? 0 : random.between(...base.speed),
    props: [whole, ...(over === undefined ? [] : [over])].flatMap((performed) => {
      const { prop } = performed.movement;
      return prop === undefined ? [] : [{ prop, performed }];
    }),
    posture: (time) => {
      const posture = posed({
        ...changeOf(whole, time),
        ...(over === undefined ? {} : changeOf(over, time)),
      });
      return Object.fromEntries(
        offsets.map(([name, offset]) => [name, posture[name] + offset]),
      ) as unknown as Posture;
    },
  };
}
