/** BERT's embedding sum in float64: `y[b, n, d] = word[ids[b, n], d] + position[n, d] + token_type[0, d]`. */

/** ids `[texts, tokens]` inside the vocabulary; word, position and token type are tables of `width` channels. */
export function embeddingOracle(
  { ids, word, position, token_type, tokens, width }: {
    ids: ArrayLike<number>;
    word: ArrayLike<number>;
    position: ArrayLike<number>;
    token_type: ArrayLike<number>;
    tokens: number;
    width: number;
  },
): Float64Array {
  const y = new Float64Array(ids.length * width);
  for (let i = 0; i < ids.length; i++) {
    const n = i % tokens;
    for (let d = 0; d < width; d++) {
      y[i * width + d] = word[ids[i] * width + d] + position[n * width + d] + token_type[d];
    }
  }
  return y;
}
