/** Gradients of patch embedding, convolution, deconvolution with batch normalisation and ReLU, and enlargement. */
import { batchNorm } from "../../kernels/batch_norm/batch_norm.ts";
import { convolution } from "../../kernels/convolution/convolution.ts";
import { deconvolution } from "../../kernels/deconvolution/deconvolution.ts";
import { patchEmbedding } from "../../kernels/patch_embedding/patch_embedding.ts";
import { rearrange } from "../../kernels/rearrange/rearrange.ts";
import { upsample } from "../../kernels/upsample/upsample.ts";
import { batchNormOracle } from "../oracles/batch_norm.ts";
import { convolutionOracle } from "../oracles/convolution.ts";
import { deconvolutionOracle } from "../oracles/deconvolution.ts";
import { patchEmbeddingOracle } from "../oracles/patch_embedding.ts";
import { upsampleOracle } from "../oracles/upsample.ts";
import { assertGradient } from "../support/gradient_check.ts";
import { normals } from "../support/random.ts";

const embeddings = [
  { title: "with padding 0", height: 13, width: 9, padding: 0, byPatches: false },
  { title: "with padding 2", height: 13, width: 9, padding: 2, byPatches: false },
  { title: "by patches", height: 12, width: 8, padding: 0, byPatches: true },
];

for (const [seed, { title, height, width, padding, byPatches }] of embeddings.entries()) {
  Deno.test(`patchEmbedding() gradient ${title} equals differences`, async () => {
    const [images, patchSize, channels] = [2, 4, 6];
    const pixels = normals(images * 3 * height * width, seed + 40);
    await assertGradient({
      seed,
      inputs: {},
      constants: { pixels: { shape: [1, images, 3, height, width], data: pixels } },
      build: (graph, { pixels }) => {
        const pattern = "B F c (y i) (x j) -> B F (y x) (c i j)";
        const sizes = { i: patchSize, j: patchSize };
        const input = byPatches ? rearrange(graph, pixels, { pattern, sizes }) : pixels;
        return patchEmbedding(graph, input, { patchSize, patchPadding: padding, width: channels });
      },
      oracle: (values) =>
        patchEmbeddingOracle({
          pixels: values.pixels,
          weight: values["patch_embedding.weight"],
          bias: values["patch_embedding.bias"],
          position: values.position_embedding,
          ...{ images, height, width, patchSize, padding, channels },
        }),
    });
  });
}

for (const [seed, [kernelSize, channels]] of ([[1, 5], [3, 1], [3, 15], [3, 70]] as const).entries()) {
  Deno.test(`convolution() gradient ${kernelSize} × ${kernelSize}, ${channels} channels equals differences`, async () => {
    const sizes = { B: 2, height: 5, width: 3, depth: 7 };
    await assertGradient({
      seed,
      samples: 20,
      inputs: { x: [sizes.B, sizes.height, sizes.width, sizes.depth] },
      build: (graph, { x }) => convolution(graph, x, { channels, kernelSize }),
      oracle: ({ x, weight, bias }) => convolutionOracle({ x, weight, bias, ...sizes, channels, kernelSize }),
    });
  });
}

for (const [seed, statistics] of (["batch", "running"] as const).entries()) {
  Deno.test(`deconvolution() gradient with ${statistics} statistics equals differences`, async () => {
    const sizes = { B: 2, height: 4, width: 3, depth: 5, channels: 6 };
    const [plain, none] = [new Float64Array(6).fill(1), new Float64Array(6)];
    await assertGradient({
      seed,
      inputs: { x: [sizes.B, sizes.height, sizes.width, sizes.depth] },
      values: { "norm.running_var": Float32Array.from(normals(6, 3), (value) => 1 + Math.abs(value)) },
      parameters: ["up.weight", "norm.weight", "norm.bias"],
      build: (graph, { x }) =>
        deconvolution(graph, x, { channels: 6, name: "up", batchNorm: "norm", epsilon: 1e-3, statistics }),
      oracle: (values) => {
        // The oracle of inference with statistics that change nothing, on x and on −x: its ReLU taken back.
        const sums = (x: ArrayLike<number>) =>
          deconvolutionOracle({
            x,
            weight: values["up.weight"],
            gamma: plain,
            beta: none,
            mean: none,
            variance: plain,
            epsilon: 0,
            ...sizes,
          });
        const negative = sums(Array.from(values.x, (value) => -value));
        const given = statistics === "running"
          ? { mean: values["norm.running_mean"], variance: values["norm.running_var"] }
          : {};
        return batchNormOracle({
          x: sums(values.x).map((value, i) => value - negative[i]),
          weight: values["norm.weight"],
          bias: values["norm.bias"],
          epsilon: 1e-3,
          ...given,
        }).map((value) => Math.max(0, value));
      },
    });
  });
}

Deno.test("batchNorm() gradient over many rows equals differences", async () => {
  await assertGradient({
    seed: 5,
    samples: 20,
    inputs: { x: [131, 7] },
    parameters: ["norm.weight", "norm.bias"],
    build: (graph, { x }) => batchNorm(graph, x, { name: "norm", epsilon: 1e-5, statistics: "batch" }),
    oracle: (values) =>
      batchNormOracle({
        x: values.x,
        weight: values["norm.weight"],
        bias: values["norm.bias"],
        epsilon: 1e-5,
      }),
  });
});

for (const [seed, factor] of [1, 2, 3, 4].entries()) {
  Deno.test(`upsample() gradient by ${factor} with ReLU equals differences`, async () => {
    const sizes = { B: 2, height: 3, width: 2, channels: 5 };
    await assertGradient({
      seed,
      samples: 60,
      inputs: { x: [2, 3, 2, 5] },
      build: (graph, { x }) => upsample(graph, x, { factor, relu: true }),
      oracle: ({ x }) => upsampleOracle({ x, ...sizes, factor, relu: true }),
    });
  });
}
