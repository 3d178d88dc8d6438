/** Bilinear enlargement in float64, output pixel by output pixel: PyTorch's interpolate with align_corners=False. */

/**
 * x `[B, height, width, channels]`; `relu` is applied to x first.
 *
 * @returns `[B, factor·height, factor·width, channels]`.
 */
export function upsampleOracle(
  { x, B, height, width, channels, factor, relu }: {
    x: ArrayLike<number>;
    B: number;
    height: number;
    width: number;
    channels: number;
    factor: number;
    relu: boolean;
  },
): Float64Array {
  const y = new Float64Array(B * height * width * channels * factor * factor);
  const at = (b: number, i: number, j: number, c: number) => {
    const value = x[((b * height + i) * width + j) * channels + c];
    return relu && value < 0 ? 0 : value;
  };
  /** The two pixels around an output pixel, and the weight of the second. */
  const around = (out: number, extent: number): [number, number, number] => {
    const position = Math.max(0, (out + 0.5) / factor - 0.5);
    const lower = Math.floor(position);
    return [lower, Math.min(lower + 1, extent - 1), position - lower];
  };
  let to = 0;
  for (let b = 0; b < B; b++) {
    for (let row = 0; row < factor * height; row++) {
      for (let column = 0; column < factor * width; column++) {
        for (let c = 0; c < channels; c++) {
          const [i0, i1, t] = around(row, height);
          const [j0, j1, s] = around(column, width);
          y[to++] = (1 - t) * ((1 - s) * at(b, i0, j0, c) + s * at(b, i0, j1, c)) +
            t * ((1 - s) * at(b, i1, j0, c) + s * at(b, i1, j1, c));
        }
      }
    }
  }
  return y;
}
