import { mergePieces, type Word } from "./word_pieces.ts";

/** A matrix of masses between patches and tokens. */
export interface TokenMatrix {
  /** Masses [M, N], row by row; rows are the patches of a grid, columns the tokens and padding. */
  values: ArrayLike<number>;
  /** Rows of patches; M = rows · columns. */
  rows: number;
  /** Columns of patches. */
  columns: number;
  /** The text's tokens, N at most, [CLS] and [SEP] included. */
  tokens: readonly string[];
}

/** A word and where its mass is. */
export interface WordMass extends Word {
  /** Mass of the word over all patches. */
  mass: number;
  /** The part of that mass that lies on particular patches: what is above an even spread. */
  matched: number;
  /** Mass of each patch for the word over that of an even spread [M]: 1 is even, 0 where there is nothing to share. */
  lift: Float64Array;
  /** The patch of the largest lift. */
  peak: { row: number; column: number; lift: number };
}

/** Words and where their masses are. */
export interface WordsOnPatches {
  /** Rows of patches. */
  rows: number;
  /** Columns of patches. */
  columns: number;
  /** The text's tokens. */
  tokens: readonly string[];
  /** Sum of the words' masses. */
  mass: number;
  /** Sum of the words' matched masses. */
  matched: number;
  /** Words and marks in order. */
  words: readonly WordMass[];
  /** Mass of each patch over all words [M]. */
  patchMass: Float64Array;
  /** Matched mass of each patch over all words [M]. */
  patchMatched: Float64Array;
}

/**
 * Checks a matrix and takes its padding away.
 *
 * @param matrix Masses, grid and tokens.
 * @param what What it is, for messages, for example "plan".
 * @returns The masses [M, tokens.length] in double precision.
 * @throws {RangeError} If the sizes do not fit, or a mass is negative or not finite.
 */
export function checkTokenMatrix(
  { values, rows, columns, tokens }: TokenMatrix,
  what: string,
): Float64Array {
  if (!Number.isInteger(rows) || !Number.isInteger(columns) || rows < 1 || columns < 1) {
    throw new RangeError(`Cannot explain a ${what} over ${rows} × ${columns} patches, expected a grid`);
  }
  const m = rows * columns;
  const n = values.length / m;
  if (!Number.isInteger(n) || tokens.length < 1 || n < tokens.length) {
    throw new RangeError(
      `Cannot explain the ${what}: found ${values.length} numbers for ${m} patches and ${tokens.length} tokens, ` +
        `expected [${m}, at least ${tokens.length}]`,
    );
  }
  return Float64Array.from({ length: m * tokens.length }, (_, i) => {
    const [patch, token] = [Math.floor(i / tokens.length), i % tokens.length];
    const value = values[patch * n + token];
    if (!(value >= 0 && value < Infinity)) {
      throw new RangeError(
        `Cannot explain the ${what}: found ${value} at patch ${patch}, token ${token}, expected a mass of at least 0`,
      );
    }
    return value;
  });
}

/** How masses are read. */
export interface SpreadOptions {
  /** Rows of patches. */
  rows: number;
  /** Columns of patches. */
  columns: number;
  /** The text's tokens. */
  tokens: readonly string[];
  /**
   * Share of each patch in an even spread [M], of sum 1, from the mass of each patch over all words [M] and their sum.
   */
  evenShares: (patchMass: Float64Array, mass: number) => ArrayLike<number>;
}

/**
 * Sums tokens to words, and measures each word against an even spread over the patches.
 *
 * @param masses Masses [M, tokens.length].
 * @param options Grid, tokens and what even is.
 * @returns Words with mass, matched mass and lift; sums per patch. All are 0 where no word has any mass.
 */
export function wordsOnPatches(masses: Float64Array, options: SpreadOptions): WordsOnPatches {
  const { rows, columns, tokens, evenShares } = options;
  const m = rows * columns;
  const words = mergePieces(tokens);
  const byWord = words.map(({ tokens: own }) =>
    Float64Array.from(
      { length: m },
      (_, patch) => own.reduce((sum, token) => sum + masses[patch * tokens.length + token], 0),
    )
  );
  const patchMass = new Float64Array(m);
  for (const column of byWord) column.forEach((value, patch) => patchMass[patch] += value);
  const mass = total(patchMass);
  const shares = evenShares(patchMass, mass);
  const patchMatched = new Float64Array(m);
  const explained = words.map((word, w): WordMass => {
    const wordMass = total(byWord[w]);
    const lift = new Float64Array(m);
    let matched = 0;
    byWord[w].forEach((value, patch) => {
      const even = shares[patch] * wordMass;
      if (even > 0) lift[patch] = value / even;
      matched += Math.max(0, value - even);
      patchMatched[patch] += Math.max(0, value - even);
    });
    return { ...word, mass: wordMass, matched, lift, peak: peakOf(lift, columns) };
  });
  return {
    rows,
    columns,
    tokens,
    mass,
    matched: total(patchMatched),
    words: explained,
    patchMass,
    patchMatched,
  };
}

function peakOf(lift: Float64Array, columns: number): WordMass["peak"] {
  let best = 0;
  lift.forEach((value, patch) => {
    if (value > lift[best]) best = patch;
  });
  return { row: Math.floor(best / columns), column: best % columns, lift: lift[best] };
}

function total(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}
