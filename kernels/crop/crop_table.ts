/** The table that tells the crop kernel where each crop lies: one row of words per crop, written on the CPU. */

/** Words of one row. */
export const cropWords = 29;

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

/** Units of the fixed-point numbers in a pixel. */
const unitsPerPixel = 2 ** 32;

/**
 * Writes one row of a table of crops.
 *
 * Each matrix entry stands there twice: in fixed point, for most pixels, and in double precision, for those whose byte
 * or border the fixed-point position leaves open.
 *
 * @param table `[crops, cropWords]`.
 * @param row Which crop.
 * @param placement Where it lies.
 * @throws {TypeError} When the matrix is not six finite numbers.
 * @throws {RangeError} When the row is beyond the table, an extent is no use, or the crop reaches too far.
 */
export function writeCrop(table: Uint32Array, row: number, placement: CropPlacement): void {
  const { frame, matrix, mirrored = false } = placement;
  check(table, row, placement);
  const words = table.subarray(row * cropWords, (row + 1) * cropWords);
  words.set([frame.firstPixel, frame.width, frame.height, mirrored ? 1 : 0, slackOf(placement)]);
  const double = new DataView(new ArrayBuffer(8));
  for (const [i, entry] of matrix.entries()) {
    let whole = Math.floor(entry);
    let fraction = Math.round((entry - whole) * unitsPerPixel);
    if (fraction === unitsPerPixel) [whole, fraction] = [whole + 1, 0];
    double.setFloat64(0, entry);
    words[5 + i] = whole;
    words[11 + i] = fraction;
    words[17 + i] = double.getUint32(0);
    words[23 + i] = double.getUint32(4);
  }
}

/**
 * How many units a fixed-point position may be from the one in double precision: each entry is rounded by half a unit
 * and taken up to `extent` times, and two products and two sums in double precision err by 2⁻⁵¹ of the reach.
 */
function slackOf({ matrix, width, height }: CropPlacement): number {
  return Math.ceil((width + height) / 2 + reachOf(matrix, { width, height }) * 2 ** -51 * unitsPerPixel) + 1;
}

/** What the coordinates of a crop, and all that is summed for them, stay below in pixels. */
function reachOf(matrix: readonly number[], { width, height }: { width: number; height: number }): number {
  const [m0, m1, m2, m3, m4, m5] = matrix.map(Math.abs);
  return Math.max(m0 * width + m1 * height + m2, m3 * width + m4 * height + m5);
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
  const reach = reachOf(matrix, { width, height });
  if (reach >= farthest) {
    throw new RangeError(`Cannot write crop ${row}: it reaches ${reach} pixels far, expected below 2^30`);
  }
}
