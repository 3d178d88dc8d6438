/** Where attention looks, in float64: `y[b, i, j] = 1/H Σ_h softmax_j(q_h[i] · k_h[j] / √d)`. */

/** queries `[people, Lq, channels.queries]`, context `[people, Lk, channels.context]`, mask `[people, Lk]`. */
export function attentionMapOracle(
  { queries, context, mask, people, lengths, heads, headWidth, channels, starts }: {
    queries: ArrayLike<number>;
    context: ArrayLike<number>;
    mask?: ArrayLike<number> | undefined;
    people: number;
    lengths: { queries: number; keys: number };
    heads: number;
    headWidth: number;
    /** Channels of the two tensors. */
    channels: { queries: number; context: number };
    /** First channels of queries and keys. */
    starts: { query: number; key: number };
  },
): Float64Array {
  const map = new Float64Array(people * lengths.queries * lengths.keys);
  for (let b = 0; b < people; b++) {
    for (let i = 0; i < lengths.queries; i++) {
      const queryRow = b * lengths.queries + i;
      for (let h = 0; h < heads; h++) {
        const scores = Array.from({ length: lengths.keys }, (_, j) => {
          const keyRow = b * lengths.keys + j;
          if (mask && mask[keyRow] === 0) return -Infinity;
          let product = 0;
          for (let c = h * headWidth; c < (h + 1) * headWidth; c++) {
            product += queries[queryRow * channels.queries + starts.query + c] *
              context[keyRow * channels.context + starts.key + c];
          }
          return product / Math.sqrt(headWidth);
        });
        const largest = Math.max(...scores);
        if (largest === -Infinity) continue;
        const total = scores.reduce((sum, s) => sum + Math.exp(s - largest), 0);
        scores.forEach((s, j) => {
          map[queryRow * lengths.keys + j] += Math.exp(s - largest) / total / heads;
        });
      }
    }
  }
  return map;
}
