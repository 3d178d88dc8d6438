import { checkTokenMatrix, type WordsOnPatches, wordsOnPatches } from "./words_on_patches.ts";

/** A transport plan, and what its rows and columns stand for. */
export interface TransportInput {
  /** Plan P* (Eq. 8) [M, N], row by row; rows are the patches of a grid, columns the tokens and padding. */
  plan: ArrayLike<number>;
  /** Rows of patches; M = rows · columns. */
  rows: number;
  /** Columns of patches. */
  columns: number;
  /** The text's tokens, N at most, [CLS] and [SEP] included. */
  tokens: readonly string[];
}

/** What a transport plan says in words and places; the mass is 1 for a plan between distributions. */
export interface TransportExplanation extends WordsOnPatches {
  /** The plan [M, tokens.length]. */
  plan: Float64Array;
}

/**
 * Reads a transport plan: which words matched which patches.
 *
 * Both ends of a plan are fixed beforehand (Eq. 5): every patch gives 1/M and every token takes as much as any other.
 * The masses themselves therefore say little; what a plan decides is where a word's mass comes from. That is measured
 * against an even spread, P[m,w] against a[m] · b[w], with a and b the plan's own sums.
 *
 * @param input Plan, grid and tokens.
 * @returns Words with their mass, matched mass and lift; sums per patch.
 * @throws {RangeError} If the sizes do not fit, or a mass is negative or not finite, or all of them are zero.
 */
export function explainTransport({ plan, ...grid }: TransportInput): TransportExplanation {
  const masses = checkTokenMatrix({ ...grid, values: plan }, "plan");
  const explanation = wordsOnPatches(masses, {
    ...grid,
    evenShares: (patchMass, mass) => patchMass.map((value) => value / mass),
  });
  if (!(explanation.mass > 0)) {
    throw new RangeError("Cannot explain the plan: no word has any mass, expected a text of words");
  }
  return { ...explanation, plan: masses };
}
