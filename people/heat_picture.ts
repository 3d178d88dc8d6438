import type { Extent } from "./crop_geometry.ts";
import type { VisiblePart } from "./crop_picture.ts";
import type { Frame } from "./frame.ts";
import { glow } from "./heat_colors.ts";
import { isVisible } from "./outside_hatch.ts";

/** Heat over the patches of a picture. */
export interface Heat {
  /** One value per patch, row by row; 0 is none, 1 the most. */
  values: ArrayLike<number>;
  /** Rows of patches. */
  rows: number;
  /** Columns of patches. */
  columns: number;
  /** The part of the picture that shows something; heat elsewhere is faint. The whole picture if absent. */
  visible?: VisiblePart;
}

/** How much of the heat's colour is left where there is nothing to see. */
const faint = 0.3;

/**
 * Lays heat over a picture: what is cold is darkened and loses its colour, what is hot glows. Between the centres of
 * patches the heat changes evenly.
 *
 * @param picture An opaque picture.
 * @param heat Values per patch.
 * @returns A picture of the same size.
 */
export function heatPicture(picture: Frame, heat: Heat): Frame {
  const { width, height, data } = picture;
  const result = new Uint8ClampedArray(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = 4 * (y * width + x);
      const value = heatAt(heat, { x, y, width, height });
      const [red, green, blue] = [data[at], data[at + 1], data[at + 2]];
      const grey = 0.299 * red + 0.587 * green + 0.114 * blue;
      const color = glow(value);
      const place = { x: (x + 0.5) / width, y: (y + 0.5) / height };
      const seen = !heat.visible || isVisible(heat.visible, place);
      const cover = (seen ? 0.82 : faint) * Math.min(1, value * 1.6) ** 0.8;
      [red, green, blue].forEach((channel, c) => {
        const cold = seen ? (0.7 * grey + 0.3 * channel) * 0.5 + 8 : channel;
        // what is hot keeps some of the picture's light and shade
        const hot = color[c] * (0.66 + 0.44 * grey / 255);
        result[at + c] = cold + (hot - cold) * cover;
      });
      result[at + 3] = 255;
    }
  }
  return { ...picture, data: result };
}

/**
 * Heat at a pixel, bilinear between the centres of patches.
 *
 * @param heat Values per patch.
 * @param place The pixel, and the size of the picture.
 * @returns The value.
 */
export function heatAt(heat: Heat, place: { x: number; y: number } & Extent): number {
  const { values, rows, columns } = heat;
  const clamp = (value: number, last: number) => Math.min(Math.max(value, 0), last);
  const u = clamp((place.x + 0.5) / place.width * columns - 0.5, columns - 1);
  const v = clamp((place.y + 0.5) / place.height * rows - 0.5, rows - 1);
  const [column, row] = [Math.floor(u), Math.floor(v)];
  const [right, below] = [Math.min(column + 1, columns - 1), Math.min(row + 1, rows - 1)];
  const [fx, fy] = [u - column, v - row];
  const at = (r: number, c: number) => values[r * columns + c];
  return (at(row, column) * (1 - fx) + at(row, right) * fx) * (1 - fy) +
    (at(below, column) * (1 - fx) + at(below, right) * fx) * fy;
}
