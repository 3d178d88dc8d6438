import { type CropTransform, heatmapToImage } from "./crop_geometry.ts";
import type { Keypoint } from "./pose.ts";

/**
 * How a peak becomes a position:
 * - `dark`: one Newton step on the logarithm of the blurred map (DARK), as Hugging Face's ViTPose processor does it;
 * - `quarter`: a quarter of a heatmap pixel towards the higher neighbour, along each axis where there are two;
 * - `argmax`: the peak's own pixel.
 */
export type DecodeMode = "dark" | "quarter" | "argmax";

/** A batch of heatmaps. */
export interface Heatmaps {
  /** B · K · height · width values, row-major. */
  data: Float32Array;
  /** [B, K, height, width]. */
  shape: readonly number[];
}

/** How heatmaps are decoded. */
export interface DecodeOptions {
  /**
   * How a peak becomes a position.
   *
   * @default {"dark"}
   */
  mode?: DecodeMode;
}

/** Radius of the Gaussian in heatmap pixels: a kernel of 11. */
const blurRadius = 5;
const blurSigma = 0.8;
const smallest = Math.fround(0.001);
const largest = 50;
/** Added to the Hessian's diagonal; float32's machine epsilon. */
const ridge = 2 ** -23;

/**
 * Reads the joints' positions in image pixels off the heatmaps, on the CPU.
 *
 * A map without a positive value has no joint: its position is (−1, −1) in heatmap pixels, whatever the mode, and its
 * score is the map's maximum, ≤ 0. The Newton step of `dark` has no bound, as in the reference: where the blurred
 * map has no peak at the raw map's maximum, the position can leave the crop.
 *
 * @param heatmaps Maps of B people and K joints.
 * @param transforms The B crops that the maps were computed from.
 * @param options The way of decoding.
 * @returns For each person K keypoints in image pixels.
 * @throws {TypeError} If shapes do not fit.
 * @throws {RangeError} If a map holds NaN or the mode is unknown.
 */
export function decodeHeatmaps(
  heatmaps: Heatmaps,
  transforms: readonly CropTransform[],
  options: DecodeOptions = {},
): Keypoint[][] {
  const { mode = "dark" } = options;
  const [people, joints, height, width] = checkShapes(heatmaps, transforms);
  const refine = { dark: darkStep, quarter: quarterStep, argmax: () => [0, 0] as const }[mode];
  if (!refine) {
    throw new RangeError(`Cannot decode heatmaps: found mode "${mode}", expected dark, quarter or argmax`);
  }
  return Array.from({ length: people }, (_, b) => {
    const toImage = heatmapToImage(transforms[b], { width, height });
    return Array.from({ length: joints }, (_, k) => {
      const start = (b * joints + k) * height * width;
      const map = new Heatmap(heatmaps.data.subarray(start, start + height * width), width);
      const peak = map.peak();
      if (Number.isNaN(peak.score)) {
        throw new RangeError(
          `Cannot decode the heatmap of person ${b}, joint ${k}: found NaN, expected numbers`,
        );
      }
      let [x, y] = [-1, -1];
      if (peak.score > 0) {
        const [dx, dy] = refine(map, peak.x, peak.y);
        [x, y] = [peak.x + dx, peak.y + dy];
      }
      return {
        x: toImage[0] * x + toImage[1] * y + toImage[2],
        y: toImage[3] * x + toImage[4] * y + toImage[5],
        score: peak.score,
      };
    });
  });
}

class Heatmap {
  readonly values: Float32Array;
  readonly width: number;
  readonly height: number;

  constructor(values: Float32Array, width: number) {
    this.values = values;
    this.width = width;
    this.height = values.length / width;
  }

  at(x: number, y: number): number {
    return this.values[y * this.width + x];
  }

  /** The first of the largest values; NaN wins over all. */
  peak(): { x: number; y: number; score: number } {
    let best = 0;
    for (let i = 1; i < this.values.length; i++) {
      if (!(this.values[i] <= this.values[best]) && !Number.isNaN(this.values[best])) best = i;
    }
    return { x: best % this.width, y: Math.floor(best / this.width), score: this.values[best] };
  }

