import assert from "node:assert/strict";

/**
 * Asserts that numbers are equal bit for bit; says the first place only, since the whole difference of a model's
 * weights would fill the memory.
 */
export function assertSameBits(actual: Float32Array, expected: Float32Array, what: string): void {
  assert.equal(actual.length, expected.length, what);
  const bits = (values: Float32Array) => new Uint32Array(values.buffer, values.byteOffset, values.length);
  const wanted = bits(expected);
  const at = bits(actual).findIndex((value, i) => value !== wanted[i]);
  assert.equal(at, -1, `${what} at ${at}: ${actual[at]}, expected ${expected[at]}`);
}

/** {@linkcode assertSameBits} of every array of a training's state. */
export function assertSameState<K extends string>(
  actual: Record<K, Float32Array>,
  expected: Record<K, Float32Array>,
): void {
  const names = Object.keys(expected) as K[];
  assert.deepEqual(Object.keys(actual), names);
  for (const name of names) assertSameBits(actual[name], expected[name], name);
}
