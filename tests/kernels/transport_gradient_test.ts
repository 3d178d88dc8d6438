/** Gradients of the cosine cost and of the transport cost, P* held fixed and through the iterations. */
import { cosineCost } from "../../kernels/cosine_cost/cosine_cost.ts";
import { sinkhorn } from "../../kernels/sinkhorn/sinkhorn.ts";
import { cosineCostOracle } from "../oracles/cosine_cost.ts";
import { sinkhornOracle } from "../oracles/sinkhorn.ts";
import { assertGradient } from "../support/gradient_check.ts";
import { normals } from "../support/random.ts";

for (const [seed, [people, M, N, D]] of [[1, 1, 1, 4], [2, 7, 5, 6], [1, 65, 13, 9]].entries()) {
  Deno.test(`cosineCost() gradient ${people} × ${M} × ${N} × ${D} equals differences`, async () => {
    await assertGradient({
      seed,
      inputs: { f: [people, M, D], g: [people, N, D] },
      build: (graph, { f, g }) => cosineCost(graph, f, g),
      oracle: ({ f, g }) =>
        cosineCostOracle({ visual: f, text: g, people, visualTokens: M, textTokens: N, width: D }),
    });
  });
}

const beta = Float32Array.of(0.5, 0, 0.25, 0.25, 0, 0, 0, 0, 0.5, 0.5, 0, 0);
const [people, M, N] = [3, 7, 4];
const positive = normals(people * M * N, 9).map(Math.abs);

Deno.test("sinkhorn() gradient with P* held fixed is P*", async () => {
  const options = { beta, visualTokens: M, textTokens: N, lambda: 0.1, iterations: 20 };
  const { plan } = sinkhornOracle({ cost: positive, ...options });
  await assertGradient({
    seed: 1,
    samples: 84,
    dense: { cost: [people, M, N] },
    inputs: {},
    values: { cost: positive },
    constants: { beta: { shape: [people, N], data: beta } },
    build: (graph, { cost, beta }) => sinkhorn(graph, { cost, beta }, { lambda: 0.1, iterations: 20 }).cost,
    oracle: ({ cost }) =>
      Array.from(
        { length: people },
        (_, b) =>
          plan.subarray(b * M * N, (b + 1) * M * N).reduce((sum, p, i) => sum + p * cost[b * M * N + i], 0),
      ),
  });
});

for (const [seed, [lambda, iterations]] of [[0.1, 5], [0.5, 1], [0.1, 20]].entries()) {
  Deno.test(`sinkhorn() gradient through ${iterations} iterations, λ ${lambda} equals differences`, async () => {
    await assertGradient({
      seed,
      samples: 84,
      dense: { cost: [people, M, N] },
      inputs: {},
      values: { cost: positive },
      constants: { beta: { shape: [people, N], data: beta } },
      build: (graph, { cost, beta }) =>
        sinkhorn(graph, { cost, beta }, { lambda, iterations, unrolled: true }).cost,
      oracle: ({ cost }) =>
        sinkhornOracle({ cost, beta, visualTokens: M, textTokens: N, lambda, iterations }).cost,
    });
  });
}
