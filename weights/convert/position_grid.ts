import type { PositionGrid } from "./resize_positions.ts";

/** Extents of an image, in pixels. */
export interface ImageSize {
  /** Rows. */
  height: number;
  /** Columns. */
  width: number;
}

/** Zero padding of the patch convolution, in pixels: that of every ViTPose. */
export const patchPadding = 2;

/**
 * Grid of patches on an image.
 *
 * @param image The image.
 * @param patch Side of a patch, in pixels; also the stride.
 * @returns Rows and columns of patches.
 */
export function gridOf(image: ImageSize, patch: number): PositionGrid {
  const along = (extent: number) => Math.floor((extent + 2 * patchPadding - patch) / patch) + 1;
  return { rows: along(image.height), columns: along(image.width) };
}

/**
 * Guesses the crop of a pose model from its number of positions: pose crops are 4 to 3.
 *
 * @param positions Number of patches.
 * @param patch Side of a patch, in pixels.
 * @returns The crop, or undefined when no 4 to 3 grid has that many patches.
 */
export function guessImage(positions: number, patch: number): ImageSize | undefined {
  const quarter = Math.sqrt(positions / 12);
  return Number.isInteger(quarter) ? { height: 4 * quarter * patch, width: 3 * quarter * patch } : undefined;
}
