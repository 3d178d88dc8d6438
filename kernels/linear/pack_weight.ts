/** Weights of a product in the order in which each kernel reads them. */
import { type PackedParameter, textureExtent } from "../../gpu/schedule.ts";

/** How the values of weights are stored. */
export type WeightType = "f32" | "f16";

/**
 * Register tile of the texture kernel and lanes of a vector; columns of a panel are their product.
 *
 * Found by measuring CPU time on llvmpipe: larger tiles load less often, but their loop leaves the cache of decoded
 * instructions. 24 × 16 is as fast in a whole model, slower in many a product alone, and compiles three times as long.
 */
export const textureTile = { ROWS: 12, COLUMNS: 12, LANES: 8 };
/** Blocks of four k that the texture kernel takes per step. */
const depthBlocks = 2;

/** `[columns, depth]`, row-major. */
export interface WeightRows {
  /** The values. */
  readonly values: Float32Array;
  /** Output columns. */
  readonly columns: number;
  /** Length of the sum. */
  readonly depth: number;
}

/**
 * Extent of the panels of {@linkcode packPanels}.
 *
 * @returns Texels of a row (columns of a panel), rows of texels of a panel, and rows of the texture that holds all.
 */
export function panelExtent(columns: number, depth: number): { width: number; rows: number; height: number } {
  const width = textureTile.LANES * textureTile.COLUMNS;
  const rows = Math.ceil(depth / 4 / depthBlocks) * depthBlocks;
  return { width, rows, height: textureExtent(Math.ceil(columns / width) * rows) };
}

/** Texel (j · LANES + lane, panel · rows + k/4) = 4 values of k of column (panel · LANES + lane) · COLUMNS + j. */
export function packPanels(
  { values, columns, depth }: WeightRows,
  type: WeightType = "f32",
): PackedParameter {
  const { LANES, COLUMNS } = textureTile;
  const { width, rows, height } = panelExtent(columns, depth);
  const count = width * height * 4;
  const data = type === "f32" ? new Float32Array(count) : new Float16Array(count);
  for (let column = 0; column < columns; column++) {
    const j = column % COLUMNS;
    const lane = Math.floor(column / COLUMNS) % LANES;
    const panel = Math.floor(column / (LANES * COLUMNS));
    let to = ((panel * rows) * width + j * LANES + lane) * 4;
    const from = column * depth;
    for (let k = 0; k < depth; k += 4, to += width * 4) {
      const end = Math.min(4, depth - k);
      for (let e = 0; e < end; e++) data[to + e] = values[from + k + e];
    }
  }
  return { kind: "texture", data, width, height };
}

/**
 * Element (k/4) · columns + column = 4 values of k; columns padded to whole blocks. In half precision, an element is two
 * words of two values.
 */
export function packColumns(
  { values, columns, depth }: WeightRows,
  type: WeightType = "f32",
): PackedParameter {
  const padded = Math.ceil(columns / 4) * 4;
  const count = Math.ceil(depth / 4) * padded * 4;
  const data = type === "f32" ? new Float32Array(count) : new Float16Array(count);
  for (let column = 0; column < columns; column++) {
    for (let k = 0; k < depth; k++) {
      data[((k >> 2) * padded + column) * 4 + (k & 3)] = values[column * depth + k];
    }
  }
  return { kind: "buffer", data: data instanceof Float32Array ? data : new Uint32Array(data.buffer) };
}
