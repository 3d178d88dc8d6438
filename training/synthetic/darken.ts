import type { SKRSContext2D } from "@napi-rs/canvas";
import type { Random } from "./random.ts";

/**
 * Takes light away from a picture and adds the noise that a sensor makes of the rest.
 *
 * @param context The picture; it is changed.
 * @param options Share of the light that is left, deviation of the noise in levels of 255, and random numbers.
 */
export function darken(
  context: SKRSContext2D,
  options: { gain: number; noise: number; random: Random },
): void {
  const { gain, noise, random } = options;
  const { width, height } = context.canvas;
  const picture = context.getImageData(0, 0, width, height);
  const { data } = picture;
  // four bytes summed are nearly normal, with a deviation of 2 · 255 / √12
  const scale = noise / (2 * 255 / Math.sqrt(12));
  for (let i = 0; i < data.length; i += 4) {
    const bits = random.bits();
    const common = (bits & 255) + ((bits >>> 8) & 255) + ((bits >>> 16) & 255) + (bits >>> 24) - 510;
    // colour noise: each channel differs a little from the common deviation
    data[i] = gain * data[i] + scale * (common + ((bits & 255) - 128));
    data[i + 1] = gain * data[i + 1] + scale * common;
    data[i + 2] = gain * data[i + 2] + scale * (common + ((bits >>> 24) - 128));
  }
  context.putImageData(picture, 0, 0);
}
