/** y[r, c] = (x[r, c] − mean_r) / √(variance_r + ε) · weight[c] + bias[c]: both variants and ONNX, against float64. */
import assert from "node:assert/strict";
import { Graph } from "../../graph/graph.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { layerNorm, layerNormOperator, type LayerNormVariant } from "../../kernels/layer_norm/layer_norm.ts";
import { rearrange } from "../../kernels/rearrange/rearrange.ts";
import { layerNormOracle } from "../oracles/layer_norm.ts";
import { assertClose } from "../support/compare.ts";
import { paddingOutput } from "../support/padding_output.ts";
import { testPrecisions } from "../support/precisions.ts";
import { normals } from "../support/random.ts";
import { blockedInput, denseOutput, runGraph } from "../support/run_graph.ts";
import { runOnnx } from "../support/run_onnx.ts";

interface Case {
  title: string;
  shape: number[];
  /** Mean of the input. @default {0} */
  mean?: number;
  /** Standard deviation of the input. @default {1} */
  deviation?: number;
  /** Value of every row's first element, which the kernels take as origin of their sums. */
  first?: number;
  epsilon?: number;
}

const epsilon = 1e-6;
const variants: LayerNormVariant[] = ["texture", "workgroup"];
// 1, primes, one below and above a workgroup (8 rows; 32 slices of 4 channels), a real size; hard numbers.
const cases: Case[] = [
  { title: "one element", shape: [1, 1] },
  { title: "one row of two", shape: [1, 2] },
  { title: "primes", shape: [7, 13] },
  { title: "one below the workgroup", shape: [7, 127] },
  { title: "one above the workgroup", shape: [9, 129] },
  { title: "three channels over axes", shape: [2, 3, 5, 3] },
  { title: "ViT-B, three frames", shape: [3, 192, 768] },
  { title: "mean far above deviation", shape: [5, 770], mean: 1000 },
  { title: "large mean of wide rows", shape: [17, 1023], mean: -30000, deviation: 3 },
  { title: "first element an outlier", shape: [5, 67], mean: 10, first: 1000 },
  { title: "tiny deviation, epsilon decides", shape: [3, 64], deviation: 1e-4, epsilon: 1e-5 },
];

function values({ shape, mean = 0, deviation = 1, first }: Case, seed: number) {
  const channels = shape[shape.length - 1];
  const x = normals(shape.reduce((a, b) => a * b), seed, deviation).map((value) => value + mean);
  if (first !== undefined) { for (let i = 0; i < x.length; i += channels) x[i] = first; }
  return { x, weight: normals(channels, seed + 100), bias: normals(channels, seed + 200) };
}

function expected(test: Case, { x, weight, bias }: ReturnType<typeof values>): Float64Array {
  const channels = test.shape[test.shape.length - 1];
  return layerNormOracle({
    x,
    weight,
    bias,
    rows: x.length / channels,
    channels,
    epsilon: test.epsilon ?? epsilon,
  });
}

for (const [seed, test] of cases.entries()) {
  for (const variant of variants) {
    testPrecisions(`layerNorm() ${variant}: ${test.title} equals float64`, async ({ dtype, bound }) => {
      const { x, weight, bias } = values(test, seed);
      const { y } = await runGraph((graph) => {
        const input = blockedInput(graph, "x", test.shape);
        denseOutput(graph, "y", layerNorm(graph, input, { epsilon: test.epsilon ?? epsilon, variant }));
      }, { inputs: { x }, parameters: { weight, bias }, dtype });
      const wanted = expected(test, { x, weight, bias });
      assertClose(y, wanted, bound(wanted));
    }, { half: [2, 4, 5].includes(seed) });
  }
}

for (const variant of variants) {
  Deno.test(`layerNorm() ${variant}: a constant row gives the bias`, async () => {
    const [weight, bias] = [normals(6, 1), normals(6, 2)];
    const { y } = await runGraph((graph) => {
      denseOutput(graph, "y", layerNorm(graph, blockedInput(graph, "x", [2, 6]), { epsilon, variant }));
    }, { inputs: { x: new Float32Array(12).fill(123.456) }, parameters: { weight, bias } });
    assertClose(y, [...bias, ...bias]);
  });

  testPrecisions(
    `layerNorm() ${variant}: the padding of the last block is written as zeros`,
    async ({ dtype }) => {
      const parameters = { weight: normals(5, 5), bias: normals(5, 6) };
      const { padding } = await runGraph((graph) => {
        const y = layerNorm(graph, blockedInput(graph, "x", [9, 5]), { epsilon, variant });
        paddingOutput(graph, "padding", y);
      }, { inputs: { x: normals(9 * 5, 4) }, parameters, dtype });
      assert.deepEqual(padding, new Float32Array(9 * 3));
    },
  );
}

testPrecisions("layerNorm() texture: more rows than a texture holds", async ({ dtype, bound }) => {
  const test = { title: "chunks", shape: [23, 13] };
  const { x, weight, bias } = values(test, 70);
  const { y } = await runGraph((graph) => {
    denseOutput(
      graph,
      "y",
      layerNorm(graph, blockedInput(graph, "x", [23, 13]), { epsilon, variant: "texture" }),
    );
  }, { inputs: { x }, parameters: { weight, bias }, traits: { maxTextureExtent: 10 }, dtype });
  const wanted = expected(test, { x, weight, bias });
  assertClose(y, wanted, bound(wanted));
});

Deno.test("layerNorm() in ONNX equals float64", async () => {
  // onnxruntime's own kernel subtracts the squared mean from the mean square, and loses what ours keeps.
  for (const [seed, test] of cases.filter(({ mean = 0 }) => Math.abs(mean) <= 10).entries()) {
    const { x, weight, bias } = values(test, seed);
    const { y } = await runOnnx((graph) => {
      const input = blockedInput(graph, "x", test.shape.map((extent, i) => i === 0 ? extent + 1 : extent));
      denseOutput(graph, "y", layerNorm(graph, input, { epsilon: test.epsilon ?? epsilon }));
    }, { inputs: { x: { data: x, shape: test.shape } }, parameters: { weight, bias } });
    assert.deepEqual(y.shape, test.shape);
    assertClose(y.data, expected(test, { x, weight, bias }));
  }
});

Deno.test("layerNorm() refuses what it cannot normalise", () => {
  const graph = new Graph();
  const dense = graph.input("dense", [2, 6]);
  const x = blockedInput(graph, "x", [2, 6]);
  const ids = rearrange(graph, graph.input("ids", [2, 6], "i32"), { pattern: "a b -> a b" });
  assert.throws(() => layerNorm(graph, dense, { epsilon }), {
    name: "TypeError",
    message: "Cannot normalise [2, 6]: dense f32, expected blocked f32",
  });
  assert.throws(() => layerNorm(graph, ids, { epsilon }), /blocked i32, expected blocked f32/);
  for (const wrong of [0, -1, NaN, Infinity]) {
    assert.throws(() => layerNorm(graph, x, { epsilon: wrong }), /epsilon .*, expected a positive number/);
  }
  const [short, weight] = [graph.parameter("short", [5]), graph.parameter("weight", [6])];
  const add = (inputs: Tensor[]) => () => graph.add(layerNormOperator, inputs, { epsilon });
  assert.throws(add([x, short, weight]), /Cannot normalise \[2, 6\]: weight \[5\], expected \[6\]/);
  assert.throws(add([x, weight, short]), /Cannot normalise \[2, 6\]: bias \[5\], expected \[6\]/);
});
