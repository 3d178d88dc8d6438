/** A stretch of a clip. */
export interface SampleWindow {
  /** Number of its first frame, from 0. */
  first: number;
  /** Number of its last frame. */
  last: number;
}

/**
 * Picks frames evenly over a clip or a part of it, the first and the last among them.
 *
 * @param length Number of frames of the clip.
 * @param count How many to pick; a shorter clip gives all of its frames, once each. One frame is taken from the middle.
 * @param window Part of the clip; it is cut off where the clip ends.
 * @returns Frame numbers, ascending.
 * @throws {RangeError} If a number is no use, or the window begins beyond the clip.
 */
export function sampleIndices(length: number, count: number, window?: SampleWindow): number[] {
  for (const [what, value] of [["a clip of", length], ["a sample of", count]] as const) {
    if (!Number.isInteger(value) || value < 1) {
      throw new RangeError(`Cannot sample frames: found ${what} ${value} frames, expected at least 1`);
    }
  }
  const { first, last } = window ?? { first: 0, last: length - 1 };
  if (!Number.isInteger(first) || !Number.isInteger(last) || first < 0 || last < first) {
    throw new RangeError(
      `Cannot sample frames ${first} to ${last}, expected whole numbers from 0 with the first not above the last`,
    );
  }
  if (first >= length) {
    throw new RangeError(`Cannot sample frames ${first} to ${last}: the clip has ${length} frames, from 0`);
  }
  const span = Math.min(last, length - 1) - first;
  if (count === 1) return [first + Math.floor(span / 2)];
  const taken = Math.min(count, span + 1);
  return Array.from({ length: taken }, (_, i) => first + Math.round(i * span / Math.max(1, taken - 1)));
}
