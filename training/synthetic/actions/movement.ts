import type { PostureChange } from "../posture.ts";

/** A thing that belongs to a movement. */
export type PropKind = "ball" | "football" | "stool" | "phone" | "bar" | "racket";

/** A thing that is held, sat on or set in motion. */
export interface Prop {
  /** What it is. */
  kind: PropKind;
  /** Phase at which a ball flies off. */
  release?: number;
}

/**
 * A named movement, written for the right side; the left one is its mirror image.
 *
 * Texts have blanks: `{side}` and `{other}` are the moving side and the other one, `{his}`, `{he}` and `{him}` follow
 * the person.
 */
export interface Movement {
  /** Name of the action, as the list of a data set gives it. */
  name: string;
  /** Whether left and right differ; the texts of a sided movement name the side. */
  sided: boolean;
  /** Seconds of one cycle, from and to. */
  period: readonly [number, number];
  /** Phases that the middle of a clip may show; a cycle of a movement that repeats starts anew at 1. */
  middle: readonly [number, number];
  /**
   * What the body does at a phase.
   *
   * @param phase Cycles since the movement began.
   * @param amount How far the limbs go, 1 on average.
   * @returns What differs from standing with hanging arms.
   */
  posture: (phase: number, amount: number) => PostureChange;
  /** Metres per second along the heading, from and to; 0 when absent. */
  speed?: readonly [number, number];
  /** What is held, sat on or thrown. */
  prop?: Prop;
  /** Verb phrases of the action, for "A man …". */
  does: readonly string[];
  /** Clauses about the limbs, for "…: the left arm is raised". */
  limbs: readonly string[];
}

/** A movement of the whole body that leaves the arms free for a gesture. */
export interface Stance extends Movement {
  /** Whether the gesture alone says enough ("waves" instead of "stands and waves"). */
  mayBeSilent: boolean;
}

/**
 * A wave through one cycle.
 *
 * @param phase Cycles.
 * @returns The sine of the whole turn.
 */
export function wave(phase: number): number {
  return Math.sin(2 * Math.PI * phase);
}

/**
 * A soft way there and back in one cycle.
 *
 * @param phase Cycles.
 * @returns 0 at whole cycles, 1 half way between them.
 */
export function swell(phase: number): number {
  return (1 - Math.cos(2 * Math.PI * phase)) / 2;
}
