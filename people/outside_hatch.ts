import type { VisiblePart } from "./crop_picture.ts";
import type { Frame } from "./frame.ts";

/** Pixels from line to line, and their thickness. */
const hatch = { step: 13, line: 2 };

/** A little darker than the page, so that nothing stands out where there is nothing. */
const ground = [238, 233, 222];
const lines = [211, 204, 189];

/**
 * Hatches what of a crop lies beyond the frame, where the model was given black and there is nothing to see.
 *
 * @param picture An opaque picture.
 * @param visible The part that shows the frame.
 * @returns A picture of the same size.
 */
export function hatchOutside(picture: Frame, visible: VisiblePart): Frame {
  const { width, height } = picture;
  const data = new Uint8ClampedArray(picture.data);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (isVisible(visible, { x: (x + 0.5) / width, y: (y + 0.5) / height })) continue;
      data.set((x + y) % hatch.step < hatch.line ? lines : ground, 4 * (y * width + x));
    }
  }
  return { ...picture, data };
}

/**
 * Tells whether a point of a crop lies in the frame.
 *
 * @param visible The part that shows the frame.
 * @param point The point, as shares of width and height.
 * @returns Whether it does.
 */
export function isVisible(
  { left, top, right, bottom }: VisiblePart,
  { x, y }: { x: number; y: number },
): boolean {
  return x >= left && x <= right && y >= top && y <= bottom;
}

/**
 * The patches of a crop whose centres lie in the frame.
 *
 * @param visible The part that shows the frame.
 * @param grid Rows and columns of patches.
 * @returns Indices of patches, row by row; all of them where none lies in the frame.
 */
export function visiblePatches(
  visible: VisiblePart,
  { rows, columns }: { rows: number; columns: number },
): number[] {
  const all = Array.from({ length: rows * columns }, (_, patch) => patch);
  const seen = all.filter((patch) =>
    isVisible(visible, {
      x: (patch % columns + 0.5) / columns,
      y: (Math.floor(patch / columns) + 0.5) / rows,
    })
  );
  return seen.length > 0 ? seen : all;
}
