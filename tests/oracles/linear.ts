/** Linear layer in float64: `y[r, c] = activation(Σ_k x[r, k] w[c, k] + b[c]) + residual[r, c]`. */

/** Error function by its Taylor series (|x| < 3) or continued fraction, to 1e-15. */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (a < 3) {
    let sum = a;
    let term = a;
    for (let n = 1; n < 120; n++) {
      term *= -a * a / n;
      sum += term / (2 * n + 1);
    }
    return Math.sign(x) * 2 / Math.sqrt(Math.PI) * sum;
  }
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (a + fraction);
  return Math.sign(x) * (1 - Math.exp(-a * a) / Math.sqrt(Math.PI) / (a + fraction));
}

/** Applies an activation by its definition. */
export function activate(value: number, activation: "none" | "gelu" | "relu"): number {
  if (activation === "relu") return Math.max(0, value);
  return activation === "gelu" ? 0.5 * value * (1 + erf(value / Math.SQRT2)) : value;
}

/** x `[rows, depth]`, weight `[columns, depth]`. */
export function linearOracle(
  { x, weight, bias, residual, rows, columns, depth, activation }: {
    x: ArrayLike<number>;
    weight: ArrayLike<number>;
    bias?: ArrayLike<number> | undefined;
    residual?: ArrayLike<number> | undefined;
    rows: number;
    columns: number;
    depth: number;
    activation: "none" | "gelu" | "relu";
  },
): Float64Array {
  const y = new Float64Array(rows * columns);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      let sum = bias ? bias[c] : 0;
      for (let k = 0; k < depth; k++) sum += x[r * depth + k] * weight[c * depth + k];
      y[r * columns + c] = activate(sum, activation) + (residual ? residual[r * columns + c] : 0);
    }
  }
  return y;
}
