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

/** Which parts of the operands attention reads, and along which axis. */
export interface AttentionParts {
  /** Number of heads. */
  readonly heads: number;
  /** Channels d of a head; in memory each head is padded to whole blocks of four. */
  readonly headWidth: number;
  /** Axis along which positions attend to each other. */
  readonly axis: number;
  /** Which part of the query tensor's channels are the queries. */
  readonly queryPart: number;
  /** Which part of the context's channels are the keys. */
  readonly keyPart: number;
  /** Which part of the context's channels are the values. */
  readonly valuePart: number;
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
