/** Bilinear enlargement with half-pixel centres, against float64. */
import assert from "node:assert/strict";
import { Graph } from "../../graph/graph.ts";
import { linear } from "../../kernels/linear/linear.ts";
import { upsample } from "../../kernels/upsample/upsample.ts";
import { upsampleOracle } from "../oracles/upsample.ts";
import { assertClose } from "../support/compare.ts";
import { testPrecisions } from "../support/precisions.ts";
import { normals } from "../support/random.ts";
import { blockedInput, denseOutput, runGraph } from "../support/run_graph.ts";
import { runOnnx } from "../support/run_onnx.ts";

// 1, primes, channels that are no multiple of 4, odd and even factors, the real map.
const cases = [
  { B: 1, height: 1, width: 1, channels: 1, factor: 4, relu: false },
  { B: 2, height: 3, width: 7, channels: 5, factor: 4, relu: true },
  { B: 3, height: 2, width: 5, channels: 3, factor: 3, relu: false },
  { B: 1, height: 5, width: 1, channels: 9, factor: 2, relu: true },
  { B: 2, height: 4, width: 3, channels: 4, factor: 1, relu: true },
  { B: 2, height: 16, width: 12, channels: 24, factor: 4, relu: true },
];

for (const [seed, shape] of cases.entries()) {
  const { B, height, width, channels, factor, relu } = shape;
  const title = `[${B}, ${height}, ${width}, ${channels}] × ${factor}${relu ? " after ReLU" : ""}`;
  testPrecisions(`upsample() ${title} equals float64`, async ({ dtype, bound }) => {
    const x = normals(B * height * width * channels, seed);
    const { y } = await runGraph((graph) => {
      const input = blockedInput(graph, "x", [B, height, width, channels]);
      denseOutput(graph, "y", upsample(graph, input, { factor, relu }));
    }, { inputs: { x }, dtype });
    const expected = upsampleOracle({ ...shape, x });
    assertClose(y, expected, bound(expected));
  }, { half: [1, 2, 3].includes(seed) });
}

Deno.test("upsample() in ONNX equals float64 at another batch", async () => {
  for (const [seed, shape] of cases.entries()) {
    const { B, height, width, channels, factor, relu } = shape;
    const x = normals(B * height * width * channels, seed);
    const { y } = await runOnnx((graph) => {
      const input = blockedInput(graph, "x", [B + 1, height, width, channels]);
      denseOutput(graph, "y", upsample(graph, input, { factor, relu }));
    }, { inputs: { x: { data: x, shape: [B, height, width, channels] } } });
    assert.deepEqual(y.shape, [B, factor * height, factor * width, channels]);
    assertClose(y.data, upsampleOracle({ ...shape, x }));
  }
});

Deno.test("upsample() by 4 moves an edge as PyTorch does", async () => {
  // Worked by hand: output centres lie at −3/8, −1/8, 1/8, 3/8, 5/8, 7/8, 9/8, 11/8 of the input's pixels 0 and 1.
  const { y } = await runGraph((graph) => {
    denseOutput(graph, "y", upsample(graph, blockedInput(graph, "x", [1, 1, 2, 1])));
  }, { inputs: { x: Float32Array.of(0, 8) } });
  const line = [0, 0, 1, 3, 5, 7, 8, 8];
  assertClose(y, [...line, ...line, ...line, ...line]);
});

Deno.test("upsample() leaves nothing in the padding of the last block that a product would read", async () => {
  // A product over 5 channels reads 8; memory is poisoned with NaN, and NaN × 0 is NaN.
  const { y } = await runGraph((graph) => {
    const map = upsample(graph, blockedInput(graph, "x", [1, 2, 1, 5]), { factor: 2 });
    denseOutput(graph, "y", linear(graph, map, { columns: 1, bias: false }));
  }, { inputs: { x: new Float32Array(10).fill(3) }, parameters: { weight: new Float32Array(5).fill(1) } });
  assertClose(y, new Array(8).fill(15));
});

Deno.test("upsample() refuses inputs and factors that do not fit", () => {
  const graph = new Graph();
  const map = blockedInput(graph, "map", [1, 2, 3, 4]);
  assert.throws(() => upsample(graph, blockedInput(graph, "tokens", [2, 3, 4])), {
    name: "TypeError",
    message: /blocked \[2, 3, 4\]: expected blocked \[B, h, w, C\]/,
  });
  assert.throws(() => upsample(graph, graph.input("dense", [1, 2, 3, 4])), {
    name: "TypeError",
    message: /dense \[1, 2, 3, 4\]: expected blocked/,
  });
  for (const factor of [0, 2.5, NaN]) {
    assert.throws(() => upsample(graph, map, { factor }), {
      name: "TypeError",
      message: new RegExp(`by ${factor}: expected a whole number`),
    });
  }
});
