/** A person's box in pixels, COCO form: left, top, width, height. */
export type Box = readonly [x: number, y: number, width: number, height: number];

/**
 * Says what is wrong with a box, if anything.
 *
 * @param box What a caller or a file gave.
 * @param frame Size of the frame in pixels; without it the box's place is not checked.
 * @returns The fault in words, or undefined for a box that can be cropped.
 */
export function boxFault(box: unknown, frame?: { width: number; height: number }): string | undefined {
  if (!Array.isArray(box) || box.length !== 4) {
    return `found ${JSON.stringify(box) ?? String(box)}, expected [x, y, width, height]`;
  }
  if (!box.every((value) => typeof value === "number" && Number.isFinite(value))) {
    return `found [${box.map(String).join(", ")}], expected four finite numbers`;
  }
  const [x, y, width, height] = box as unknown as Box;
  if (width <= 0 || height <= 0) {
    return `found width ${width} and height ${height}, expected both to be positive`;
  }
  if (frame && (x >= frame.width || y >= frame.height || x + width <= 0 || y + height <= 0)) {
    return `found [${
      box.join(", ")
    }], wholly outside the frame, expected some of it within ${frame.width}×${frame.height}`;
  }
  return undefined;
}
