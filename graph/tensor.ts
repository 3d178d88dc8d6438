/**
 * Tensors of the graph: shapes and layouts, no values.
 *
 * Two layouts exist. `"dense"` is row-major. `"blocked"` is how tokens and feature maps live on the GPU: all
 * axes but the last are flattened to rows, the last axis (channels) is cut into blocks of four, and the element
 * of row r and channel c stands at `((c >> 2) * rowStride + r) * 4 + (c & 3)`. Neighbouring rows are neighbours
 * in memory, so a lane per row reads whole cache lines, and a block of rows is a texture row as it stands.
 */

/** Element types that cross the graph. */
export type ElementType = "f32" | "i32" | "u32";

/** Order of the elements in memory. */
export type Layout = "dense" | "blocked";

/** What a tensor is made of, before it exists. */
export interface TensorSpec {
  /** Extents, outermost first. */
  readonly shape: readonly number[];
  /** Element type. @default {"f32"} */
  readonly type?: ElementType;
  /** Memory order. @default {"blocked"} */
  readonly layout?: Layout;
  /**
   * Whether a blocked tensor is kept in single precision when others are halves: sums that grow from layer to layer, and
   * maps that positions are read from.
   *
   * @default {false}
   */
  readonly precise?: boolean;
}

/** A value of the graph. */
export interface Tensor {
  /** Unique in its graph, in order of creation. */
  readonly id: number;
  /** Dotted path of the module and operator that made it, or the name of an input or parameter. */
  readonly name: string;
  /** Extents, outermost first. */
  readonly shape: readonly number[];
  /** Element type. */
  readonly type: ElementType;
  /** Memory order. */
  readonly layout: Layout;
  /** Whether it is kept in single precision in any case. */
  readonly precise: boolean;
  /** What it comes from: an operator, the caller, or the weights file. */
  readonly source: "operator" | "input" | "parameter";
}

/**
 * Rows are padded to this many, so that one block row is a multiple of 256 bytes (WebGPU's copy alignment), in halves
 * too.
 */
export const rowAlignment = 32;

/** Product of `shape`. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** Number of rows of a blocked tensor: the product of all axes but the last. */
export function rowCount(tensor: TensorSpec): number {
  return elementCount(tensor.shape.slice(0, -1));
}

/** Channels of a blocked tensor: its last axis. */
export function channelCount(tensor: TensorSpec): number {
  return tensor.shape[tensor.shape.length - 1];
}

/** Blocks of four channels, the last one padded. */
export function blockCount(tensor: TensorSpec): number {
  return Math.ceil(channelCount(tensor) / 4);
}

/** `channels` rounded up to whole blocks of four. */
export function wholeBlocks(channels: number): number {
  return Math.ceil(channels / 4) * 4;
}

/** Distance between the same row of neighbouring blocks, in rows (vec4 elements). */
export function rowStride(tensor: TensorSpec): number {
  return Math.ceil(rowCount(tensor) / rowAlignment) * rowAlignment;
}

/** Memory that a tensor takes, in bytes, with four to a number. */
export function byteLength(tensor: TensorSpec): number {
  return tensor.layout === "dense"
    ? elementCount(tensor.shape) * 4
    : blockCount(tensor) * rowStride(tensor) * 16;
}

/** `[2, 192, 768]`, for messages. */
export function formatShape(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}
