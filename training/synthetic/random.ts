/**
 * Random numbers that are the same in every run and on every machine.
 *
 * A stream is named, not numbered by how often something was drawn: what one part of a scene draws never changes what
 * another part gets, so that the same clip can be made with and without degradations.
 */
export class Random {
  readonly #name: string;
  readonly #state: Uint32Array = new Uint32Array(4);

  /**
   * Starts a stream.
   *
   * @param name Name of the stream; equal names give equal numbers.
   */
  constructor(name: string) {
    this.#name = name;
    let hash = 2166136261; // FNV-1a, 32 bits
    for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 16777619);
    for (let i = 0; i < 4; i++) { // SplitMix32 spreads the hash over the state
      hash = (hash + 0x9e3779b9) | 0;
      let mixed = Math.imul(hash ^ (hash >>> 16), 0x21f0aaad);
      mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
      this.#state[i] = mixed ^ (mixed >>> 15);
    }
  }

  /**
   * Starts a stream that does not depend on what was drawn from this one.
   *
   * @param name Name of the part that draws from it.
   * @returns The stream.
   */
  stream(name: string): Random {
    return new Random(`${this.#name}/${name}`);
  }

  /** The next 32 bits, as a whole number from 0 (xoshiro128**). */
  bits(): number {
    const s = this.#state;
    const scaled = Math.imul(s[1], 5);
    const result = Math.imul((scaled << 7) | (scaled >>> 25), 9);
    const shifted = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = (s[3] << 11) | (s[3] >>> 21);
    return result >>> 0;
  }

  /** The next number from 0 to below 1. */
  next(): number {
    return this.bits() / 2 ** 32;
  }

  /** The next number from `low` to below `high`. */
  between(low: number, high: number): number {
    return low + (high - low) * this.next();
  }

  /** The next whole number from `low` to `high`, both included. */
  integer(low: number, high: number): number {
    return low + Math.floor((high - low + 1) * this.next());
  }

  /** Whether something of this probability happens. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** One element of a list that is not empty. */
  pick<T>(list: readonly T[]): T {
    return list[Math.floor(list.length * this.next())];
  }

  /** Several different elements of a list, in random order. */
  sample<T>(list: readonly T[], count: number): T[] {
    const left = [...list];
    const taken: T[] = [];
    while (taken.length < count && left.length > 0) {
      taken.push(...left.splice(Math.floor(left.length * this.next()), 1));
    }
    return taken;
  }

  /** An element of a list of [weight, element]. */
  weighted<T>(list: readonly (readonly [number, T])[]): T {
    let at = this.next() * list.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, element] of list) {
      at -= weight;
      if (at < 0) return element;
    }
    return list[list.length - 1][1];
  }
}
