/** Convolution 1 × 1 and 3 × 3 with bias, against float64. */
import assert from "node:assert/strict";
import { Graph } from "../../graph/graph.ts";
import { convolution } from "../../kernels/convolution/convolution.ts";
import { linear } from "../../kernels/linear/linear.ts";
import type { ProductVariant } from "../../kernels/linear/product.ts";
import { convolutionOracle } from "../oracles/convolution.ts";
import { assertClose } from "../support/compare.ts";
import { testPrecisions } from "../support/precisions.ts";
import { normals } from "../support/random.ts";
import { blockedInput, denseOutput, runGraph } from "../support/run_graph.ts";
import { runOnnx } from "../support/run_onnx.ts";

// 1, primes, channels that are no multiple of 4, one channel above the chunk of 64, a real map and keypoint number.
const cases = [
  { B: 1, height: 1, width: 1, depth: 1, channels: 1 },
  { B: 2, height: 3, width: 7, depth: 5, channels: 13 },
  { B: 3, height: 11, width: 2, depth: 6, channels: 65 },
  { B: 1, height: 64, width: 48, depth: 24, channels: 17 },
];

for (const variant of ["texture", "tile"] as ProductVariant[]) {
  for (const kernelSize of [1, 3] as const) {
    for (const [seed, shape] of cases.entries()) {
      const { B, height, width, depth, channels } = shape;
      const title = `${kernelSize} × ${kernelSize} of [${B}, ${height}, ${width}, ${depth}] to ${channels}`;
      testPrecisions(
        `convolution() ${variant}: ${title} channels equals float64`,
        async ({ dtype, bound }) => {
          const x = normals(B * height * width * depth, seed);
          const weight = normals(channels * depth * kernelSize ** 2, seed + 100);
          const bias = normals(channels, seed + 200);
          const { y } = await runGraph((graph) => {
            const input = blockedInput(graph, "x", [B, height, width, depth]);
            const options = { channels, kernelSize, variant };
            denseOutput(graph, "y", graph.module("head", () => convolution(graph, input, options)));
          }, { inputs: { x }, parameters: { "head.weight": weight, "head.bias": bias }, dtype });
          const expected = convolutionOracle({ ...shape, kernelSize, x, weight, bias });
          assertClose(y, expected, bound(expected));
        },
        { half: [1, 2].includes(seed) },
      );
    }
  }
}

for (const kernelSize of [1, 3] as const) {
  Deno.test(`convolution() in ONNX: ${kernelSize} × ${kernelSize} equals float64 at another batch`, async () => {
    for (const [seed, shape] of cases.entries()) {
      const { B, height, width, depth, channels } = shape;
      const x = normals(B * height * width * depth, seed);
      const weight = normals(channels * depth * kernelSize ** 2, seed + 100);
      const bias = normals(channels, seed + 200);
      const { y } = await runOnnx((graph) => {
        const input = blockedInput(graph, "x", [B + 1, height, width, depth]);
        denseOutput(graph, "y", convolution(graph, input, { channels, kernelSize }));
      }, { inputs: { x: { data: x, shape: [B, height, width, depth] } }, parameters: { weight, bias } });
      assert.deepEqual(y.shape, [B, height, width, channels]);
      assertClose(y.data, convolutionOracle({ ...shape, kernelSize, x, weight, bias }));
    }
  });
}

Deno.test("convolution() leaves nothing in the padding of the last block that a product would read", async () => {
  // A product over 5 channels reads 8; memory is poisoned with NaN, and NaN × 0 is NaN.
  for (const kernelSize of [1, 3] as const) {
    const { y } = await runGraph((graph) => {
      const input = blockedInput(graph, "x", [1, 2, 3, 1]);
      const map = graph.module("head", () => convolution(graph, input, { channels: 5, kernelSize }));
      denseOutput(graph, "y", linear(graph, map, { columns: 1, bias: false }));
    }, {
      inputs: { x: new Float32Array(6) },
      parameters: {
        "head.weight": normals(5 * kernelSize ** 2, 1),
        "head.bias": new Float32Array(5).fill(2),
        weight: new Float32Array(5).fill(1),
      },
    });
    assertClose(y, new Array(6).fill(10)); // x is zero: every channel is its bias
  }
});

Deno.test("convolution() refuses inputs and kernel sizes that do not fit", () => {
  const graph = new Graph();
  const map = blockedInput(graph, "map", [1, 2, 3, 4]);
  const options = { channels: 5, kernelSize: 3 as const };
  assert.throws(() => convolution(graph, blockedInput(graph, "tokens", [2, 3, 4]), options), {
    name: "TypeError",
    message: /blocked \[2, 3, 4\]: expected blocked \[B, h, w, C\]/,
  });
  assert.throws(() => convolution(graph, graph.input("dense", [1, 2, 3, 4]), options), {
    name: "TypeError",
    message: /dense \[1, 2, 3, 4\]: expected blocked/,
  });
  assert.throws(() => convolution(graph, map, { ...options, kernelSize: 5 as 3 }), {
    name: "TypeError",
    message: /kernel size 5, expected 1 or 3/,
  });
  convolution(graph, map, options);
  assert.throws(() => convolution(graph, map, { ...options, kernelSize: 1 }), {
    name: "TypeError",
    message: /parameter weight: \[5, 4, 1, 1\], expected \[5, 4, 3, 3\]/,
  });
});
