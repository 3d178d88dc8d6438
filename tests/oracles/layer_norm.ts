/** Layer normalisation in float64: `y[r, c] = (x[r, c] − mean_r) / √(variance_r + epsilon) · weight[c] + bias[c]`. */

/** x `[rows, channels]`, weight and bias `[channels]`; the variance divides by the number of channels. */
export function layerNormOracle(
  { x, weight, bias, rows, channels, epsilon }: {
    x: ArrayLike<number>;
    weight: ArrayLike<number>;
    bias: ArrayLike<number>;
    rows: number;
    channels: number;
    epsilon: number;
  },
): Float64Array {
  const y = new Float64Array(rows * channels);
  for (let r = 0; r < rows; r++) {
    let mean = 0;
    for (let c = 0; c < channels; c++) mean += x[r * channels + c] / channels;
    let variance = 0;
    for (let c = 0; c < channels; c++) variance += (x[r * channels + c] - mean) ** 2 / channels;
    for (let c = 0; c < channels; c++) {
      y[r * channels + c] = (x[r * channels + c] - mean) / Math.sqrt(variance + epsilon) * weight[c] +
        bias[c];
    }
  }
  return y;
}
