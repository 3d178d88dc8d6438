/** Flip test in float64: mirror the second half's maps, swap sides, average. */

/** x `[2B, height, width, K]`; returns `[B, height, width, K]`. */
export function flipHeatmapsOracle(
  { x, B, height, width, K, flipPairs }: {
    x: ArrayLike<number>;
    B: number;
    height: number;
    width: number;
    K: number;
    flipPairs: readonly (readonly [number, number])[];
  },
): Float64Array {
  const at = (b: number, i: number, j: number, k: number) => ((b * height + i) * width + j) * K + k;
  const back = new Float64Array(B * height * width * K);
  for (let b = 0; b < B; b++) {
    for (let i = 0; i < height; i++) {
      for (let j = 0; j < width; j++) {
        for (let k = 0; k < K; k++) back[at(b, i, j, k)] = x[at(B + b, i, width - 1 - j, k)];
        for (const [left, right] of flipPairs) {
          const swapped = back[at(b, i, j, left)];
          back[at(b, i, j, left)] = back[at(b, i, j, right)];
          back[at(b, i, j, right)] = swapped;
        }
      }
    }
  }
  return back.map((value, i) => (value + x[i]) / 2);
}
