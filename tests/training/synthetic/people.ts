/** People to test with, and what their skeletons show in their own directions. */
import {
  type Activity,
  gestures,
  stances,
  wholeMovements,
} from "../../../training/synthetic/actions/activity.ts";
import { reachDown } from "../../../training/synthetic/actions/gestures.ts";
import type { Movement } from "../../../training/synthetic/actions/movement.ts";
import { type Body, randomBody } from "../../../training/synthetic/body.ts";
import { Random } from "../../../training/synthetic/random.ts";
import type { Sight } from "./claims.ts";
import { type Skeleton, skeletonOf } from "../../../training/synthetic/skeleton.ts";

/** Every pair of a base and a gesture, and every movement of the whole body. */
export const combinations: readonly (readonly [Movement, Movement?])[] = [
  ...wholeMovements.map(([, movement]) => [movement] as const),
  ...stances.flatMap(([, stance]) => gestures.map(([, gesture]) => [stance, gesture] as const)),
  [stances[0][1], reachDown],
];

/** A grown-up of average build. */
export const body: Body = randomBody(new Random("test body"), "woman");

/** The person as texts are judged by: in the middle of the clip and a twentieth of a second later. */
export function sightOf(activity: Activity, of: Body = body): Sight {
  return { skeleton: facing(activity, 0, of), later: facing(activity, 0.05, of), body: of };
}

/** The person in front of the camera, facing it: x grows to the person's left, y upwards, z forwards. */
export function facing(activity: Activity, time = 0, of: Body = body): Skeleton {
  return skeletonOf(of, activity.posture(time), { x: 0, depth: 0, heading: 0 });
}
