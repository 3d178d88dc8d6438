/** The table that tells the crop kernel where each crop lies: one row of words per crop, written on the CPU. */

/** Words of one row. */
export const cropWords = 20;

/** Largest extent of a crop, in pixels: what the kernel's fixed-point numbers are made for. */
export const maxCropExtent = 4096;

/** Where one crop lies. */
export interface CropPlacement {
  /** The frame among the pixels of the batch. */
  readonly frame: {
    /** Number of pixels before its first one. */
    readonly firstPixel: number;
    /** Width in pixels. */
    readonly width: number;
    /** Height in pixels. */
    readonly height: number;
  };
  /** Crop pixel (u, v) → image pixel: `x = m0·u + m1·v + m2`, `y = m3·u + m4·v + m5`. */
  readonly matrix: readonly number[];
  /** Width of the crop in pixels. */
  readonly width: number;
  /** Height of the crop in pixels. */
  readonly height: number;
  /**
   * Whether the crop is mirrored left to right, for a flip test.
   *
   * @default {false}
   */
  readonly mirrored?: boolean;
}

/** Image pixels that the kernel can tell apart, each way from the origin. */
const farthest = 2 ** 30;

/**
 * Writes one row of a table of crops.
 *
 * Samples outside `[0, width − 1] × [0, height − 1]` of the frame are black. For a crop along the axes the border is
 * decided here, in double precision and by the same sum as a warp in double precision makes, so that whole columns on
 * the border agree with it; for a turned one the kernel decides it to 2⁻²⁰ pixels.
 *
 * @param table `[crops, cropWords]`.
 * @param row Which crop.
 * @param placement Where it lies.
 * @throws {TypeError} When the matrix is not six finite numbers.
 * @throws {RangeError} When the row is beyond the table, an extent is no use, or the crop reaches too far.
 */
export function writeCrop(table: Uint32Array, row: number, placement: CropPlacement): void {
  const { frame, matrix, width, height, mirrored = false } = placement;
  check(table, row, placement);
  const words = table.subarray(row * cropWords, (row + 1) * cropWords);
  words.set([frame.firstPixel, frame.width, frame.height, mirrored ? 1 : 0]);
  for (const [i, entry] of matrix.entries()) {
    let whole = Math.floor(entry);
    let fraction = Math.round((entry - whole) * 2 ** 32);
    if (fraction === 2 ** 32) [whole, fraction] = [whole + 1, 0];
    words[4 + i] = whole;
    words[10 + i] = fraction;
  }
  const [m0, m1, m2, m3, m4, m5] = matrix;
  if (m1 === 0 && m3 === 0) {
    words.set(insideRange((u) => m0 * u + m2, { last: frame.width - 1, extent: width }), 16);
    words.set(insideRange((v) => m4 * v + m5, { last: frame.height - 1, extent: height }), 18);
  } else {
    words.set([0, width, 0, height], 16);
  }
}

/** The first crop pixel whose position lies in `[0, last]` and the one after the last; positions are monotonic. */
function insideRange(
  position: (pixel: number) => number,
  { last, extent }: { last: number; extent: number },
): [number, number] {
  const inside = (pixel: number) => position(pixel) >= 0 && position(pixel) <= last;
  let start = 0;
  while (start < extent && !inside(start)) start++;
  let end = start;
  while (end < extent && inside(end)) end++;
  return [start, end];
}

function check(table: Uint32Array, row: number, { frame, matrix, width, height }: CropPlacement): void {
  if (!Number.isInteger(row) || row < 0 || (row + 1) * cropWords > table.length) {
    throw new RangeError(
      `Cannot write crop ${row}: the table has ${table.length} words, expected ${cropWords} for each crop`,
    );
  }
  if (matrix.length !== 6 || !matrix.every(Number.isFinite)) {
    throw new TypeError(
      `Cannot write crop ${row}: matrix [${matrix.join(", ")}], expected six finite numbers`,
    );
  }
  for (const [name, extent] of [["width", width], ["height", height]] as const) {
    if (Number.isInteger(extent) && extent >= 1 && extent <= maxCropExtent) continue;
    throw new RangeError(
      `Cannot write crop ${row}: ${name} ${extent}, expected 1 to ${maxCropExtent} pixels`,
    );
  }
  const whole = [frame.firstPixel, frame.width, frame.height];
  const end = frame.firstPixel + frame.width * frame.height;
  if (!whole.every(Number.isInteger) || frame.firstPixel < 0 || frame.width < 1 || frame.height < 1) {
    throw new RangeError(
      `Cannot write crop ${row}: a frame of ${frame.width} × ${frame.height} from pixel ${frame.firstPixel}, ` +
        "expected whole numbers, and extents of at least 1",
    );
  }
  if (end > 2 ** 32) {
    throw new RangeError(`Cannot write crop ${row}: its frame ends at pixel ${end}, expected at most 2^32`);
  }
  const [m0, m1, m2, m3, m4, m5] = matrix.map(Math.abs);
  const reach = Math.max(m0 * width + m1 * height + m2, m3 * width + m4 * height + m5);
  if (reach >= farthest) {
    throw new RangeError(`Cannot write crop ${row}: it reaches ${reach} pixels far, expected below 2^30`);
  }
}
