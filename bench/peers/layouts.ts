/**
 * Moves between the layouts in which libraries take attention.
 *
 * Pure index arithmetic on the processor, outside every measurement.
 */

import type { AttentionShape } from "../workload.ts";

/**
 * Moves heads behind tokens.
 *
 * @param values Row-major, [heads, tokens, channels].
 * @param shape Extents.
 * @returns The same values as [tokens, heads, channels].
 */
export function tokensFirst(values: Float32Array, shape: AttentionShape): Float32Array<ArrayBuffer> {
  return swapOuterAxes(values, { ...shape, outer: shape.heads, inner: shape.tokens });
}

/**
 * Moves heads in front of tokens.
 *
 * @param values Row-major, [tokens, heads, channels].
 * @param shape Extents.
 * @returns The same values as [heads, tokens, channels].
 */
export function headsFirst(values: Float32Array, shape: AttentionShape): Float32Array<ArrayBuffer> {
  return swapOuterAxes(values, { ...shape, outer: shape.tokens, inner: shape.heads });
}

/**
 * Swaps tokens and channels within every head.
 *
 * @param values Row-major, [heads, tokens, channels].
 * @param shape Extents.
 * @returns The same values as [heads, channels, tokens].
 */
export function channelsBeforeTokens(values: Float32Array, shape: AttentionShape): Float32Array<ArrayBuffer> {
  const { heads, tokens, channels } = shape;
  const moved = new Float32Array(values.length);
  for (let h = 0; h < heads; h++) {
    for (let t = 0; t < tokens; t++) {
      for (let c = 0; c < channels; c++) {
        moved[(h * channels + c) * tokens + t] = values[(h * tokens + t) * channels + c]!;
      }
    }
  }
  return moved;
}

/**
 * Divides queries by √channels, for models that leave the scale to their caller.
 *
 * @param queries Row-major, [heads, tokens, channels].
 * @param shape Extents.
 * @returns The scaled queries.
 */
export function scaleQueries(queries: Float32Array, shape: AttentionShape): Float32Array<ArrayBuffer> {
  return Float32Array.from(queries, (value) => value / Math.sqrt(shape.channels));
}

function swapOuterAxes(
  values: Float32Array,
  { outer, inner, channels }: { outer: number; inner: number; channels: number },
): Float32Array<ArrayBuffer> {
  const moved = new Float32Array(values.length);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const row = values.subarray((o * inner + i) * channels, (o * inner + i + 1) * channels);
      moved.set(row, (i * outer + o) * channels);
    }
  }
  return moved;
}
