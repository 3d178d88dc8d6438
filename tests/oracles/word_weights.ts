/** β of Eq. 5 in float64: an equal share for every token with mask that is neither [CLS] nor [SEP]. */

/** ids and mask `[texts, tokens]`. */
export function wordWeightsOracle(
  { ids, mask, tokens, clsId, sepId }: {
    ids: ArrayLike<number>;
    mask: ArrayLike<number>;
    tokens: number;
    clsId: number;
    sepId: number;
  },
): Float64Array {
  const beta = new Float64Array(ids.length);
  for (let first = 0; first < ids.length; first += tokens) {
    const words: number[] = [];
    for (let n = first; n < first + tokens; n++) {
      if (mask[n] === 1 && ids[n] !== clsId && ids[n] !== sepId) words.push(n);
    }
    for (const n of words) beta[n] = 1 / words.length;
  }
  return beta;
}
