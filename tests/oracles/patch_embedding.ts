/** Patch convolution with position embedding in float64, by the definition of a strided convolution. */

/**
 * Embeds the patches of `pixels` `[images, 3, height, width]` with `weight` `[D, 3, P, P]`, `bias` `[D]` and
 * `position` `[M, D]`.
 *
 * @returns `[images, M, D]`.
 */
export function patchEmbeddingOracle(
  { pixels, weight, bias, position, images, height, width, patchSize, padding, channels }: {
    pixels: ArrayLike<number>;
    weight: ArrayLike<number>;
    bias: ArrayLike<number>;
    position: ArrayLike<number>;
    images: number;
    height: number;
    width: number;
    patchSize: number;
    padding: number;
    channels: number;
  },
): Float64Array {
  const rows = Math.floor((height + 2 * padding - patchSize) / patchSize) + 1;
  const columns = Math.floor((width + 2 * padding - patchSize) / patchSize) + 1;
  const tokens = new Float64Array(images * rows * columns * channels);
  let at = 0;
  for (let image = 0; image < images; image++) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        for (let d = 0; d < channels; d++) {
          let sum = bias[d] + position[(row * columns + column) * channels + d];
          for (let c = 0; c < 3; c++) {
            for (let i = 0; i < patchSize; i++) {
              for (let j = 0; j < patchSize; j++) {
                const y = row * patchSize + i - padding;
                const x = column * patchSize + j - padding;
                if (y < 0 || y >= height || x < 0 || x >= width) continue;
                sum += weight[((d * 3 + c) * patchSize + i) * patchSize + j] *
                  pixels[((image * 3 + c) * height + y) * width + x];
              }
            }
          }
          tokens[at++] = sum;
        }
      }
    }
  }
  return tokens;
}
