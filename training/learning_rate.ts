/** The learning rate of each step: warm-up, then the paper's steps by epoch. */

/** A schedule of learning rates. */
export interface RateSchedule {
  /** Rate of the first epochs. */
  readonly base: number;
  /** Epochs (from 0, parts of one allowed) and what the base rate is multiplied by from there on, in order. */
  readonly steps: readonly (readonly [epoch: number, factor: number])[];
  /** Steps over which the rate rises linearly from nothing. */
  readonly warmUp: number;
}

/** The paper's: 2e-4, and 2e-5, 2e-6, 2e-7 from epochs 6, 12 and 16 (§ Implementation Details). */
export const paperRates: RateSchedule = {
  base: 2e-4,
  steps: [[6, 0.1], [12, 0.01], [16, 0.001]],
  warmUp: 0,
};

/**
 * The rate of one step.
 *
 * @param schedule The schedule.
 * @param at Epoch, as far as it has come, and step of the whole training, both from 0.
 * @returns The learning rate.
 */
export function learningRate(
  schedule: RateSchedule,
  { epoch, step }: { epoch: number; step: number },
): number {
  const factor = schedule.steps.reduce((factor, [from, other]) => epoch >= from ? other : factor, 1);
  const warm = step < schedule.warmUp ? (step + 1) / schedule.warmUp : 1;
  return schedule.base * factor * warm;
}
