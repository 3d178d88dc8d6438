/**
 * What the figures of the benches are made of: medians and ratios.
 *
 * Plain arithmetic on numbers; knows of no device and no peer.
 */

/**
 * Returns the middle value, or the mean of the two middle values of an even count.
 *
 * @param values Finite numbers in any order, at least one; left as they are.
 * @returns The median, in the unit of the values.
 * @throws {RangeError} If there is no value, or one is not finite.
 */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("Cannot take the median: 0 values, expected at least 1");
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new RangeError(`Cannot take the median: value ${bad} is ${values[bad]}, expected a finite number`);
  }
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * Returns the rate of work in 10⁹ operations per second: GFLOP/s for floating point operations, GB/s for bytes.
 *
 * @param operations Operations (or bytes) of one repetition.
 * @param milliseconds Time of one repetition, in milliseconds.
 * @returns Operations per nanosecond.
 * @throws {RangeError} If either is not a positive finite number.
 */
export function rate(operations: number, milliseconds: number): number {
  expectPositive("rate", operations, "operations");
  expectPositive("rate", milliseconds, "milliseconds");
  return operations / milliseconds / 1e6;
}

/**
 * Returns how many times faster the first is than the second.
 *
 * @param ours Time of the contestant, in milliseconds.
 * @param theirs Time of what it is compared with, in milliseconds.
 * @returns `theirs / ours`; above 1 where the contestant is faster.
 * @throws {RangeError} If either is not a positive finite number.
 */
export function speedup(ours: number, theirs: number): number {
  expectPositive("speedup", ours, "ours");
  expectPositive("speedup", theirs, "theirs");
  return theirs / ours;
}

/** Repetitions of `medianOf`. */
export interface RepetitionOptions {
  /**
   * Measured repetitions.
   *
   * @default {5}
   */
  rounds?: number;
  /**
   * Repetitions that are run first and thrown away: they compile shaders and fill caches.
   *
   * @default {1}
   */
  warmups?: number;
}

/**
 * Measures several contestants in turns (one round of each, then the next round), so that a slow second of the machine hits all of them,
 * and takes the median of each.
 *
 * @param contestants What to measure, by name: each call runs once and resolves to its time in milliseconds.
 * @param options Number of rounds.
 * @returns The median of each contestant in milliseconds, by name.
 * @throws {RangeError} If there are no rounds, or a contestant reports a time that is not finite.
 */
export async function medianOf<Name extends string>(
  contestants: Readonly<Record<Name, () => Promise<number>>>,
  options: RepetitionOptions = {},
): Promise<Record<Name, number>> {
  const { rounds = 5, warmups = 1 } = options;
  const names = Object.keys(contestants) as Name[];
  const times = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = -warmups; round < rounds; round++) {
    for (const name of names) {
      const time = await contestants[name]();
      if (round >= 0) times.get(name)!.push(time);
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(times.get(name)!)])) as Record<Name, number>;
}

function expectPositive(what: string, value: number, name: string): void {
  if (!(value > 0 && Number.isFinite(value))) {
    throw new RangeError(
      `Cannot compute the ${what}: ${name} is ${value}, expected a positive finite number`,
    );
  }
}
