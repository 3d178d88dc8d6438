import type { SymbolicExtent } from "./canonical_tensors.ts";

/** Finds what the letters of symbolic shapes stand for; the first use of a letter decides. */
export class Extents {
  readonly #values = new Map<string, number>();

  /**
   * What a letter stands for.
   *
   * @param letter The letter.
   * @returns Its extent.
   * @throws {Error} When no shape has told.
   */
  get(letter: string): number {
    const value = this.#values.get(letter);
    if (value === undefined) {
      throw new Error(`Cannot tell the extent ${letter}: no tensor that has it was found`);
    }
    return value;
  }

  /**
   * What a letter stands for, if it is known.
   *
   * @param letter The letter.
   * @returns Its extent, or undefined when no shape has told.
   */
  find(letter: string): number | undefined {
    return this.#values.get(letter);
  }

  /**
   * Compares a shape with a symbolic one and learns letters that are new.
   *
   * @param shape Shape found.
   * @param symbolic Shape wanted.
   * @returns Nothing when they agree, otherwise the wanted shape in words, for example `"[3D = 192, D = 64]"`.
   */
  match(shape: readonly number[], symbolic: readonly SymbolicExtent[]): string | undefined {
    const fits = shape.length === symbolic.length &&
      shape.every((extent, axis) => this.#matchExtent(extent, symbolic[axis]));
    return fits ? undefined : `[${symbolic.map((extent) => this.#describe(extent)).join(", ")}]`;
  }

  #matchExtent(extent: number, symbolic: SymbolicExtent): boolean {
    if (typeof symbolic === "number") return extent === symbolic;
    const { factor, letter } = parse(symbolic);
    const known = this.#values.get(letter);
    if (known !== undefined) return extent === factor * known;
    if (extent === 0 || extent % factor !== 0) return false;
    this.#values.set(letter, extent / factor);
    return true;
  }

  #describe(symbolic: SymbolicExtent): string {
    if (typeof symbolic === "number") return String(symbolic);
    const { factor, letter } = parse(symbolic);
    const known = this.#values.get(letter);
    return known === undefined ? symbolic : `${symbolic} = ${factor * known}`;
  }
}

function parse(symbolic: string): { factor: number; letter: string } {
  return { factor: Number(symbolic.slice(0, -1) || 1), letter: symbolic.slice(-1) };
}
