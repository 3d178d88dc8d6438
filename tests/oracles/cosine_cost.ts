/** Cost of Eq. 6 in float64: `c[b, m, n] = 1 − f · g / (max(|f|, 1e-8) · max(|g|, 1e-8))`. */

/** visual `[people, M, width]`, text `[people, N, width]`. */
export function cosineCostOracle(
  { visual, text, people, visualTokens, textTokens, width }: {
    visual: ArrayLike<number>;
    text: ArrayLike<number>;
    people: number;
    visualTokens: number;
    textTokens: number;
    width: number;
  },
): Float64Array {
  const cost = new Float64Array(people * visualTokens * textTokens);
  for (let b = 0; b < people; b++) {
    for (let m = 0; m < visualTokens; m++) {
      for (let n = 0; n < textTokens; n++) {
        let [product, visualSquare, textSquare] = [0, 0, 0];
        for (let d = 0; d < width; d++) {
          const f = visual[(b * visualTokens + m) * width + d];
          const g = text[(b * textTokens + n) * width + d];
          product += f * g;
          visualSquare += f * f;
          textSquare += g * g;
        }
        const norms = Math.max(Math.sqrt(visualSquare), 1e-8) * Math.max(Math.sqrt(textSquare), 1e-8);
        cost[(b * visualTokens + m) * textTokens + n] = 1 - product / norms;
      }
    }
  }
  return cost;
}
