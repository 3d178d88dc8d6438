import type { BoxSource, FramePlace, PersonBox } from "./boxes.ts";
import { intersectionOverUnion } from "./track.ts";

/** Options of {@linkcode steadyBoxes}. */
export interface SteadyBoxesOptions {
  /**
   * Least overlap (intersection over union) at which a person keeps the box of the frame before.
   *
   * @default {0.85}
   */
  overlap?: number;
}

/**
 * Holds boxes still while people hardly move, so that neighbouring keyframes share their crops and a crop is encoded
 * once instead of once per window. A person keeps the held box until the detected one overlaps it too little; then
 * the detected box is taken as it is.
 *
 * @param source The boxes as they were found.
 * @param options Least overlap.
 * @returns Boxes to pose with. Frames must be asked for in order of time.
 * @throws {RangeError} When the overlap is no number above 0, up to 1.
 */
export function steadyBoxes(source: BoxSource, options: SteadyBoxesOptions = {}): BoxSource {
  const { overlap = 0.85 } = options;
  if (!(overlap > 0 && overlap <= 1)) {
    throw new RangeError(`Cannot hold boxes at an overlap of ${overlap}, expected a number above 0, up to 1`);
  }
  let held: PersonBox[] = [];
  return {
    of(frame: FramePlace): PersonBox[] {
      const free = new Set(held);
      held = source.of(frame).map((person) => {
        let best: PersonBox | undefined;
        for (const other of free) {
          if (person.trackId !== other.trackId) continue;
          const found = intersectionOverUnion(person.box, other.box);
          if (found >= (best ? intersectionOverUnion(person.box, best.box) : overlap)) best = other;
        }
        if (!best) return person;
        free.delete(best);
        return { ...person, box: best.box };
      });
      return held;
    },
  };
}
