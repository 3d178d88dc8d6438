import type { Random } from "./random.ts";

/** Who a person is, by appearance. */
export type PersonKind = "man" | "woman" | "boy" | "girl";

/** Sizes of a body in metres; none of them changes while it moves. */
export interface Body {
  /** Who the person is. */
  kind: PersonKind;
  /** From the sole to the crown when standing straight. */
  height: number;
  /** How broad the body is, 1 on average. */
  build: number;
  /** Middle of the hips to the waist. */
  abdomen: number;
  /** Waist to the middle of the shoulders. */
  chest: number;
  /** Middle of the shoulders to the upper end of the neck (`head_bottom`). */
  neck: number;
  /** Upper end of the neck to the crown (`head_top`). */
  head: number;
  /** Middle of the body to a shoulder joint. */
  shoulder: number;
  /** Middle of the body to a hip joint. */
  hip: number;
  /** Shoulder to elbow. */
  upperArm: number;
  /** Elbow to wrist. */
  forearm: number;
  /** Hip to knee. */
  thigh: number;
  /** Knee to ankle. */
  shin: number;
  /** Ankle above the sole. */
  ankle: number;
  /** Ankle to the tip of the toes. */
  foot: number;
}

/** Heights in metres, and the head's share of the height. */
const sizes: Readonly<Record<PersonKind, { height: readonly [number, number]; head: number }>> = {
  man: { height: [1.68, 1.95], head: 0.135 },
  woman: { height: [1.56, 1.8], head: 0.137 },
  boy: { height: [1.15, 1.5], head: 0.165 },
  girl: { height: [1.12, 1.48], head: 0.168 },
};

/**
 * Draws a body's sizes.
 *
 * @param random Where the numbers come from.
 * @param kind Who the person is.
 * @returns The body.
 */
export function randomBody(random: Random, kind: PersonKind): Body {
  const height = random.between(...sizes[kind].height);
  const head = height * sizes[kind].head * random.between(0.95, 1.06);
  const ankle = 0.045 * height;
  const neck = 0.045 * height * random.between(0.9, 1.1);
  const rest = height - head - ankle - neck;
  const legs = rest * random.between(0.618, 0.65);
  const trunk = rest - legs;
  const thigh = legs * random.between(0.49, 0.515);
  const isMan = kind === "man";
  const build = random.between(0.82, 1.22);
  const breadth = height * (0.6 + 0.4 * build);
  return {
    kind,
    height,
    build,
    abdomen: 0.38 * trunk,
    chest: 0.62 * trunk,
    neck,
    head,
    shoulder: breadth * random.between(0.096, 0.106) * (isMan ? 1.08 : 1),
    hip: breadth * random.between(0.05, 0.058),
    upperArm: height * random.between(0.158, 0.176),
    forearm: height * random.between(0.138, 0.152),
    thigh,
    shin: legs - thigh,
    ankle,
    foot: 0.115 * height,
  };
}
