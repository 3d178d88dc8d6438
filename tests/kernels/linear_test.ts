/** y[r, c] = activation(Σ_k x[r, k] w[c, k] + b[c]) + residual[r, c], every variant, against float64. */
import assert from "node:assert/strict";
import { Graph } from "../../graph/graph.ts";
import { linear } from "../../kernels/linear/linear.ts";
import type { Activation, ProductVariant } from "../../kernels/linear/product.ts";
import { linearOracle } from "../oracles/linear.ts";
import { assertClose } from "../support/compare.ts";
import { normals } from "../support/random.ts";
import { blockedInput, denseOutput, runGraph } from "../support/run_graph.ts";

interface Case {
  rows: number;
  columns: number;
  depth: number;
  activation: Activation;
  bias: boolean;
  residual: boolean;
}

// 1, primes, one below and above both kernels' tiles (24 × 192, 64 × 64, 16 deep), a real size.
const cases: Case[] = [
  { rows: 1, columns: 1, depth: 1, activation: "none", bias: true, residual: false },
  { rows: 7, columns: 13, depth: 5, activation: "gelu", bias: false, residual: false },
  { rows: 23, columns: 191, depth: 15, activation: "relu", bias: true, residual: true },
  { rows: 25, columns: 193, depth: 17, activation: "gelu", bias: true, residual: true },
  { rows: 63, columns: 65, depth: 64, activation: "none", bias: true, residual: true },
  { rows: 65, columns: 63, depth: 67, activation: "none", bias: false, residual: true },
  { rows: 192, columns: 384, depth: 768, activation: "gelu", bias: true, residual: false },
];

for (const variant of ["texture", "tile"] as ProductVariant[]) {
  for (const [seed, shape] of cases.entries()) {
    const { rows, columns, depth, activation, bias, residual } = shape;
    const title = `${rows} × ${columns} × ${depth} ${activation}${bias ? " bias" : ""}${
      residual ? " residual" : ""
    }`;
    Deno.test(`linear() ${variant}: ${title} equals float64`, async () => {
      const x = normals(rows * depth, seed);
      const parameters = { weight: normals(columns * depth, seed + 100), bias: normals(columns, seed + 200) };
      const added = normals(rows * columns, seed + 300);
      const { y } = await runGraph((graph) => {
        const options = residual ? { residual: blockedInput(graph, "residual", [rows, columns]) } : {};
        const input = blockedInput(graph, "x", [rows, depth]);
        denseOutput(graph, "y", linear(graph, input, { columns, activation, bias, variant, ...options }));
      }, { inputs: { x, ...(residual ? { residual: added } : {}) }, parameters });
      const expected = linearOracle({
        ...shape,
        x,
        weight: parameters.weight,
        bias: bias ? parameters.bias : undefined,
        residual: residual ? added : undefined,
      });
      assertClose(y, expected);
    });
  }
}

Deno.test("linear() refuses other channels than the weight has", () => {
  const graph = new Graph();
  const x = blockedInput(graph, "x", [2, 3]);
  linear(graph, x, { columns: 5 });
  const other = blockedInput(graph, "other", [2, 4]);
  assert.throws(() => linear(graph, other, { columns: 5 }), /parameter weight: \[5, 4\], expected \[5, 3\]/);
});
