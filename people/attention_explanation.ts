import { checkTokenMatrix, type WordsOnPatches, wordsOnPatches } from "./words_on_patches.ts";

/** A map of cross-attention, and what its rows and columns stand for. */
export interface AttentionInput {
  /** Shares of attention [M, N], row by row: what each patch of a grid gives to each token. Rows sum to 1. */
  attention: ArrayLike<number>;
  /** Rows of patches; M = rows · columns. */
  rows: number;
  /** Columns of patches. */
  columns: number;
  /** The text's tokens, N at most, [CLS] and [SEP] included. */
  tokens: readonly string[];
}

/**
 * What a cross-attention says in words and places. Masses are shares of all attention of all patches; what is missing to
 * 1 went to [CLS] and [SEP].
 */
export interface AttentionExplanation extends WordsOnPatches {
  /** The map [M, tokens.length]. */
  attention: Float64Array;
}

/**
 * Reads where a cross-attention looked: which patches drew on which words.
 *
 * Every patch spends the same attention, 1, but it spends it on the words it likes. A word's spread is even when all
 * patches look at it alike; what lies above is matched.
 *
 * @param input Map, grid and tokens.
 * @returns Words with their share of attention, the matched part and lift; sums per patch.
 * @throws {RangeError} If the sizes do not fit, or a share is negative or not finite.
 */
export function explainAttention({ attention, ...grid }: AttentionInput): AttentionExplanation {
  const values = checkTokenMatrix({ ...grid, values: attention }, "cross-attention");
  const patches = grid.rows * grid.columns;
  const explanation = wordsOnPatches(values.map((value) => value / patches), {
    ...grid,
    evenShares: (patchMass) => patchMass.map(() => 1 / patches),
  });
  return { ...explanation, attention: values };
}
