/** Weighted mean in float64: `y[b, d] = Σ_n w[b, n] x[b, n, d] / Σ_n w[b, n]`, zero where all weights are. */

/** x `[texts, tokens, width]`, weights `[texts, tokens]`. */
export function maskedMeanOracle(
  { x, weights, tokens, width }: {
    x: ArrayLike<number>;
    weights: ArrayLike<number>;
    tokens: number;
    width: number;
  },
): Float64Array {
  const texts = weights.length / tokens;
  const y = new Float64Array(texts * width);
  for (let b = 0; b < texts; b++) {
    let mass = 0;
    for (let n = 0; n < tokens; n++) mass += weights[b * tokens + n];
    if (mass === 0) continue;
    for (let d = 0; d < width; d++) {
      let sum = 0;
      for (let n = 0; n < tokens; n++) sum += weights[b * tokens + n] * x[(b * tokens + n) * width + d];
      y[b * width + d] = sum / mass;
    }
  }
  return y;
}
