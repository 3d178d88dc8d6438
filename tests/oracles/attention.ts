/** Attention in float64: `y[i] = Σ_j softmax_j(q[i]·k[j]/√d) v[j]` per head, along one axis. */
export function attentionOracle(
  { queries, context, mask, outer, inner, lengths, heads, width, channels, starts }: {
    queries: ArrayLike<number>;
    context: ArrayLike<number>;
    mask?: ArrayLike<number> | undefined;
    /** Extents before and after the attending axis. */
    outer: number;
    inner: number;
    lengths: { queries: number; keys: number };
    heads: number;
    width: number;
    /** Channels of the two tensors. */
    channels: { queries: number; context: number };
    /** First channels of queries, keys and values. */
    starts: { query: number; key: number; value: number };
  },
): Float64Array {
  const d = width / heads;
  const y = new Float64Array(outer * lengths.queries * inner * width);
  for (let o = 0; o < outer; o++) {
    for (let n = 0; n < inner; n++) {
      for (let h = 0; h < heads; h++) {
        for (let i = 0; i < lengths.queries; i++) {
          const queryRow = (o * lengths.queries + i) * inner + n;
          const scores: number[] = [];
          for (let j = 0; j < lengths.keys; j++) {
            const row = (o * lengths.keys + j) * inner + n;
            let s = 0;
            for (let c = 0; c < d; c++) {
              s += queries[queryRow * channels.queries + starts.query + h * d + c] *
                context[row * channels.context + starts.key + h * d + c];
            }
            scores.push(mask && mask[o * lengths.keys + j] === 0 ? -Infinity : s / Math.sqrt(d));
          }
          const largest = Math.max(...scores);
          const weights = scores.map((s) => s === -Infinity ? 0 : Math.exp(s - largest));
          const total = weights.reduce((a, b) => a + b, 0);
          for (let c = 0; c < d; c++) {
            let sum = 0;
            for (let j = 0; j < lengths.keys; j++) {
              const row = (o * lengths.keys + j) * inner + n;
              sum += weights[j] * context[row * channels.context + starts.value + h * d + c];
            }
            y[queryRow * width + h * d + c] = total > 0 ? sum / total : 0;
          }
        }
      }
    }
  }
  return y;
}
