/** Position embedding in float64: `y[o, p, i, d] = x[o, p, i, d] + position[p, d]`. */

/** x `[outer, positions, inner, width]`, position `[positions, width]`. */
export function addPositionOracle(
  { x, position, positions, inner, width }: {
    x: ArrayLike<number>;
    position: ArrayLike<number>;
    positions: number;
    inner: number;
    width: number;
  },
): Float64Array {
  const y = new Float64Array(x.length);
  const outer = x.length / (positions * inner * width);
  for (let o = 0; o < outer; o++) {
    for (let p = 0; p < positions; p++) {
      for (let i = 0; i < inner; i++) {
        for (let d = 0; d < width; d++) {
          const at = ((o * positions + p) * inner + i) * width + d;
          y[at] = x[at] + position[p * width + d];
        }
      }
    }
  }
  return y;
}
