/** Weights of a product in the order in which each kernel reads them. */
import { vectorLanes } from "../../gpu/device.ts";
import { type Allocate, newMemory, type PackedParameter, textureExtent } from "../../gpu/schedule.ts";
import type { StoredType } from "../../gpu/shader.ts";

/** Rows of the register tile of the texture kernel. */
export const tileRows = 24;
/**
 * Columns that its tile may have, with the time that one takes on llvmpipe. Found by measuring: larger tiles load less
 * often, but their loop leaves the processor's caches of instructions.
 */
const tileColumns = [[16, 1], [12, 1.05], [8, 1.2]] as const;
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

/** How weights are packed. */
export interface PackOptions {
  /** What they are stored as. @default {"f32"} */
  readonly type?: StoredType;
  /** Gives the memory, zeros. @default {newMemory} */
  readonly allocate?: Allocate;
}

function elements(allocate: Allocate, type: StoredType, count: number): Float32Array | Float16Array {
  return type === "f32" ? new Float32Array(allocate(count * 4)) : new Float16Array(allocate(count * 2));
}

/**
 * Columns of the register tile of the texture kernel. The lanes of a vector take a tile each, side by side, and what
 * they have beyond the last column is lost.
 *
 * @param columns Columns of the product.
 */
export function textureTileColumns(columns: number): number {
  const cost = ([width, time]: readonly [number, number]) => {
    const panel = vectorLanes * width;
    return Math.ceil(columns / panel) * panel * time;
  };
  return tileColumns.reduce((best, tile) => cost(tile) < cost(best) ? tile : best)[0];
}

/**
 * Extent of the panels of {@linkcode packPanels}.
 *
 * @returns Columns of a panel, rows of texels of a panel, and the extents of the texture that holds all.
 */
export function panelExtent(columns: number, depth: number): PanelExtent {
  const panel = vectorLanes * textureTileColumns(columns);
  const rows = Math.ceil(depth / 4 / depthBlocks) * depthBlocks;
  return {
    panel,
    rows,
    // Rows of 2 KB make the product a fifth slower on llvmpipe; a group of lanes is a whole number of cache lines.
    width: panel === 128 ? panel + vectorLanes : panel,
    height: textureExtent(Math.ceil(columns / panel) * rows),
  };
}

interface PanelExtent {
  panel: number;
  rows: number;
  width: number;
  height: number;
}

/** Texel (j · lanes + lane, panel · rows + k/4) = 4 values of k of column (panel · lanes + lane) · tile columns + j. */
export function packPanels(
  { values, columns, depth }: WeightRows,
  { type = "f32", allocate = newMemory }: PackOptions = {},
): PackedParameter {
  const tile = textureTileColumns(columns);
  const { panel, rows, width, height } = panelExtent(columns, depth);
  const count = width * height * 4;
  const data = elements(allocate, type, count);
  for (let column = 0; column < columns; column++) {
    const j = column % tile;
    const lane = Math.floor(column / tile) % vectorLanes;
    let to = (Math.floor(column / panel) * rows * width + j * vectorLanes + lane) * 4;
    const from = column * depth;
    const whole = depth - depth % 4;
    let k = 0;
    for (; k < whole; k += 4, to += width * 4) {
      const at = from + k;
      data[to] = values[at];
      data[to + 1] = values[at + 1];
      data[to + 2] = values[at + 2];
      data[to + 3] = values[at + 3];
    }
    for (; k < depth; k++) data[to + k % 4] = values[from + k];
  }
  return { kind: "texture", data, width, height };
}

/**
 * Element (k/4) · columns + column = 4 values of k; columns padded to whole blocks. In half precision, an element is two
 * words of two values.
 */
export function packColumns(
  { values, columns, depth }: WeightRows,
  { type = "f32", allocate = newMemory }: PackOptions = {},
): PackedParameter {
  const padded = Math.ceil(columns / 4) * 4;
  const count = Math.ceil(depth / 4) * padded * 4;
  const data = elements(allocate, type, count);
  for (let column = 0; column < columns; column++) {
    for (let k = 0; k < depth; k++) {
      data[((k >> 2) * padded + column) * 4 + (k & 3)] = values[column * depth + k];
    }
  }
  return { kind: "buffer", data: data instanceof Float32Array ? data : new Uint32Array(data.buffer) };
}
