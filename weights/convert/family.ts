/** How a canonical tensor is made of source tensors. */
export type Recipe =
  /** One tensor as it is. */
  | "copy"
  /** Several tensors one below the other. */
  | "concatenateRows"
  /** Positions [1, M+1, D] whose first slot is added to all others. */
  | "foldClassPosition"
  /** Positions [1, M, D] and the slot [1, 1, D] that is added to all of them. */
  | "addClassPosition"
  /** Positions [1, M, D] without a class slot. */
  | "flattenPositions"
  /** Positions [1, N+1, D] or [1, N, D] on a square grid; the class slot is dropped, the grid resized. */
  | "resizePositions"
  /** The rows that belong to the keypoints of the chosen expert's data set. */
  | "takeExpertKeypoints"
  /** As many zeros as the tensor has elements: mean of a batch normalisation that was folded away. */
  | "zeros"
  /** As many ones: its weight. */
  | "ones"
  /** As many variances that leave values unchanged: 1 − ε. */
  | "unitVariance";

/** One way to make one canonical tensor, or two (`*` stands for `weight` and `bias`). */
export interface MappingRow {
  /** Canonical name; `{i}` stands for a block, `*` for `weight` and `bias`. */
  to: string;
  /**
   * Source names after the family's prefix, with the same `{i}` and `*`; `{expert}` stands for the chosen expert,
   * `{otherHead}` for its place among the heads of the other data sets.
   */
  from: readonly string[];
  /**
   * How the sources become the target.
   *
   * @default "copy"
   */
  by?: Recipe;
}

/** Source tensors that no part of LAPose reads. */
export interface DroppedRow {
  /** Matches the source name after the family's prefix. */
  pattern: RegExp;
  /** Why it is not needed, for the report. */
  reason: string;
}

/** A kind of checkpoint: how to know it and where its tensors go. */
export interface Family {
  /** Name for people. */
  name: string;
  /** What it gives. */
  part: "vision" | "text";
  /** Source name that only this family has; what stands before it in a file is the prefix of every name. */
  anchor: string;
  /** Prefixes that belong to another family. */
  foreignPrefix?: RegExp;
  /** Other spellings, replaced before rows are looked at. */
  spellings?: readonly (readonly [RegExp, string])[];
  /** Rows of the encoder and of the heads; of several that make the same target, the first whose sources exist. */
  rows: readonly MappingRow[];
  /** What is not needed. */
  dropped: readonly DroppedRow[];
  /** Attention heads by width, where the checkpoint's settings do not tell. */
  heads: Readonly<Record<number, number>>;
  /** Epsilon of the layer normalisations, where the checkpoint's settings do not tell. */
  epsilon: number;
}
