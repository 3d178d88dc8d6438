import { formatIndex, formatShape } from "./element_type.ts";

/** What the numbers are, for the message. */
export interface CheckFiniteOptions {
  /** Full name of the tensor. */
  name: string;
  /** Extents of the tensor. */
  shape: readonly number[];
  /** File that it comes from. */
  path: string;
}

/**
 * Refuses NaN and infinite weights; use it while loading.
 *
 * @param values Elements in row-major order.
 * @param options What the elements are.
 * @throws {RangeError} When one is not finite, with its index and how many more there are.
 */
export function checkFinite(values: Float32Array, options: CheckFiniteOptions): void {
  // A difference with itself is 0 for finite numbers and NaN for the others, so one sum tells whether all are finite.
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += values[index] - values[index];
  if (sum === 0) return;
  const first = values.findIndex((value) => !Number.isFinite(value));
  const count = values.reduce((total, value) => Number.isFinite(value) ? total : total + 1, 0);
  throw new RangeError(
    `Cannot use tensor ${options.name} of ${options.path}: ${values[first]} at ` +
      `${formatIndex(first, options.shape)} of shape ${formatShape(options.shape)}` +
      `${count > 1 ? ` (${count} such elements)` : ""}, expected finite numbers`,
  );
}
