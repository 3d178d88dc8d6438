import { type Box, boxFault } from "./box.ts";

/** The rows of a 2×3 matrix: u = m0·x + m1·y + m2, v = m3·x + m4·y + m5. */
export type AffineMatrix = readonly [number, number, number, number, number, number];

/** Size of a crop or a heatmap in pixels. */
export interface Extent {
  /** Width in pixels. */
  width: number;
  /** Height in pixels. */
  height: number;
}

/** How a crop lies in its image. */
export interface CropOptions extends Extent {
  /**
   * Rotation of the crop's content in degrees, as in ViTPose's augmentation.
   *
   * @default {0}
   */
  rotation?: number;
  /**
   * Enlargement of the box.
   *
   * @default {1.25}
   */
  padding?: number;
}

/** A crop's place in its image. */
export interface CropTransform {
  /** Centre of the box in image pixels. */
  center: readonly [x: number, y: number];
  /** Enlarged size with the crop's aspect, in units of 200 image pixels (ViTPose's convention). */
  scale: readonly [x: number, y: number];
  /** Rotation in degrees. */
  rotation: number;
  /** Crop pixel → image pixel, in double precision; what a warp samples. */
  matrix: AffineMatrix;
  /** Image pixel → crop pixel, rounded to float32 as in the reference. */
  inverse: AffineMatrix;
}

/** Pixels per unit of {@linkcode CropTransform.scale}. */
const pixelsPerUnit = 200;

/**
 * Places the crop of a person: the box grows to the crop's aspect and then by 1.25 about its centre, and the warp
 * is unbiased (UDP): the corner pixels' centres of the crop lie on the corners of the enlarged box.
 *
 * The arithmetic, float32 roundings included, is that of Hugging Face's ViTPose image processor, so that crops
 * equal its crops bit for bit.
 *
 * @param box The person's box in image pixels.
 * @param options Size of the crop in pixels, rotation and enlargement.
 * @returns Centre, scale and the two matrices.
 * @throws {TypeError} If the box is not four finite numbers with positive size.
 * @throws {RangeError} If the crop is smaller than 2×2 pixels, or rotation or padding are no use.
 */
export function cropTransform(box: Box, options: CropOptions): CropTransform {
  const { width, height, rotation = 0, padding = 1.25 } = options;
  const fault = boxFault(box);
  if (fault) throw new TypeError(`Cannot crop the box: ${fault}`);
  checkExtent("crop", options);
  if (!Number.isFinite(rotation)) {
    throw new RangeError(`Cannot rotate the crop: found ${rotation}, expected degrees`);
  }
  if (!Number.isFinite(padding) || padding <= 0) {
    throw new RangeError(`Cannot enlarge the box: found a padding of ${padding}, expected a positive factor`);
  }
  const center = [f32(box[0] + box[2] * 0.5), f32(box[1] + box[3] * 0.5)] as const;
  const scale = scaleOf(box, width / height, padding);
  const inverse = warpMatrix(center, scale, { width, height, rotation });
  return { center, scale, rotation, matrix: invert(inverse), inverse };
}

/**
 * Maps heatmap pixels to image pixels: corner pixels' centres lie on the corners of the enlarged box.
 *
 * @param transform The crop that the heatmap was computed from.
 * @param extent Size of the heatmap in pixels, at least 2×2.
 * @returns Heatmap pixel → image pixel.
 * @throws {RangeError} If the heatmap is smaller than 2×2 pixels.
 */
export function heatmapToImage(transform: CropTransform, extent: Extent): AffineMatrix {
  checkExtent("heatmap", extent);
  const [cx, cy] = transform.center;
  const width = transform.scale[0] * pixelsPerUnit;
  const height = transform.scale[1] * pixelsPerUnit;
  const { cos, sin } = turn(transform.rotation);
  const stepX = width / (extent.width - 1);
  const stepY = height / (extent.height - 1);
  return [
    cos * stepX,
    sin * stepY,
    cx - 0.5 * (cos * width + sin * height),
    -sin * stepX,
    cos * stepY,
    cy - 0.5 * (-sin * width + cos * height),
  ];
}

function scaleOf(box: Box, aspect: number, padding: number): readonly [number, number] {
  let width = box[2];
  let height = box[3];
  if (width > aspect * height) height = width / aspect;
  else if (width < aspect * height) width = height * aspect;
  return [f32(f32(width / pixelsPerUnit) * f32(padding)), f32(f32(height / pixelsPerUnit) * f32(padding))];
}

/** Image → crop. Extents are float32 and rounded after each step; the ratios are double. */
function warpMatrix(
  center: readonly [number, number],
  scale: readonly [number, number],
  { width, height, rotation }: Extent & { rotation: number },
): AffineMatrix {
  const inputX = f32(center[0] * 2);
  const inputY = f32(center[1] * 2);
  const targetX = f32(scale[0] * pixelsPerUnit);
  const targetY = f32(scale[1] * pixelsPerUnit);
  const { cos, sin } = turn(rotation);
  const c = f32(cos);
  const s = f32(sin);
  const ratioX = (width - 1) / targetX;
  const ratioY = (height - 1) / targetY;
  const shiftX = f32(
    f32(f32(f32(-0.5 * inputX) * c) + f32(f32(0.5 * inputY) * s)) + f32(0.5 * targetX),
  );
  const shiftY = f32(
    f32(f32(f32(-0.5 * inputX) * s) - f32(f32(0.5 * inputY) * c)) + f32(0.5 * targetY),
  );
  return [
    f32(cos * ratioX),
    f32(-sin * ratioX),
    f32(ratioX * shiftX),
    f32(sin * ratioY),
    f32(cos * ratioY),
    f32(ratioY * shiftY),
  ];
}

function turn(degrees: number): { cos: number; sin: number } {
  const theta = degrees * (Math.PI / 180);
  return { cos: Math.cos(theta), sin: Math.sin(theta) };
}

function invert([a, b, tx, c, d, ty]: AffineMatrix): AffineMatrix {
  // without rotation as the reference's linear algebra does it: samples on the border depend on the last bit
  if (b === 0 && c === 0) return [1 / a, 0, -tx * (1 / a), 0, 1 / d, -ty * (1 / d)];
  const determinant = a * d - b * c;
  const [ia, ib, ic, id] = [d / determinant, -b / determinant, -c / determinant, a / determinant];
  return [ia, ib, -(ia * tx + ib * ty), ic, id, -(ic * tx + id * ty)];
}

function checkExtent(what: string, { width, height }: Extent): void {
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 2 || height < 2) {
    throw new RangeError(
      `Cannot use a ${what} of ${width}×${height} pixels, expected integers of at least 2`,
    );
  }
}

function f32(value: number): number {
  return Math.fround(value);
}
