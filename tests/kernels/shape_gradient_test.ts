/** Gradients of operators that move, add and average: against differences of their oracles. */
import { addPosition } from "../../kernels/add_position/add_position.ts";
import { embedding } from "../../kernels/embedding/embedding.ts";
import { maskedMean } from "../../kernels/masked_mean/masked_mean.ts";
import { concatenate } from "../../kernels/rearrange/concatenate.ts";
import { rearrange } from "../../kernels/rearrange/rearrange.ts";
import { slice } from "../../kernels/rearrange/slice.ts";
import { addPositionOracle } from "../oracles/add_position.ts";
import { embeddingOracle } from "../oracles/embedding.ts";
import { maskedMeanOracle } from "../oracles/masked_mean.ts";
import { rearrangeOracle } from "../oracles/rearrange.ts";
import { assertGradient } from "../support/gradient_check.ts";

Deno.test("rearrange() gradient equals differences", async () => {
  await assertGradient({
    seed: 1,
    inputs: { x: [2, 3, 5, 7] },
    build: (graph, { x }) => rearrange(graph, x, { pattern: "B F M D -> B M (F D)" }),
    oracle: ({ x }) =>
      rearrangeOracle(x, { from: "B F M D", to: "B M F D", sizes: { B: 2, F: 3, M: 5, D: 7 } }),
  });
});

Deno.test("rearrange() gradient to the dense layout equals differences", async () => {
  await assertGradient({
    seed: 2,
    inputs: { x: [3, 5, 8] },
    build: (graph, { x }) =>
      rearrange(graph, x, { pattern: "B (h w) D -> D h w B", sizes: { h: 5 }, layout: "dense" }),
    oracle: ({ x }) =>
      rearrangeOracle(x, { from: "B h w D", to: "D h w B", sizes: { B: 3, h: 5, w: 1, D: 8 } }),
  });
});

Deno.test("slice() gradient is zero outside the range", async () => {
  await assertGradient({
    seed: 3,
    inputs: { x: [2, 5, 3, 6] },
    build: (graph, { x }) => slice(graph, x, { axis: 1, start: 1, length: 2 }),
    oracle: ({ x }) => Array.from(x).filter((_, i) => [1, 2].includes(Math.floor(i / 18) % 5)),
  });
});

Deno.test("concatenate() gradient gives each input its own part", async () => {
  await assertGradient({
    seed: 4,
    inputs: { a: [7, 3], b: [7, 8] },
    build: (graph, { a, b }) => concatenate(graph, [a, b], 1),
    oracle: ({ a, b }) =>
      Array.from({ length: 7 * 11 }, (_, i) => {
        const [row, column] = [Math.floor(i / 11), i % 11];
        return column < 3 ? a[row * 3 + column] : b[row * 8 + column - 3];
      }),
  });
});

Deno.test("addPosition() gradient equals differences", async () => {
  await assertGradient({
    seed: 5,
    inputs: { x: [2, 3, 5, 6] },
    build: (graph, { x }) => addPosition(graph, x, { axis: 1 }),
    oracle: ({ x, position_embedding: position }) =>
      addPositionOracle({ x, position, positions: 3, inner: 5, width: 6 }),
  });
});

Deno.test("maskedMean() gradient equals differences, a text without weight included", async () => {
  const weights = Int32Array.of(1, 0, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0);
  await assertGradient({
    seed: 6,
    inputs: { x: [3, 4, 5] },
    constants: { weights: { shape: [3, 4], data: weights } },
    build: (graph, { x, weights }) => maskedMean(graph, x, { weights }),
    oracle: ({ x, weights }) => maskedMeanOracle({ x, weights, tokens: 4, width: 5 }),
  });
});

Deno.test("embedding() gradient sums the tokens of each word", async () => {
  const ids = Int32Array.of(3, 1, 3, 3, 0, 10);
  await assertGradient({
    seed: 7,
    samples: 100,
    inputs: {},
    constants: { ids: { shape: [2, 3], data: ids } },
    build: (graph, { ids }) =>
      embedding(graph, ids, { vocabularySize: 11, positions: 5, typeVocabularySize: 2, width: 6 }),
    oracle: ({ ids, word, position, token_type }) =>
      embeddingOracle({ ids, word, position, token_type, tokens: 3, width: 6 }),
  });
});
