/** Comparison of numbers: passes only on `error <= bound`, so NaN fails, and says where it failed. */
import assert from "node:assert/strict";

/** Bound of kernels in single precision: `1e-5 × (1 + largest magnitude)`. */
export function kernelBound(expected: ArrayLike<number>): number {
  return 1e-5 * (1 + largestMagnitude(expected));
}

/** Bound of kernels in half precision, of inputs and weights that were not rounded: `2e-3 × (1 + largest magnitude)`. */
export function halfBound(expected: ArrayLike<number>): number {
  return 2e-3 * (1 + largestMagnitude(expected));
}

function largestMagnitude(values: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i]));
  return largest;
}

/**
 * Asserts that every element is within `bound` of what is expected.
 *
 * @param actual What was computed.
 * @param expected What the reference says.
 * @param bound Largest absolute error; {@linkcode kernelBound} when absent.
 */
export function assertClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  bound: number = kernelBound(expected),
): void {
  assert.equal(actual.length, expected.length, "number of elements");
  let first = -1;
  let last = -1;
  let bad = 0;
  let worst = 0;
  let worstAt = 0;
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(actual[i] - expected[i]);
    if (!(error <= worst)) {
      worst = error;
      worstAt = i;
    }
    if (error <= bound) continue;
    if (first < 0) first = i;
    last = i;
    bad++;
  }
  if (bad > 0) {
    const around = (values: ArrayLike<number>) => Array.from(values).slice(first, first + 8).join(" ");
    assert.fail(
      `${bad} of ${expected.length} elements off by more than ${bound}: first ${first}, last ${last}, ` +
        `worst ${worst} at ${worstAt} (${actual[worstAt]}, expected ${expected[worstAt]})\n` +
        `  actual   from ${first}: ${around(actual)}\n  expected from ${first}: ${around(expected)}`,
    );
  }
}
