import { mergePieces, type Word } from "./word_pieces.ts";

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

/** A word and where its mass went. */
export interface WordMass extends Word {
  /** Mass that the plan moves to the word. */
  mass: number;
  /**
   * The part of that mass that the plan puts on particular patches: what lies above an even spread, which gives every
   * patch the share that it has of all mass.
   */
  matched: number;
  /** Mass of each patch for the word over that of an even spread [M]: 1 is even, 0 where there is nothing to share. */
  lift: Float64Array;
  /** The patch of the largest lift. */
  peak: { row: number; column: number; lift: number };
}

/** What a transport plan says in words and places. */
export interface TransportExplanation {
  /** Rows of patches. */
  rows: number;
  /** Columns of patches. */
  columns: number;
  /** The text's tokens. */
  tokens: readonly string[];
  /** The plan [M, tokens.length]. */
  plan: Float64Array;
  /** Sum of the plan; 1 for a plan between distributions. */
  mass: number;
  /** Sum of the words' matched mass. */
  matched: number;
  /** Words and marks in order. */
  words: readonly WordMass[];
  /** Mass of each patch over all words [M]. */
  patchMass: Float64Array;
  /** Matched mass of each patch over all words [M]. */
  patchMatched: Float64Array;
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
export function explainTransport(input: TransportInput): TransportExplanation {
  const { rows, columns, tokens } = input;
  const plan = checkedPlan(input);
  const m = rows * columns;
  const n = tokens.length;
  const words = mergePieces(tokens);
  const byWord = words.map(({ tokens }) =>
    Float64Array.from(
      { length: m },
      (_, patch) => tokens.reduce((sum, token) => sum + plan[patch * n + token], 0),
    )
  );
  const patchMass = new Float64Array(m);
  for (const column of byWord) column.forEach((value, patch) => patchMass[patch] += value);
  const mass = total(patchMass);
  if (!(mass > 0)) {
    throw new RangeError("Cannot explain the plan: no word has any mass, expected a text of words");
  }
  const patchMatched = new Float64Array(m);
  const explained = words.map((word, w): WordMass => {
    const wordMass = total(byWord[w]);
    const lift = new Float64Array(m);
    let matched = 0;
    byWord[w].forEach((value, patch) => {
      const even = patchMass[patch] * wordMass / mass;
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
    plan,
    mass,
    matched: total(patchMatched),
    words: explained,
    patchMass,
    patchMatched,
  };
}

/** The plan without padding, in double precision. */
function checkedPlan({ plan, rows, columns, tokens }: TransportInput): Float64Array {
  if (!Number.isInteger(rows) || !Number.isInteger(columns) || rows < 1 || columns < 1) {
    throw new RangeError(`Cannot explain a plan over ${rows} × ${columns} patches, expected a grid`);
  }
  const m = rows * columns;
  const n = plan.length / m;
  if (!Number.isInteger(n) || tokens.length < 1 || n < tokens.length) {
    throw new RangeError(
      `Cannot explain the plan: found ${plan.length} numbers for ${m} patches and ${tokens.length} tokens, ` +
        `expected [${m}, at least ${tokens.length}]`,
    );
  }
  return Float64Array.from({ length: m * tokens.length }, (_, i) => {
    const [patch, token] = [Math.floor(i / tokens.length), i % tokens.length];
    const value = plan[patch * n + token];
    if (!(value >= 0 && value < Infinity)) {
      throw new RangeError(
        `Cannot explain the plan: found ${value} at patch ${patch}, token ${token}, expected a mass of at least 0`,
      );
    }
    return value;
  });
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
