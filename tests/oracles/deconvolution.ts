/** Transposed convolution 4 × 4, stride 2, padding 1, batch normalisation and ReLU in float64. */

/**
 * x `[B, height, width, depth]`, weight `[depth, channels, 4, 4]`, statistics `[channels]`: each input pixel is spread
 * over 4 × 4 output pixels, then the sums are normalised.
 *
 * @returns `[B, 2·height, 2·width, channels]`.
 */
export function deconvolutionOracle(
  { x, weight, gamma, beta, mean, variance, epsilon, B, height, width, depth, channels }: {
    x: ArrayLike<number>;
    weight: ArrayLike<number>;
    gamma: ArrayLike<number>;
    beta: ArrayLike<number>;
    mean: ArrayLike<number>;
    variance: ArrayLike<number>;
    epsilon: number;
    B: number;
    height: number;
    width: number;
    depth: number;
    channels: number;
  },
): Float64Array {
  const y = new Float64Array(B * 2 * height * 2 * width * channels);
  for (let b = 0; b < B; b++) {
    for (let i = 0; i < height; i++) {
      for (let j = 0; j < width; j++) {
        for (let tap = 0; tap < 16; tap++) {
          const row = 2 * i - 1 + Math.floor(tap / 4);
          const column = 2 * j - 1 + tap % 4;
          if (row < 0 || row >= 2 * height || column < 0 || column >= 2 * width) continue;
          for (let o = 0; o < channels; o++) {
            let sum = 0;
            for (let c = 0; c < depth; c++) {
              sum += x[((b * height + i) * width + j) * depth + c] * weight[(c * channels + o) * 16 + tap];
            }
            y[((b * 2 * height + row) * 2 * width + column) * channels + o] += sum;
          }
        }
      }
    }
  }
  return y.map((value, at) => {
    const o = at % channels;
    return Math.max(0, (value - mean[o]) / Math.sqrt(variance[o] + epsilon) * gamma[o] + beta[o]);
  });
}
