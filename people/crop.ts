import { checkFrame, type Frame } from "./frame.ts";
import type { CropTransform, Extent } from "./crop_geometry.ts";

/** Mean of red, green and blue over ImageNet, of 1: what ViTPose subtracts. */
export const channelMean: readonly [number, number, number] = [0.485, 0.456, 0.406];

/** Standard deviation of red, green and blue over ImageNet, of 1: what ViTPose divides by. */
export const channelDeviation: readonly [number, number, number] = [0.229, 0.224, 0.225];

/** Size of a crop, and where it goes. */
export interface CropPixelsOptions extends Extent {
  /**
   * Memory of 3 · height · width numbers to write into.
   *
   * @default {a new array}
   */
  target?: Float32Array;
}

/**
 * Cuts a person out of a frame and normalises the pixels, on the CPU.
 *
 * Bilinear; samples outside the frame are black; the interpolated value is rounded to a byte before it is
 * normalised. All of that is what Hugging Face's ViTPose image processor does, bit for bit.
 *
 * @param frame RGBA pixels; alpha is ignored.
 * @param transform Where the crop lies, made for the same size.
 * @param options Size of the crop in pixels.
 * @returns (value / 255 − mean) / deviation, [3, height, width].
 * @throws {RangeError} If `target` has another length.
 */
export function cropPixels(frame: Frame, transform: CropTransform, options: CropPixelsOptions): Float32Array {
  checkFrame(frame, "the frame to crop");
  const { width, height } = options;
  const plane = width * height;
  const pixels = options.target ?? new Float32Array(3 * plane);
  if (pixels.length !== 3 * plane) {
    throw new RangeError(
      `Cannot write the crop: found a target of ${pixels.length} numbers, expected ${3 * plane}`,
    );
  }
  const table = normalised();
  const [m00, m01, m02, m10, m11, m12] = transform.matrix;
  const right = frame.width - 1;
  const bottom = frame.height - 1;
  for (let v = 0; v < height; v++) {
    for (let u = 0; u < width; u++) {
      const y = m11 * v + m10 * u + m12; // this order of summing, as the reference does
      const x = m01 * v + m00 * u + m02;
      const at = v * width + u;
      if (!(x >= 0 && x <= right && y >= 0 && y <= bottom)) {
        for (let c = 0; c < 3; c++) pixels[c * plane + at] = table[c * 256];
        continue;
      }
      const x0 = Math.floor(x);
      const y0 = Math.floor(y);
      const fx = x - x0;
      const fy = y - y0;
      const stepX = x0 < right ? 4 : 0;
      const stepY = y0 < bottom ? 4 * frame.width : 0;
      const from = 4 * (y0 * frame.width + x0);
      for (let c = 0; c < 3; c++) {
        const i = from + c;
        const sum = frame.data[i] * (1 - fy) * (1 - fx) +
          frame.data[i + stepX] * (1 - fy) * fx +
          frame.data[i + stepY] * fy * (1 - fx) +
          frame.data[i + stepY + stepX] * fy * fx;
        pixels[c * plane + at] = table[c * 256 + Math.floor(sum + 0.5)];
      }
    }
  }
  return pixels;
}

let cachedTable: Float32Array | undefined;

/** Normalised value of each byte, [3, 256]; rounded to float32 after each step, as the reference does. */
function normalised(): Float32Array {
  if (cachedTable) return cachedTable;
  cachedTable = new Float32Array(3 * 256);
  for (let c = 0; c < 3; c++) {
    const mean = Math.fround(channelMean[c]);
    const deviation = Math.fround(channelDeviation[c]);
    for (let byte = 0; byte < 256; byte++) {
      const centred = Math.fround(Math.fround(byte * (1 / 255)) - mean);
      cachedTable[c * 256 + byte] = centred / deviation;
    }
  }
  return cachedTable;
}
