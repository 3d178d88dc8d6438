/** y[b, d] = Σ_n w[b, n] x[b, n, d] / Σ_n w[b, n], zero without weight: kernel and ONNX, against float64. */
import assert from "node:assert/strict";
import { Graph } from "../../graph/graph.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { maskedMean } from "../../kernels/masked_mean/masked_mean.ts";
import { maskedMeanOracle } from "../oracles/masked_mean.ts";
import { assertClose } from "../support/compare.ts";
import { paddingOutput } from "../support/padding_output.ts";
import { testPrecisions } from "../support/precisions.ts";
import { normals, uniform } from "../support/random.ts";
import { blockedInput, denseOutput, runGraph } from "../support/run_graph.ts";
import { runOnnx } from "../support/run_onnx.ts";

// [B, N, D]: 1, primes, one below and above a workgroup (64 blocks of four channels), a real size.
const shapes: [number, number, number][] = [
  [1, 1, 1],
  [3, 7, 13],
  [2, 5, 255],
  [2, 31, 257],
  [17, 3, 4],
  [2, 40, 768],
];

/** Weights of any size, some zero; the last text has none when there are several. */
function values([B, N, D]: readonly number[], seed: number) {
  const random = uniform(seed + 50);
  const weights = Float32Array.from({ length: B * N }, () => random() < 0.3 ? 0 : 5 * random());
  weights[0] = 1;
  if (B > 1) weights.fill(0, (B - 1) * N);
  return { x: normals(B * N * D, seed), weights };
}

function mean(graph: Graph, shape: readonly number[]): Tensor {
  const weights = graph.input("weights", shape.slice(0, 2));
  return maskedMean(graph, blockedInput(graph, "x", shape), { weights });
}

for (const [seed, shape] of shapes.entries()) {
  testPrecisions(`maskedMean() of [${shape}] equals float64`, async ({ dtype, bound }) => {
    const inputs = values(shape, seed);
    const { y } = await runGraph((graph) => denseOutput(graph, "y", mean(graph, shape)), { inputs, dtype });
    const expected = maskedMeanOracle({ ...inputs, tokens: shape[1], width: shape[2] });
    assertClose(y, expected, bound(expected));
  }, { half: [1, 2, 3].includes(seed) });
}

Deno.test("maskedMean() does not depend on the scale of the weights, and gives exact zeros without", async () => {
  const x = normals(3 * 2 * 5, 3);
  for (const scale of [1e-25, 1, 1e25]) {
    const weights = Float32Array.of(scale, scale, 0, 0, 0, 3 * scale);
    const { y } = await runGraph(
      (graph) => denseOutput(graph, "y", mean(graph, [3, 2, 5])),
      { inputs: { x, weights } },
    );
    const channels = [0, 1, 2, 3, 4];
    assertClose(y.slice(0, 5), channels.map((d) => (x[d] + x[5 + d]) / 2));
    assert.deepEqual([...y.slice(5, 10)], [0, 0, 0, 0, 0]);
    assertClose(y.slice(10), channels.map((d) => x[25 + d]));
  }
});

Deno.test("maskedMean() writes the padding of the last block as zeros", async () => {
  const inputs = values([3, 4, 6], 8);
  const { padding } = await runGraph(
    (graph) => paddingOutput(graph, "padding", mean(graph, [3, 4, 6])),
    { inputs },
  );
  assert.deepEqual(padding, new Float32Array(3 * 2));
});

Deno.test("maskedMean() in ONNX equals float64, with a batch and length of its own", async () => {
  for (const [seed, shape] of shapes.entries()) {
    const { x, weights } = values(shape, seed);
    const { y } = await runOnnx((graph) => denseOutput(graph, "y", mean(graph, [4, 6, shape[2]])), {
      inputs: { x: { data: x, shape }, weights: { data: weights, shape: shape.slice(0, 2) } },
    });
    assert.deepEqual(y.shape, [shape[0], shape[2]]);
    assertClose(y.data, maskedMeanOracle({ x, weights, tokens: shape[1], width: shape[2] }));
  }
});

Deno.test("maskedMean() refuses tensors that do not fit", () => {
  const graph = new Graph();
  const x = blockedInput(graph, "x", [2, 3, 5]);
  const weights = graph.input("weights", [2, 3]);
  const refuse = (tensor: Tensor, weights: Tensor, message: RegExp) =>
    assert.throws(() => maskedMean(graph, tensor, { weights }), (error) => {
      assert(error instanceof TypeError);
      assert.match(error.message, message);
      return true;
    });
  refuse(
    x,
    graph.input("w", [3, 2]),
    /^Cannot take the mean of \[2, 3, 5\]: weights \[3, 2\], expected \[2, 3\]$/,
  );
  refuse(x, graph.input("w", [2, 3], "u32"), /weights dense u32, expected dense f32 or i32/);
  refuse(x, blockedInput(graph, "w", [2, 3]), /weights blocked f32, expected dense f32 or i32/);
  refuse(graph.input("d", [2, 3, 5]), weights, /dense f32, expected blocked f32/);
  refuse(blockedInput(graph, "e", [2, 3]), weights, /expected \[B, N, D\]/);
});
