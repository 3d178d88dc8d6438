/**
 * Seeded numbers for measurements and for the checks before them.
 *
 * Holds no shape and no expected result.
 */

/**
 * Makes pseudorandom values in [-0.5, 0.5): the same for the same seed on every machine.
 *
 * @param count Number of values.
 * @param seed Integer that selects the sequence.
 * @returns `count` values.
 */
export function randomValues(count: number, seed: number): Float32Array<ArrayBuffer> {
  let state = seed >>> 0;
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    // A 32-bit Weyl sequence through a finaliser of two multiplications; enough for inputs, not for statistics.
    state = (state + 0x9e3779b9) >>> 0;
    let bits = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97);
    values[i] = ((bits ^ (bits >>> 15)) >>> 0) / 4294967296 - 0.5;
  }
  return values;
}
