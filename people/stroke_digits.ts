import { Path2D, type SKRSContext2D } from "@napi-rs/canvas";

/** Digits as strokes, in units of a tenth of their height: labels look the same where no font is installed. */
const glyphs: Readonly<Record<string, { width: number; path: string }>> = {
  "0": { width: 6, path: "M3 0C5 0 6 1.8 6 5C6 8.2 5 10 3 10C1 10 0 8.2 0 5C0 1.8 1 0 3 0Z" },
  "1": { width: 4.4, path: "M.6 2.2L3.2 0V10" },
  "2": { width: 6, path: "M.2 2.7C.4 1 1.5 0 3 0C4.8 0 5.8 1.1 5.8 2.7C5.8 4.6 4.2 6 .1 10H6" },
  "3": {
    width: 6,
    path:
      "M.4 1.7C.9.6 1.9 0 3 0C4.7 0 5.6 1 5.6 2.4C5.6 3.8 4.6 4.7 2.6 4.7C4.9 4.7 6 5.7 6 7.3C6 9 4.8 10 3 10C1.6 10 .6 9.3 0 8.1",
  },
  "4": { width: 6.4, path: "M4.7 10V0L0 7.2H6.4" },
  "5": {
    width: 6,
    path: "M5.4 0H1L.5 4.7C1.2 4.1 2 3.8 2.9 3.8C4.8 3.8 6 5 6 6.9C6 8.8 4.7 10 2.9 10C1.5 10 .5 9.3 0 8.2",
  },
  "6": {
    width: 6,
    path:
      "M5.3.9C4.7.3 4 0 3.2 0C1.2 0 0 2 0 5.8C0 8.6 1.2 10 3 10C4.8 10 6 8.8 6 6.9C6 5.1 4.8 3.9 3.1 3.9C1.6 3.9.4 4.9 0 6.4",
  },
  "7": { width: 5.8, path: "M0 0H5.8L2 10" },
  "8": {
    width: 6,
    path:
      "M3 4.6C1.4 4.6.5 3.6.5 2.3C.5 1 1.5 0 3 0C4.5 0 5.5 1 5.5 2.3C5.5 3.6 4.6 4.6 3 4.6C1.2 4.6 0 5.7 0 7.3C0 9 1.2 10 3 10C4.8 10 6 9 6 7.3C6 5.7 4.8 4.6 3 4.6Z",
  },
  "9": {
    width: 6,
    path:
      "M.7 9.1C1.3 9.7 2 10 2.8 10C4.8 10 6 8 6 4.2C6 1.4 4.8 0 3 0C1.2 0 0 1.2 0 3.1C0 4.9 1.2 6.1 2.9 6.1C4.4 6.1 5.6 5.1 6 3.6",
  },
  ".": { width: 0.6, path: "M.3 9.7V9.8" },
  "-": { width: 4, path: "M.3 5.5H3.7" },
  "#": { width: 6.6, path: "M2.3.6L1.2 9.4M5.4.6L4.3 9.4M.5 3.4H6.6M0 6.6H6.1" },
  " ": { width: 2.2, path: "" },
};

/** Space between two glyphs, in tenths of the height. */
const gap = 2.2;

/**
 * Measures a label.
 *
 * @param text Digits, `.`, `-`, `#` and spaces; anything else is left out.
 * @param height Height of a digit in pixels.
 * @returns Width in pixels.
 */
export function measureDigits(text: string, height: number): number {
  const widths = known(text).map((letter) => glyphs[letter].width);
  return (widths.reduce((sum, width) => sum + width + gap, 0) - (widths.length > 0 ? gap : 0)) * height / 10;
}

/**
 * Draws a label in the context's stroke style.
 *
 * @param context Where to draw.
 * @param text Digits, `.`, `-`, `#` and spaces; anything else is left out.
 * @param options Top left corner, height of a digit and width of the strokes, in pixels.
 */
export function strokeDigits(
  context: SKRSContext2D,
  text: string,
  options: { x: number; y: number; height: number; weight: number },
): void {
  const scale = options.height / 10;
  context.save();
  context.translate(options.x, options.y);
  context.scale(scale, scale);
  context.lineWidth = options.weight / scale;
  context.lineCap = "round";
  context.lineJoin = "round";
  for (const letter of known(text)) {
    context.stroke(new Path2D(glyphs[letter].path));
    context.translate(glyphs[letter].width + gap, 0);
  }
  context.restore();
}

function known(text: string): string[] {
  return [...text].filter((letter) => Object.hasOwn(glyphs, letter));
}
