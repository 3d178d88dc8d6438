/** Transposed convolution with batch normalisation and ReLU, against float64. */
import assert from "node:assert/strict";
import { Graph } from "../../graph/graph.ts";
import { deconvolution } from "../../kernels/deconvolution/deconvolution.ts";
import { linear } from "../../kernels/linear/linear.ts";
import type { ProductVariant } from "../../kernels/linear/product.ts";
import { deconvolutionOracle } from "../oracles/deconvolution.ts";
import { assertClose } from "../support/compare.ts";
import { testPrecisions } from "../support/precisions.ts";
import { normals } from "../support/random.ts";
import { blockedInput, denseOutput, runGraph } from "../support/run_graph.ts";
import { runOnnx } from "../support/run_onnx.ts";

interface Case {
  B: number;
  height: number;
  width: number;
  depth: number;
  channels: number;
}

// 1, primes, channels that are no multiple of 4, one and several chunks of channels, a real map.
const cases: Case[] = [
  { B: 1, height: 1, width: 1, depth: 1, channels: 1 },
  { B: 2, height: 3, width: 5, depth: 7, channels: 5 },
  { B: 3, height: 7, width: 2, depth: 9, channels: 13 },
  { B: 1, height: 5, width: 11, depth: 6, channels: 101 },
  { B: 2, height: 16, width: 12, depth: 48, channels: 24 },
];

/** Large enough that a forgotten or wrong epsilon shows. */
const epsilon = 1e-3;

function randomValues({ B, height, width, depth, channels }: Case, seed: number) {
  return {
    x: normals(B * height * width * depth, seed),
    weight: normals(depth * channels * 16, seed + 100, 0.3),
    gamma: normals(channels, seed + 200),
    beta: normals(channels, seed + 300),
    mean: normals(channels, seed + 400),
    variance: normals(channels, seed + 500).map((value) => value * value),
  };
}

function parametersOf(values: ReturnType<typeof randomValues>, path = ""): Record<string, Float32Array> {
  return {
    [`${path}deconvolution1.weight`]: values.weight,
    [`${path}batch_norm1.weight`]: values.gamma,
    [`${path}batch_norm1.bias`]: values.beta,
    [`${path}batch_norm1.running_mean`]: values.mean,
    [`${path}batch_norm1.running_var`]: values.variance,
  };
}

for (const variant of ["texture", "tile"] as ProductVariant[]) {
  for (const [seed, shape] of cases.entries()) {
    const { B, height, width, depth, channels } = shape;
    const title = `[${B}, ${height}, ${width}, ${depth}] to ${channels} channels`;
    testPrecisions(`deconvolution() ${variant}: ${title} equals float64`, async ({ dtype, bound }) => {
      const values = randomValues(shape, seed);
      const { y } = await runGraph((graph) => {
        const input = blockedInput(graph, "x", [B, height, width, depth]);
        const options = { channels, epsilon, name: "deconvolution1", batchNorm: "batch_norm1", variant };
        const map = graph.module("head", () => deconvolution(graph, input, options));
        assert.deepEqual(map.shape, [B, 2 * height, 2 * width, channels]);
        denseOutput(graph, "y", map);
      }, {
        inputs: { x: values.x },
        parameters: parametersOf(values, "head."),
        dtype,
      });
      const expected = deconvolutionOracle({ ...shape, ...values, epsilon });
      assertClose(y, expected, bound(expected));
    }, { half: [1, 2, 3].includes(seed) });
  }
}

Deno.test("deconvolution() in ONNX equals float64 at another batch", async () => {
  for (const [seed, shape] of cases.entries()) {
    const { B, height, width, depth, channels } = shape;
    const values = randomValues(shape, seed);
    const { y } = await runOnnx((graph) => {
      const input = blockedInput(graph, "x", [B + 1, height, width, depth]);
      const options = { channels, epsilon, name: "deconvolution1", batchNorm: "batch_norm1" };
      denseOutput(graph, "y", deconvolution(graph, input, options));
    }, {
      inputs: { x: { data: values.x, shape: [B, height, width, depth] } },
      parameters: parametersOf(values),
    });
    assert.deepEqual(y.shape, [B, 2 * height, 2 * width, channels]);
    assertClose(y.data, deconvolutionOracle({ ...shape, ...values, epsilon }));
  }
});

Deno.test("deconvolution() leaves nothing in the padding of the last block that a product would read", async () => {
  // A product over 5 channels reads 8; memory is poisoned with NaN, and NaN × 0 is NaN.
  const ones = new Float32Array(5).fill(1);
  const { y } = await runGraph((graph) => {
    const options = { channels: 5, epsilon: 1e-5, name: "d", batchNorm: "b" };
    const map = deconvolution(graph, blockedInput(graph, "x", [1, 1, 2, 3]), options);
    denseOutput(graph, "y", linear(graph, map, { columns: 1, bias: false }));
  }, {
    inputs: { x: new Float32Array(6) },
    parameters: {
      "d.weight": normals(3 * 5 * 16, 2),
      "b.weight": ones,
      "b.bias": ones,
      "b.running_mean": new Float32Array(5),
      "b.running_var": ones,
      weight: ones,
    },
  });
  assertClose(y, new Array(8).fill(5)); // x is zero: every channel is β = 1
});

Deno.test("deconvolution() refuses inputs and epsilons that do not fit", () => {
  const graph = new Graph();
  const options = { channels: 5, epsilon: 1e-5, name: "d", batchNorm: "b" };
  const map = blockedInput(graph, "map", [1, 2, 3, 4]);
  assert.throws(() => deconvolution(graph, blockedInput(graph, "tokens", [2, 3, 4]), options), {
    name: "TypeError",
    message: /blocked \[2, 3, 4\]: expected blocked \[B, h, w, C\]/,
  });
  assert.throws(() => deconvolution(graph, graph.input("dense", [1, 2, 3, 4]), options), {
    name: "TypeError",
    message: /dense \[1, 2, 3, 4\]: expected blocked/,
  });
  for (const epsilon of [0, -1, NaN]) {
    assert.throws(() => deconvolution(graph, map, { ...options, epsilon }), {
      name: "TypeError",
      message: /expected a positive number/,
    });
  }
  assert.throws(() => deconvolution(graph, blockedInput(graph, "deeper", [1, 2, 3, 8]), options), {
    name: "TypeError",
    message: /parameter d\.weight: \[8, 5, 4, 4\], expected \[4, 5, 4, 4\]/,
  });
});
