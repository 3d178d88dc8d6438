/** The losses of Eqs. 12–16 in float64. */

/** Eq. 12: heatmaps and targets `[people, pixels, keypoints]`, visibility `[people, keypoints]`. */
export function heatmapLossOracle(
  { heatmaps, targets, visibility, people, pixels, keypoints }: {
    heatmaps: ArrayLike<number>;
    targets: ArrayLike<number>;
    visibility: ArrayLike<number>;
    people: number;
    pixels: number;
    keypoints: number;
  },
): Float64Array {
  let sum = 0;
  for (let b = 0; b < people; b++) {
    for (let p = 0; p < pixels; p++) {
      for (let k = 0; k < keypoints; k++) {
        const at = (b * pixels + p) * keypoints + k;
        sum += visibility[b * keypoints + k] * (heatmaps[at] - targets[at]) ** 2;
      }
    }
  }
  return Float64Array.of(sum / (people * pixels * keypoints));
}

/** Eqs. 13–15 on 1 − cosine `[B, B]`; people with equal unpadded ids match. */
export function contrastiveOracle(
  { cost, inputIds, attentionMask, tokens, eta }: {
    cost: ArrayLike<number>;
    inputIds: ArrayLike<number>;
    attentionMask: ArrayLike<number>;
    tokens: number;
    eta: number;
  },
): number {
  const B = inputIds.length / tokens;
  const words = Array.from({ length: B }, (_, b) =>
    Array.from({ length: tokens }, (_, n) => b * tokens + n)
      .filter((at) => attentionMask[at] !== 0).map((at) => inputIds[at]).join(" "));
  const divergence = (similarity: (i: number, j: number) => number) => {
    let total = 0;
    for (let i = 0; i < B; i++) {
      const matches = words.map((text) => text === words[i] ? 1 : 0);
      const count = matches.reduce<number>((sum, match) => sum + match, 0);
      let sum = 0;
      for (let j = 0; j < B; j++) sum += Math.exp(similarity(i, j));
      for (let j = 0; j < B; j++) {
        const y = matches[j] / count;
        if (y > 0) total += y * (Math.log(y) - Math.log(Math.exp(similarity(i, j)) / sum)) / B;
      }
    }
    return total;
  };
  const at = (i: number, j: number) => (1 - cost[i * B + j]) / eta;
  return 0.5 * (divergence(at) + divergence((i, j) => at(j, i)));
}

/** Weighted sum of means. */
export function combineOracle(terms: ArrayLike<number>[], weights: number[]): number {
  return terms.reduce(
    (sum, x, i) => sum + weights[i] * Array.from(x).reduce((a, b) => a + b, 0) / x.length,
    0,
  );
}