  /** Logarithm of the blurred and clipped map at one pixel; beyond the border that of the border's pixel. */
  logBlurred(x: number, y: number): number {
    const column = clamp(x, this.width - 1);
    const row = clamp(y, this.height - 1);
    const line = (shift: number) => this.#blurredDown(reflect(column + shift, this.width), row);
    const blurred = weigh(line);
    return Math.fround(Math.log(Math.min(Math.max(blurred, smallest), largest)));
  }

  #blurredDown(x: number, row: number): number {
    return weigh((shift) => this.at(x, reflect(row + shift, this.height)));
  }
}

/** Gaussian weights at distances 0 … radius. */
const weights = (() => {
  const raw = Array.from({ length: blurRadius + 1 }, (_, d) => Math.exp(-0.5 * (d / blurSigma) ** 2));
  const total = raw.reduce((sum, weight, d) => sum + (d === 0 ? weight : 2 * weight), 0);
  return raw.map((weight) => weight / total);
})();

/** Weighted sum of a line about its middle, rounded to float32 as the reference stores it. */
function weigh(line: (shift: number) => number): number {
  let sum = line(0) * weights[0];
  for (let d = blurRadius; d > 0; d--) sum += (line(-d) + line(d)) * weights[d];
  return Math.fround(sum);
}

/** One Newton step of −H⁻¹g on the log map, g and H by differences in float32. */
function darkStep(map: Heatmap, x: number, y: number): readonly [number, number] {
  const f = Math.fround;
  const l = (dx: number, dy: number) => map.logBlurred(x + dx, y + dy);
  const [middle, east, west, south, north] = [l(0, 0), l(1, 0), l(-1, 0), l(0, 1), l(0, -1)];
  const [southEast, northWest] = [l(1, 1), l(-1, -1)];
  const gx = f(0.5 * f(east - west));
  const gy = f(0.5 * f(south - north));
  const hxx = f(f(east - f(2 * middle)) + west) + ridge;
  const hyy = f(f(south - f(2 * middle)) + north) + ridge;
  const corners = [-east, -south, middle, middle, -west, -north, northWest];
  const hxy = f(0.5 * corners.reduce((sum, value) => f(sum + value), southEast));
  const determinant = hxx * hyy - hxy * hxy;
  if (determinant === 0) return [0, 0];
  return [-(hyy * gx - hxy * gy) / determinant, -(hxx * gy - hxy * gx) / determinant];
}

function quarterStep(map: Heatmap, x: number, y: number): readonly [number, number] {
  const dx = x > 0 && x < map.width - 1 ? Math.sign(map.at(x + 1, y) - map.at(x - 1, y)) : 0;
  const dy = y > 0 && y < map.height - 1 ? Math.sign(map.at(x, y + 1) - map.at(x, y - 1)) : 0;
  return [0.25 * dx, 0.25 * dy];
}

function clamp(index: number, last: number): number {
  return Math.min(Math.max(index, 0), last);
}

/** Mirrors an index at the borders, the border's value repeated: … 1 0 0 1 … n−1 n−1 … */
function reflect(index: number, length: number): number {
  const period = 2 * length;
  const within = ((index % period) + period) % period;
  return within < length ? within : period - 1 - within;
}

function checkShapes(
  heatmaps: Heatmaps,
  transforms: readonly CropTransform[],
): [number, number, number, number] {
  const { data, shape } = heatmaps;
  if (shape.length !== 4 || data.length !== shape.reduce((a, b) => a * b, 1)) {
    throw new TypeError(
      `Cannot decode heatmaps: found ${data.length} values of shape [${
        shape.join(", ")
      }], expected [B, K, height, width]`,
    );
  }
  if (transforms.length !== shape[0]) {
    throw new TypeError(
      `Cannot decode heatmaps of ${shape[0]} people: found ${transforms.length} crops, expected one for each`,
    );
  }
  return [shape[0], shape[1], shape[2], shape[3]];
}
