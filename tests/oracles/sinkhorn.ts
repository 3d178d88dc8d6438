/**
 * Sinkhorn's iterations (Eqs. 8–11) in float64 and in the log domain: α = 1/M, τ⁽⁰⁾ = 1, ν first, then τ. Columns
 * without mass are left out before anything is computed.
 */

/** A plan and what it costs. */
export interface OraclePlan {
  /** `[people, M, N]`. */
  plan: Float64Array;
  /** `[people]`. */
  cost: Float64Array;
}

/** cost `[people, M, N]`, beta `[people, N]`, none negative. */
export function sinkhornOracle(
  { cost, beta, visualTokens: M, textTokens: N, lambda, iterations }: {
    cost: ArrayLike<number>;
    beta: ArrayLike<number>;
    visualTokens: number;
    textTokens: number;
    lambda: number;
    iterations: number;
  },
): OraclePlan {
  const people = beta.length / N;
  const plan = new Float64Array(people * M * N);
  const total = new Float64Array(people);
  for (let b = 0; b < people; b++) {
    const columns = Array.from({ length: N }, (_, n) => n).filter((n) => beta[b * N + n] > 0);
    if (columns.length === 0) continue;
    const at = (m: number, n: number) => (b * M + m) * N + n;
    const logNu = new Float64Array(M);
    const logTau = new Float64Array(N);
    const exponent = (m: number, n: number) => -cost[at(m, n)] / lambda;
    for (let t = 0; t < iterations; t++) {
      for (let m = 0; m < M; m++) {
        logNu[m] = -Math.log(M) - logSum(columns.map((n) => exponent(m, n) + logTau[n]));
      }
      for (const n of columns) {
        logTau[n] = Math.log(beta[b * N + n]) - logSum([...logNu].map((nu, m) => exponent(m, n) + nu));
      }
    }
    for (let m = 0; m < M; m++) {
      for (const n of columns) {
        plan[at(m, n)] = Math.exp(logNu[m] + exponent(m, n) + logTau[n]);
        total[b] += plan[at(m, n)] * cost[at(m, n)];
      }
    }
  }
  return { plan, cost: total };
}

function logSum(values: number[]): number {
  const largest = Math.max(...values);
  return largest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - largest), 0));
}
