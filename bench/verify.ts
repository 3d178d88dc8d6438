/**
 * A result counts only if it is right: comparison with float64 arithmetic before any figure is taken.
 *
 * Knows what is computed, not how or by whom.
 */

import type { StepResult } from "./training_request.ts";
import type { AttentionInputs, AttentionShape, MatmulInputs, MatmulShape } from "./workload.ts";

/** Bound of the design for every kernel: error ≤ 1e-5 × (1 + largest magnitude). */
const RELATIVE_BOUND = 1e-5;

/** Bound of the design for a whole pass of another engine. */
const FORWARD_BOUND = 1e-4;

/** Bound of the first steps of a training on another engine, relative; single precision leaves about 1e-6. */
const TRAINING_BOUND = 1e-4;

/** Entries that are compared when a result is too large to be recomputed whole. */
const SAMPLES = 4096;

/**
 * Compares a matrix product with float64 sums: all entries of a small one, evenly spread samples of a large one.
 *
 * @param result C, row-major, [M,N].
 * @param shape Extents of the product.
 * @param inputs A and B.
 * @returns The largest error found.
 * @throws {RangeError} If the length is wrong or an entry misses the bound; NaN misses it.
 */
export function verifyMatmul(result: Float32Array, shape: MatmulShape, inputs: MatmulInputs): number {
  const { M, N, K } = shape;
  const entry = (index: number) => {
    const m = Math.floor(index / N), n = index % N;
    let sum = 0;
    for (let k = 0; k < K; k++) sum += inputs.a[m * K + k]! * inputs.b[k * N + n]!;
    return sum;
  };
  return verifyEntries(result, { what: `matrix product [${M}, ${K}]·[${K}, ${N}]`, length: M * N, entry });
}

/**
 * Compares attention with float64 arithmetic: all entries of a small result, evenly spread samples of a large one.
 *
 * @param result softmax(q·kᵀ / √channels)·v, row-major, [heads, tokens, channels].
 * @param shape Extents of the attention.
 * @param inputs Queries, keys and values.
 * @returns The largest error found.
 * @throws {RangeError} If the length is wrong or an entry misses the bound; NaN misses it.
 */
export function verifyAttention(
  result: Float32Array,
  shape: AttentionShape,
  inputs: AttentionInputs,
): number {
  const { heads, tokens, channels } = shape;
  const entry = (index: number) => {
    const channel = index % channels, query = Math.floor(index / channels);
    const firstKey = Math.floor(query / tokens) * tokens;
    const scores = Array.from({ length: tokens }, (_, key) => {
      let sum = 0;
      for (let c = 0; c < channels; c++) {
        sum += inputs.q[query * channels + c]! * inputs.k[(firstKey + key) * channels + c]!;
      }
      return sum / Math.sqrt(channels);
    });
    const largest = Math.max(...scores);
    let total = 0, weighted = 0;
    for (const [key, score] of scores.entries()) {
      const weight = Math.exp(score - largest);
      total += weight;
      weighted += weight * inputs.v[(firstKey + key) * channels + channel]!;
    }
    return weighted / total;
  };
  const what = `attention [${heads}, ${tokens}, ${channels}]`;
  return verifyEntries(result, { what, length: heads * tokens * channels, entry });
}

/**
 * Compares the heatmaps of two engines, all of them.
 *
 * @param result Heatmaps of the other engine, row-major, [B, K, H/4, W/4].
 * @param expected Ours.
 * @returns The largest error found.
 * @throws {RangeError} If the length is wrong or an entry misses the bound; NaN misses it.
 */
export function verifyForward(result: Float32Array, expected: Float32Array): number {
  return compareEntries(result, {
    what: "forward pass",
    indices: Array.from(expected, (_, i) => i),
    expected: Array.from(expected),
    length: expected.length,
    relativeBound: FORWARD_BOUND,
  });
}

/**
 * Compares the first steps of two trainings: losses and norms of gradients. A later step sees what the earlier ones moved,
 * so wrong gradients do not pass.
 *
 * @param result Steps of the other engine.
 * @param expected Ours.
 * @returns The largest relative error found.
 * @throws {RangeError} If the number of steps is wrong or a value misses the bound; NaN misses it.
 */
export function verifyTraining(result: readonly StepResult[], expected: readonly StepResult[]): number {
  if (result.length !== expected.length) {
    throw new RangeError(`Cannot count the training: ${result.length} steps, expected ${expected.length}`);
  }
  let worst = 0;
  for (const [i, step] of expected.entries()) {
    for (const name of ["loss", "norm"] as const) {
      const error = Math.abs(result[i][name] - step[name]) / Math.abs(step[name]);
      if (!(error <= TRAINING_BOUND)) {
        throw new RangeError(
          `Cannot count the training: ${name} of step ${i + 1} is ${result[i][name]}, expected ${
            step[name]
          } ` +
            `within ${TRAINING_BOUND} of it`,
        );
      }
      worst = Math.max(worst, error);
    }
  }
  return worst;
}

interface Expectation {
  what: string;
  length: number;
  entry: (index: number) => number;
}

function verifyEntries(result: Float32Array, { what, length, entry }: Expectation): number {
  // A step that is coprime to the row length walks through all columns instead of a few.
  const step = length <= SAMPLES ? 1 : Math.floor(length / SAMPLES) | 1;
  const indices = Array.from({ length: Math.ceil(length / step) }, (_, i) => i * step);
  const expected = indices.map(entry);
  return compareEntries(result, { what, indices, expected, length, relativeBound: RELATIVE_BOUND });
}

interface ExpectedEntries {
  what: string;
  indices: number[];
  expected: number[];
  length: number;
  relativeBound: number;
}

function compareEntries(
  result: Float32Array,
  { what, indices, expected, length, relativeBound }: ExpectedEntries,
): number {
  if (result.length !== length) {
    throw new RangeError(`Cannot count the ${what}: ${result.length} values, expected ${length}`);
  }
  const bound = relativeBound * (1 + expected.reduce((top, value) => Math.max(top, Math.abs(value)), 0));
  let worst = 0;
  for (const [position, index] of indices.entries()) {
    const error = Math.abs(result[index] - expected[position]);
    if (!(error <= bound)) {
      throw new RangeError(
        `Cannot count the ${what}: entry ${index} is ${result[index]}, expected ${
          expected[position]
        } within ${bound}`,
      );
    }
    worst = Math.max(worst, error);
  }
  return worst;
}
