/** Patches of images in float64, one behind the other as the rows of a matrix, zeros where an image has no pixel. */

/**
 * Cuts `pixels` `[images, 3, height, width]` into patches.
 *
 * @returns `[images, M, 3 · P · P]`, columns in the order channel, y, x.
 */
export function patchesOracle(
  { pixels, images, height, width, patchSize, padding }: {
    pixels: ArrayLike<number>;
    images: number;
    height: number;
    width: number;
    patchSize: number;
    padding: number;
  },
): Float64Array {
  const rows = Math.floor((height + 2 * padding - patchSize) / patchSize) + 1;
  const columns = Math.floor((width + 2 * padding - patchSize) / patchSize) + 1;
  const patches = new Float64Array(images * rows * columns * 3 * patchSize * patchSize);
  let at = 0;
  for (let image = 0; image < images; image++) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        for (let c = 0; c < 3; c++) {
          for (let i = 0; i < patchSize; i++) {
            for (let j = 0; j < patchSize; j++) {
              const y = row * patchSize + i - padding;
              const x = column * patchSize + j - padding;
              const isInside = y >= 0 && y < height && x >= 0 && x < width;
              patches[at++] = isInside ? pixels[((image * 3 + c) * height + y) * width + x] : 0;
            }
          }
        }
      }
    }
  }
  return patches;
}
