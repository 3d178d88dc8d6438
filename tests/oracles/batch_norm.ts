/** Batch normalisation in float64 with the batch's own statistics (biased variance), or with given ones. */

/** x `[rows, channels]`; weight, bias, mean and variance `[channels]`. */
export function batchNormOracle(
  { x, weight, bias, mean, variance, epsilon }: {
    x: ArrayLike<number>;
    weight: ArrayLike<number>;
    bias: ArrayLike<number>;
    mean?: ArrayLike<number>;
    variance?: ArrayLike<number>;
    epsilon: number;
  },
): Float64Array {
  const channels = weight.length;
  const rows = x.length / channels;
  const y = new Float64Array(x.length);
  for (let c = 0; c < channels; c++) {
    let center = 0;
    let spread = 0;
    for (let r = 0; r < rows; r++) center += x[r * channels + c] / rows;
    for (let r = 0; r < rows; r++) spread += (x[r * channels + c] - center) ** 2 / rows;
    if (mean && variance) [center, spread] = [mean[c], variance[c]];
    for (let r = 0; r < rows; r++) {
      y[r * channels + c] = (x[r * channels + c] - center) / Math.sqrt(spread + epsilon) * weight[c] +
        bias[c];
    }
  }
  return y;
}
