/** y[r, c] = activation(Σ_k x[r, k] w[c, k] + b[c]) + residual[r, c], every variant, against float64. */
import assert from "node:assert/strict";
import { Graph } from "../../graph/graph.ts";
import { linear } from "../../kernels/linear/linear.ts";
import { type Activation, productCandidates, productVariants } from "../../kernels/linear/product.ts";
import { linearOracle } from "../oracles/linear.ts";
import { assertClose, halfBound } from "../support/compare.ts";
import { testHalf, testPrecisions } from "../support/precisions.ts";
import { normals } from "../support/random.ts";
import { blockedInput, denseOutput, runGraph } from "../support/run_graph.ts";
import { paperTraits } from "../support/toy_operators.ts";

interface Case {
  rows: number;
  columns: number;
  depth: number;
  activation: Activation;
  bias: boolean;
  residual: boolean;
}

// 1, primes, one below and above every kernel's tile (24 × 128, 192 and 256; 32, 64 and 128 square, 8 to 32 deep), a real size.
const cases: Case[] = [
  { rows: 1, columns: 1, depth: 1, activation: "none", bias: true, residual: false },
  { rows: 7, columns: 13, depth: 5, activation: "gelu", bias: false, residual: false },
  { rows: 11, columns: 95, depth: 15, activation: "relu", bias: true, residual: true },
  { rows: 13, columns: 97, depth: 17, activation: "gelu", bias: true, residual: true },
  { rows: 63, columns: 65, depth: 64, activation: "none", bias: true, residual: true },
  { rows: 65, columns: 63, depth: 67, activation: "none", bias: false, residual: true },
  { rows: 31, columns: 33, depth: 31, activation: "none", bias: true, residual: false },
  { rows: 33, columns: 31, depth: 33, activation: "relu", bias: true, residual: false },
  { rows: 129, columns: 127, depth: 9, activation: "gelu", bias: true, residual: true },
  { rows: 127, columns: 129, depth: 7, activation: "none", bias: true, residual: true },
  { rows: 192, columns: 384, depth: 768, activation: "gelu", bias: true, residual: false },
  { rows: 23, columns: 191, depth: 11, activation: "gelu", bias: true, residual: true },
  { rows: 25, columns: 193, depth: 13, activation: "none", bias: true, residual: false },
  { rows: 24, columns: 255, depth: 8, activation: "relu", bias: false, residual: true },
  { rows: 47, columns: 257, depth: 19, activation: "none", bias: false, residual: false },
  { rows: 35, columns: 101, depth: 21, activation: "none", bias: false, residual: false },
];

// Those of half precision: no bias, a residual, ReLU, a long sum.
const halfCases = [1, 3, 7, 10];

for (const variant of productVariants) {
  for (const [seed, shape] of cases.entries()) {
    const { rows, columns, depth, activation, bias, residual } = shape;
    const title = `${rows} × ${columns} × ${depth} ${activation}${bias ? " bias" : ""}${
      residual ? " residual" : ""
    }`;
    testPrecisions(`linear() ${variant}: ${title} equals float64`, async ({ dtype, bound }) => {
      const x = normals(rows * depth, seed);
      const parameters = { weight: normals(columns * depth, seed + 100), bias: normals(columns, seed + 200) };
      const added = normals(rows * columns, seed + 300);
      const { y } = await runGraph((graph) => {
        const options = residual ? { residual: blockedInput(graph, "residual", [rows, columns]) } : {};
        const input = blockedInput(graph, "x", [rows, depth]);
        denseOutput(graph, "y", linear(graph, input, { columns, activation, bias, variant, ...options }));
      }, { inputs: { x, ...(residual ? { residual: added } : {}) }, parameters, dtype });
      const expected = linearOracle({
        ...shape,
        x,
        weight: parameters.weight,
        bias: bias ? parameters.bias : undefined,
        residual: residual ? added : undefined,
      });
      assertClose(y, expected, bound(expected));
    }, { half: halfCases.includes(seed) });
  }
}

for (const variant of productVariants) {
  testHalf(`linear() ${variant}: sums beyond the largest half are stored as it, NaN as NaN`, async () => {
    const [rows, columns, depth] = [4, 6, 5];
    const x = Float32Array.from(
      { length: rows * depth },
      (_, i) => [1e6, -1000, 0, NaN][Math.floor(i / depth)],
    );
    const { y } = await runGraph((graph) => {
      denseOutput(graph, "y", linear(graph, blockedInput(graph, "x", [rows, depth]), { columns, variant }));
    }, {
      inputs: { x },
      parameters: { weight: new Float32Array(columns * depth).fill(1000), bias: new Float32Array(columns) },
      dtype: "f16",
    });
    assert.deepEqual([...y], [65504, -65504, 0, NaN].flatMap((value) => new Array(columns).fill(value)));
  });
}

/** The nearest half of each value, by which the kernel multiplies. */
function rounded(values: Float32Array): Float32Array {
  return values.map((value) => Math.f16round(value));
}

for (const variant of productVariants) {
  Deno.test(`linear() ${variant}: half weights give the product with the rounded weights`, async () => {
    const [rows, columns, depth] = [35, 67, 129];
    const x = normals(rows * depth, 1);
    const parameters = { weight: normals(columns * depth, 2), bias: normals(columns, 3) };
    const { y } = await runGraph((graph) => {
      const options = { columns, activation: "gelu", variant } as const;
      denseOutput(graph, "y", linear(graph, blockedInput(graph, "x", [rows, depth]), options));
    }, { inputs: { x }, parameters, dtype: "f16", traits: { halves: false } });
    const product = { rows, columns, depth, activation: "gelu", x, ...parameters } as const;
    const whole = linearOracle(product);
    assertClose(y, linearOracle({ ...product, weight: rounded(parameters.weight) }));
    assertClose(y, whole, halfBound(whole));
  });
}

Deno.test("productCandidates() fills the device before it grows the tile", () => {
  const first = (rows: number, columns: number) =>
    productCandidates(paperTraits, { rows, columns, depth: 768 })[0];
  assert.equal(first(40, 768), "small_tile");
  assert.equal(first(576, 768), "tile"); // 9 × 12 tiles of 64, but 5 × 6 of 128
  assert.equal(first(576, 3072), "large_tile");
});

Deno.test("productCandidates() keeps the texture kernel to software adapters and to textures that fit", () => {
  const shape = { rows: 576, columns: 768, depth: 768 };
  assert.ok(!productCandidates(paperTraits, shape).includes("texture"));
  const software = { ...paperTraits, software: true };
  assert.equal(productCandidates(software, shape)[0], "texture");
  assert.deepEqual(productCandidates({ ...software, maxTextureExtent: 512 }, shape), ["tile"]);
});

Deno.test("linear() refuses other channels than the weight has", () => {
  const graph = new Graph();
  const x = blockedInput(graph, "x", [2, 3]);
  linear(graph, x, { columns: 5 });
  const other = blockedInput(graph, "other", [2, 4]);
  assert.throws(() => linear(graph, other, { columns: 5 }), /parameter weight: \[5, 4\], expected \[5, 3\]/);
});
