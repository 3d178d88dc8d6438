/** Extents of attention along and around its axis. */
import { elementCount, type Tensor, wholeBlocks } from "../../graph/tensor.ts";

/** Extents of one attention. */
export interface AttentionExtents {
  /** Product of the axes before the attending one. */
  readonly outer: number;
  /** Queries of a sequence. */
  readonly queries: number;
  /** Keys of a sequence. */
  readonly keys: number;
  /** Product of the axes between the attending one and the channels. */
  readonly inner: number;
  /** Blocks of four channels of a head. */
  readonly headBlocks: number;
}

/** Measures attention from `queries` to `context`. */
export function measureAttention(
  queries: Tensor,
  context: Tensor,
  { axis, headWidth }: { axis: number; headWidth: number },
): AttentionExtents {
  return {
    outer: elementCount(queries.shape.slice(0, axis)),
    queries: queries.shape[axis],
    keys: context.shape[axis],
    inner: elementCount(queries.shape.slice(axis + 1, -1)),
    headBlocks: wholeBlocks(headWidth) / 4,
  };
}
