/** Patch convolution and position embedding (Eq. 1), against float64. */
import assert from "node:assert/strict";
import { Graph } from "../../graph/graph.ts";
import type { ProductVariant } from "../../kernels/linear/product.ts";
import { patchEmbedding, patchGrid } from "../../kernels/patch_embedding/patch_embedding.ts";
import { patchEmbeddingOracle } from "../oracles/patch_embedding.ts";
import { patchesOracle } from "../oracles/patches.ts";
import { assertClose } from "../support/compare.ts";
import { testPrecisions } from "../support/precisions.ts";
import { normals } from "../support/random.ts";
import { blockedInput, denseOutput, runGraph } from "../support/run_graph.ts";
import { runOnnx } from "../support/run_onnx.ts";
import { assertSameBits } from "../support/same_bits.ts";

interface Case {
  B: number;
  F: number;
  height: number;
  width: number;
  patchSize: number;
  patchPadding: number;
  channels: number;
}

// 1, primes, channels and patch areas that are no multiple of 4, frames that patches do not fill, the real size.
const cases: Case[] = [
  { B: 1, F: 1, height: 1, width: 1, patchSize: 1, patchPadding: 0, channels: 1 },
  { B: 2, F: 1, height: 7, width: 5, patchSize: 3, patchPadding: 1, channels: 5 },
  { B: 1, F: 3, height: 11, width: 17, patchSize: 5, patchPadding: 2, channels: 13 },
  { B: 2, F: 3, height: 19, width: 8, patchSize: 4, patchPadding: 3, channels: 25 },
  { B: 1, F: 3, height: 256, width: 192, patchSize: 16, patchPadding: 2, channels: 40 },
];

for (const variant of ["texture", "tile"] as ProductVariant[]) {
  for (const [seed, shape] of cases.entries()) {
    const { B, F, height, width, patchSize, patchPadding, channels } = shape;
    const title =
      `B${B} F${F} ${height} × ${width}, patch ${patchSize}, padding ${patchPadding}, D${channels}`;
    testPrecisions(`patchEmbedding() ${variant}: ${title} equals float64`, async ({ dtype, bound }) => {
      const grid = patchGrid(height, width, { patchSize, patchPadding });
      const pixels = normals(B * F * 3 * height * width, seed);
      const weight = normals(channels * 3 * patchSize * patchSize, seed + 100, 0.1);
      const bias = normals(channels, seed + 200);
      const position = normals(grid.rows * grid.columns * channels, seed + 300);
      const { y } = await runGraph((graph) => {
        const options = { patchSize, patchPadding, width: channels, variant };
        const input = graph.input("pixels", [B, F, 3, height, width]);
        const tokens = graph.module("vision", () => patchEmbedding(graph, input, options));
        assert.deepEqual(tokens.shape, [B, F, grid.rows * grid.columns, channels]);
        denseOutput(graph, "y", tokens);
      }, {
        inputs: { pixels },
        parameters: {
          "vision.patch_embedding.weight": weight,
          "vision.patch_embedding.bias": bias,
          "vision.position_embedding": position,
        },
        dtype,
      });
      const expected = patchEmbeddingOracle({
        ...{ pixels, weight, bias, position, height, width, patchSize, channels },
        images: B * F,
        padding: patchPadding,
      });
      assertClose(y, expected, bound(expected));
    }, { half: [1, 2, 3].includes(seed) });
  }
}

for (const variant of ["texture", "tile"] as ProductVariant[]) {
  testPrecisions(
    `patchEmbedding() ${variant} of patches equals that of their pixels, bit for bit`,
    async ({ dtype }) => {
      const [B, F, height, width, patchSize, patchPadding, channels] = [2, 3, 23, 17, 5, 2, 13];
      const grid = patchGrid(height, width, { patchSize, patchPadding });
      const M = grid.rows * grid.columns;
      const pixels = normals(B * F * 3 * height * width, 7);
      const cut = { images: B * F, height, width, patchSize, padding: patchPadding };
      const { ofPixels, ofPatches } = await runGraph((graph) => {
        const options = { patchSize, patchPadding, width: channels, variant };
        const images = graph.input("pixels", [B, F, 3, height, width]);
        const patches = blockedInput(graph, "patches", [B, F, M, 3 * patchSize ** 2]);
        denseOutput(graph, "ofPixels", patchEmbedding(graph, images, options));
        denseOutput(graph, "ofPatches", patchEmbedding(graph, patches, options));
      }, {
        inputs: { pixels, patches: Float32Array.from(patchesOracle({ pixels, ...cut })) },
        parameters: {
          "patch_embedding.weight": normals(channels * 3 * patchSize ** 2, 8),
          "patch_embedding.bias": normals(channels, 9),
          "position_embedding": normals(M * channels, 10),
        },
        dtype,
      });
      assertSameBits(ofPatches, ofPixels, "embedding of patches");
    },
  );
}

