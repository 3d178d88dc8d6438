import type { Size } from "./camera.ts";
import type { Random } from "./random.ts";
import type { Point } from "./shape.ts";

/** What makes a clip hard to see. */
export type DegradationName = "occlusion" | "motion_blur" | "defocus" | "low_light";

/** Amounts by name, above 0 to 1; what is absent is not applied. */
export type Amounts = Readonly<Partial<Record<DegradationName, number>>>;

/** All degradations. */
const degradationNames: readonly DegradationName[] = [
  "occlusion",
  "motion_blur",
  "defocus",
  "low_light",
];

/** How many clips suffer from two degradations at once. */
const doubleShare = 0.4;

/**
 * Draws what makes a clip hard to see. Which degradations they are does not depend on the strength, and their amounts
 * grow with it.
 *
 * @param random Where the numbers come from.
 * @param strength From 0 (nothing) to 1.
 * @returns The amounts.
 */
export function randomDegradations(random: Random, strength: number): Amounts {
  const chosen = random.sample(degradationNames, random.chance(doubleShare) ? 2 : 1);
  const shares = chosen.map(() => random.between(0.8, 1));
  if (strength === 0) return {};
  return Object.fromEntries(chosen.map((name, i) => [name, shares[i] * strength]));
}

/** What the amounts mean for a picture. */
export interface Exposure {
  /** Moments that one frame averages, in seconds from the frame's own; one of them without motion blur. */
  moments: readonly number[];
  /** Shift of the camera within a frame, in pixels per second. */
  sweep: Point;
  /** Deviation of the blur of a lens out of focus, in pixels. */
  blur: number;
  /** Share of the light that is left. */
  gain: number;
  /** Deviation of the noise, in levels of 255. */
  noise: number;
}

/** Longest exposure in frame intervals, and the way of the camera meanwhile as a share of the frame's height. */
const longest = { exposure: 1.5, sweep: 0.07 };

/**
 * Says what degradations mean for the pictures of a clip.
 *
 * @param amounts The degradations.
 * @param options Size of the frames, seconds between frames, and the direction of a sweeping camera in radians.
 * @returns Times, blur, light and noise.
 */
export function exposureOf(
  amounts: Amounts,
  options: { size: Size; interval: number; direction: number },
): Exposure {
  const { size, interval, direction } = options;
  const { motion_blur: motion = 0, defocus = 0, low_light: dark = 0 } = amounts;
  const count = motion === 0 ? 1 : 3 + Math.ceil(5 * motion);
  const seconds = motion * longest.exposure * interval;
  const pace = longest.sweep * size.height / (longest.exposure * interval);
  return {
    moments: Array.from({ length: count }, (_, i) => count === 1 ? 0 : seconds * (i / (count - 1) - 0.5)),
    sweep: motion === 0 ? [0, 0] : [pace * Math.cos(direction), 0.5 * pace * Math.sin(direction)],
    blur: 0.026 * size.height * defocus,
    gain: 0.06 + 0.94 * (1 - dark) ** 1.4,
    noise: dark === 0 ? 0 : 2 + 7 * dark,
  };
}
