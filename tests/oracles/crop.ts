/** Affine crop in float64: bilinear samples, black outside the frame, not yet rounded to bytes. */

/**
 * Samples RGBA bytes `[frameHeight, frameWidth, 4]` at `matrix · [u, v, 1]`.
 *
 * @returns Unrounded values of 0 to 255, `[3, height, width]`.
 */
export function cropOracle(
  { data, frameWidth, frameHeight, matrix, height, width, mirrored }: {
    data: ArrayLike<number>;
    frameWidth: number;
    frameHeight: number;
    matrix: readonly number[];
    height: number;
    width: number;
    mirrored: boolean;
  },
): Float64Array {
  const sums = new Float64Array(3 * height * width);
  for (let v = 0; v < height; v++) {
    for (let column = 0; column < width; column++) {
      const u = mirrored ? width - 1 - column : column;
      const x = matrix[1] * v + matrix[0] * u + matrix[2];
      const y = matrix[4] * v + matrix[3] * u + matrix[5];
      if (x < 0 || y < 0 || x > frameWidth - 1 || y > frameHeight - 1) continue;
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (const row of [Math.floor(y), Math.floor(y) + 1]) {
          for (const at of [Math.floor(x), Math.floor(x) + 1]) {
            const weight = (1 - Math.abs(x - at)) * (1 - Math.abs(y - row));
            if (weight > 0) sum += weight * data[4 * (row * frameWidth + at) + c];
          }
        }
        sums[(c * height + v) * width + column] = sum;
      }
    }
  }
  return sums;
}
