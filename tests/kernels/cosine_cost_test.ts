/** c[b, m, n] = 1 − cos(f_m, g_n) (Eq. 6), norms guarded: both variants and ONNX, against float64. */
import assert from "node:assert/strict";
import { Graph } from "../../graph/graph.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { cosineCost, type CosineCostVariant } from "../../kernels/cosine_cost/cosine_cost.ts";
import { cosineCostOracle } from "../oracles/cosine_cost.ts";
import { assertClose } from "../support/compare.ts";
import { testPrecisions } from "../support/precisions.ts";
import { normals } from "../support/random.ts";
import { blockedInput, denseOutput, runGraph } from "../support/run_graph.ts";
import { runOnnx } from "../support/run_onnx.ts";

/** `[B, M, N, D]`. */
type Extents = readonly [number, number, number, number];

const variants: CosineCostVariant[] = ["four", "one"];
// 1, primes, one below and above the tiles (32 visual and 4 text tokens), a real size.
const cases: Extents[] = [
  [1, 1, 1, 1],
  [3, 7, 5, 13],
  [2, 31, 3, 6],
  [2, 33, 4, 5],
  [1, 65, 9, 64],
  [2, 192, 40, 768],
];

function build(graph: Graph, [B, M, N, D]: Extents, variant?: CosineCostVariant): void {
  const [f, g] = [blockedInput(graph, "f", [B, M, D]), blockedInput(graph, "g", [B, N, D])];
  denseOutput(graph, "cost", cosineCost(graph, f, g, variant ? { variant } : {}));
}

function values([B, M, N, D]: Extents, seed: number) {
  return { f: normals(B * M * D, seed), g: normals(B * N * D, seed + 100, 30) };
}

function expected({ f, g }: ReturnType<typeof values>, [B, M, N, D]: Extents): Float64Array {
  return cosineCostOracle({ visual: f, text: g, people: B, visualTokens: M, textTokens: N, width: D });
}

// Zero, very short, parallel, opposite and orthogonal vectors of three channels.
const special = {
  extents: [1, 5, 4, 3] as Extents,
  f: Float32Array.of(0, 0, 0, 1e-12, 0, 0, 3e-7, 0, 4e-7, 2, 4, 6, 1e9, 0, 0),
  g: Float32Array.of(1, 2, 3, -2, -4, -6, 0, 0, 0, 0, 5e-6, 0),
};

for (const variant of variants) {
  for (const [seed, extents] of cases.entries()) {
    testPrecisions(
      `cosineCost() ${variant}: [B, M, N, D] = [${extents}] equals float64`,
      async ({ dtype, bound }) => {
        const inputs = values(extents, seed);
        const { cost } = await runGraph((graph) => build(graph, extents, variant), { inputs, dtype });
        const wanted = expected(inputs, extents);
        assertClose(cost, wanted, bound(wanted));
      },
      { half: [1, 3, 4].includes(seed) },
    );
  }

  Deno.test(`cosineCost() ${variant}: zero and short vectors`, async () => {
    const { extents, ...inputs } = special;
    const { cost } = await runGraph((graph) => build(graph, extents, variant), { inputs });
    assert.deepEqual([...cost.slice(0, 4)], [1, 1, 1, 1], "a zero vector has cosine 0");
    assertClose(cost.slice(12, 14), [0, 2], 1e-6); // parallel, opposite
    assertClose(cost, expected(inputs, extents), 1e-6);
  });
}

Deno.test("cosineCost() in ONNX equals float64, with a batch and length of its own", async () => {
  const all = [...cases.map((extents, seed) => ({ extents, ...values(extents, seed) })), special];
  for (const { extents, f, g } of all) {
    const [B, M, N, D] = extents;
    const { cost } = await runOnnx((graph) => build(graph, [B + 1, M, N + 2, D]), {
      inputs: { f: { data: f, shape: [B, M, D] }, g: { data: g, shape: [B, N, D] } },
    });
    assert.deepEqual(cost.shape, [B, M, N]);
    assertClose(cost.data, expected({ f, g }, extents));
  }
});

Deno.test("cosineCost() refuses tensors that do not fit", () => {
  const graph = new Graph();
  const f = blockedInput(graph, "f", [2, 3, 8]);
  const refuse = (g: Tensor, message: RegExp) =>
    assert.throws(() => cosineCost(graph, f, g), (error) => {
      assert(error instanceof TypeError);
      assert.match(error.message, message);
      return true;
    });
  refuse(
    blockedInput(graph, "g", [3, 3, 8]),
    /^Cannot compare \[2, 3, 8\] with \[3, 3, 8\]: other numbers of people, expected the same$/,
  );
  refuse(blockedInput(graph, "g", [2, 3, 4]), /other channels, expected the same/);
  refuse(blockedInput(graph, "g", [2, 8]), /expected \[B, M, D\] and \[B, N, D\]/);
  refuse(graph.input("g", [2, 3, 8]), /dense f32, expected blocked f32/);
  refuse(f, /both are the same tensor, expected two/);
});
