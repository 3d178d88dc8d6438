/** Seeded random numbers of training: what was drawn for a sample does not depend on what was drawn before. */

/**
 * A generator of uniform numbers in [0, 1) (mulberry32), seeded by any numbers together.
 *
 * @param seeds What tells this sequence from others: seed, epoch, sample.
 * @returns Draws the next number.
 */
export function randomSequence(...seeds: number[]): () => number {
  let state = 0x9e3779b9;
  for (const seed of seeds) state = mix(Math.imul(state ^ seed, 0x85ebca6b) + 0x6d2b79f5);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    return mix(state) / 4294967296;
  };
}

/**
 * The numbers from 0 to before `count` in random order.
 *
 * @param count How many.
 * @param random Draws uniform numbers in [0, 1).
 * @returns A permutation.
 */
export function shuffled(count: number, random: () => number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

function mix(value: number): number {
  let t = value | 0;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return (t ^ (t >>> 14)) >>> 0;
}
