/**
 * The memory plan: places ranges with known lifetimes in one arena so that no two live ranges overlap.
 *
 * Pure arithmetic; knows neither tensors nor devices.
 */

/** A range to place. */
export interface Lifetime {
  /** Size in bytes. */
  readonly bytes: number;
  /** Index of the step that first touches it; -1 when it is written before the first step. */
  readonly first: number;
  /** Index of the last step that touches it; Infinity when it is read after the last step. */
  readonly last: number;
}

/** Where everything went. */
export interface ArenaPlan {
  /** Start of each range, in the order given, in bytes; multiples of `alignment`. */
  readonly offsets: readonly number[];
  /** Size of the arena. */
  readonly bytes: number;
  /** Largest sum of ranges that live at one step, aligned: no plan can be smaller. */
  readonly liveBytes: number;
}

/** WebGPU's alignment of storage buffer offsets, in bytes. */
export const arenaAlignment = 256;

/**
 * Places `lifetimes` greedily, the largest first, each in the lowest gap between the ranges that live at the
 * same time.
 *
 * @param lifetimes What to place.
 * @returns Offsets and sizes.
 */
export function planArena(lifetimes: readonly Lifetime[]): ArenaPlan {
  const sizes = lifetimes.map(({ bytes }) => Math.ceil(Math.max(bytes, 1) / arenaAlignment) * arenaAlignment);
  const order = lifetimes.map((_, i) => i).sort((a, b) =>
    sizes[b] - sizes[a] || lifetimes[a].first - lifetimes[b].first || a - b
  );
  const offsets = new Array<number>(lifetimes.length).fill(0);
  const placed: number[] = []; // sorted by offset
  let bytes = 0;
  for (const index of order) {
    const { first, last } = lifetimes[index];
    let offset = 0;
    let position = 0;
    for (const [at, other] of placed.entries()) {
      if (lifetimes[other].first > last || lifetimes[other].last < first) continue;
      if (offset + sizes[index] <= offsets[other]) break;
      offset = Math.max(offset, offsets[other] + sizes[other]);
      position = at + 1;
    }
    offsets[index] = offset;
    while (position < placed.length && offsets[placed[position]] < offset) position++;
    placed.splice(position, 0, index);
    bytes = Math.max(bytes, offset + sizes[index]);
  }
  return { offsets, bytes, liveBytes: largestLiveSum(lifetimes, sizes) };
}

function largestLiveSum(lifetimes: readonly Lifetime[], sizes: readonly number[]): number {
  let largest = 0;
  for (const { first } of lifetimes) {
    let sum = 0;
    for (const [i, other] of lifetimes.entries()) {
      if (other.first <= first && other.last >= first) sum += sizes[i];
    }
    largest = Math.max(largest, sum);
  }
  return largest;
}