for (const [seed, shape] of cases.entries()) {
  const { B, F, height, width, patchSize, patchPadding, channels } = shape;
  const title = `B${B} F${F} ${height} × ${width}, patch ${patchSize}, padding ${patchPadding}, D${channels}`;
  Deno.test(`patchEmbedding() in ONNX: ${title} equals float64 at another batch`, async () => {
    const grid = patchGrid(height, width, { patchSize, patchPadding });
    const pixels = normals(B * F * 3 * height * width, seed);
    const weight = normals(channels * 3 * patchSize * patchSize, seed + 100, 0.1);
    const bias = normals(channels, seed + 200);
    const position = normals(grid.rows * grid.columns * channels, seed + 300);
    const { y } = await runOnnx((graph) => {
      const input = graph.input("pixels", [B + 1, F, 3, height, width]);
      denseOutput(graph, "y", patchEmbedding(graph, input, { patchSize, patchPadding, width: channels }));
    }, {
      inputs: { pixels: { data: pixels, shape: [B, F, 3, height, width] } },
      parameters: {
        "patch_embedding.weight": weight,
        "patch_embedding.bias": bias,
        "position_embedding": position,
      },
    });
    assert.deepEqual(y.shape, [B, F, grid.rows * grid.columns, channels]);
    const expected = patchEmbeddingOracle({
      ...{ pixels, weight, bias, position, height, width, patchSize, channels },
      images: B * F,
      padding: patchPadding,
    });
    assertClose(y.data, expected);
  });
}

Deno.test("patchGrid() gives 16 × 12 patches for 256 × 192 pixels with padding 2", () => {
  assert.deepEqual(patchGrid(256, 192, { patchSize: 16, patchPadding: 2 }), { rows: 16, columns: 12 });
});

Deno.test("patchEmbedding() refuses pixels that do not fit", () => {
  const graph = new Graph();
  const options = { patchSize: 16, patchPadding: 2, width: 8 };
  const embed = (shape: number[], changes = {}) => () =>
    patchEmbedding(graph, graph.input("pixels", shape), { ...options, ...changes });
  assert.throws(
    embed([1, 3, 4, 32, 32]),
    /dense f32 \[1, 3, 4, 32, 32\]: expected dense f32 \[B, F, 3, H, W\]/,
  );
  assert.throws(embed([3, 32, 32]), /expected dense f32 \[B, F, 3, H, W\]/);
  assert.throws(embed([1, 1, 3, 11, 32]), /11 × 32 pixels: smaller than a patch, expected at least 12/);
  assert.throws(embed([1, 1, 3, 32, 32], { patchSize: 1.5 }), /patch size 1.5/);
  assert.throws(embed([1, 1, 3, 32, 32], { patchPadding: -1 }), /padding -1/);
  const patches = blockedInput(graph, "patches", [1, 1, 4, 767]);
  assert.throws(() => patchEmbedding(graph, patches, options), {
    name: "TypeError",
    message: /of blocked \[1, 1, 4, 767\]: expected \[B, F, M, 768\]/,
  });
});

Deno.test("patchEmbedding() refuses another number of patches than the position embedding has", () => {
  const graph = new Graph();
  const options = { patchSize: 4, patchPadding: 0, width: 8 };
  patchEmbedding(graph, graph.input("pixels", [1, 1, 3, 8, 8]), options);
  assert.throws(
    () => patchEmbedding(graph, graph.input("wider", [1, 1, 3, 8, 12]), options),
    /position_embedding: \[6, 8\], expected \[4, 8\]/,
  );
});
