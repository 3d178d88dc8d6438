/** Convolution with an odd kernel and zero padding that keeps the extent, in float64. */

/**
 * x `[B, height, width, depth]`, weight `[channels, depth, kernelSize, kernelSize]`, bias `[channels]`.
 *
 * @returns `[B, height, width, channels]`.
 */
export function convolutionOracle(
  { x, weight, bias, B, height, width, depth, channels, kernelSize }: {
    x: ArrayLike<number>;
    weight: ArrayLike<number>;
    bias: ArrayLike<number>;
    B: number;
    height: number;
    width: number;
    depth: number;
    channels: number;
    kernelSize: number;
  },
): Float64Array {
  const y = new Float64Array(B * height * width * channels);
  const padding = (kernelSize - 1) / 2;
  let at = 0;
  for (let b = 0; b < B; b++) {
    for (let i = 0; i < height; i++) {
      for (let j = 0; j < width; j++) {
        for (let o = 0; o < channels; o++) {
          let sum = bias[o];
          for (let a = 0; a < kernelSize; a++) {
            for (let e = 0; e < kernelSize; e++) {
              const row = i + a - padding;
              const column = j + e - padding;
              if (row < 0 || row >= height || column < 0 || column >= width) continue;
              for (let c = 0; c < depth; c++) {
                sum += x[((b * height + row) * width + column) * depth + c] *
                  weight[((o * depth + c) * kernelSize + a) * kernelSize + e];
              }
            }
          }
          y[at++] = sum;
        }
      }
    }
  }
  return y;
}
