/** y[b, n, d] = word[ids[b, n], d] + position[n, d] + token_type[0, d]: kernel and ONNX, against float64. */
import assert from "node:assert/strict";
import { Graph } from "../../graph/graph.ts";
import { embedding, embeddingOperator } from "../../kernels/embedding/embedding.ts";
import { embeddingOracle } from "../oracles/embedding.ts";
import { assertClose } from "../support/compare.ts";
import { paddingOutput } from "../support/padding_output.ts";
import { testPrecisions } from "../support/precisions.ts";
import { normals, uniform } from "../support/random.ts";
import { denseOutput, runGraph } from "../support/run_graph.ts";
import { runOnnx } from "../support/run_onnx.ts";

interface Case {
  title: string;
  /** `[B, N]`. */
  shape: [number, number];
  width: number;
  vocabularySize: number;
  positions: number;
}

// 1, primes, one below and above a workgroup of 64 tokens, all positions taken, a real width.
const cases: Case[] = [
  { title: "one of everything", shape: [1, 1], width: 1, vocabularySize: 1, positions: 1 },
  { title: "primes", shape: [3, 7], width: 13, vocabularySize: 31, positions: 11 },
  { title: "63 tokens", shape: [1, 63], width: 6, vocabularySize: 100, positions: 64 },
  { title: "65 tokens in all positions", shape: [2, 65], width: 8, vocabularySize: 100, positions: 65 },
  { title: "BERT-base, small vocabulary", shape: [2, 40], width: 768, vocabularySize: 997, positions: 512 },
];

function values({ shape: [B, N], width, vocabularySize, positions }: Case, seed: number) {
  const random = uniform(seed);
  return {
    ids: Int32Array.from({ length: B * N }, () => Math.floor(random() * vocabularySize)),
    word: normals(vocabularySize * width, seed + 100),
    position: normals(positions * width, seed + 200),
    token_type: normals(2 * width, seed + 300),
  };
}

function build(graph: Graph, test: Case, shape = test.shape) {
  const { width, vocabularySize, positions } = test;
  const options = { width, vocabularySize, positions, typeVocabularySize: 2 };
  return embedding(graph, graph.input("ids", shape, "i32"), options);
}

for (const [seed, test] of cases.entries()) {
  testPrecisions(`embedding() ${test.title} equals float64`, async ({ dtype, bound }) => {
    const { ids, ...parameters } = values(test, seed);
    const { y } = await runGraph(
      (graph) => denseOutput(graph, "y", build(graph, test)),
      { inputs: { ids }, parameters, dtype },
    );
    const expected = embeddingOracle({ ids, ...parameters, tokens: test.shape[1], width: test.width });
    // One rounding, of the sum: half of the last digit.
    assertClose(y, expected, dtype === "f16" ? bound(expected) / 4 : bound(expected));
  }, { half: [1, 2, 3].includes(seed) });
}

Deno.test("embedding() in ONNX equals float64, with a batch and length of its own", async () => {
  for (const [seed, test] of cases.entries()) {
    const { ids, ...parameters } = values(test, seed);
    const { y } = await runOnnx(
      (graph) => denseOutput(graph, "y", build(graph, test, [5, 1])),
      { inputs: { ids: { data: ids, shape: test.shape } }, parameters },
    );
    assert.deepEqual(y.shape, [...test.shape, test.width]);
    assertClose(y.data, embeddingOracle({ ids, ...parameters, tokens: test.shape[1], width: test.width }));
  }
});

Deno.test("embedding() clamps ids outside the vocabulary", async () => {
  const test: Case = { title: "", shape: [1, 4], width: 3, vocabularySize: 5, positions: 4 };
  const parameters = { word: normals(15, 1), position: normals(12, 2), token_type: normals(6, 3) };
  const { y } = await runGraph(
    (graph) => denseOutput(graph, "y", build(graph, test)),
    { inputs: { ids: Int32Array.of(-1, 5, 2 ** 31 - 1, -(2 ** 31)) }, parameters },
  );
  assertClose(y, embeddingOracle({ ids: [0, 4, 4, 0], ...parameters, tokens: 4, width: 3 }));
});

Deno.test("embedding() writes the padding of the last block as zeros", async () => {
  const test: Case = { title: "", shape: [2, 5], width: 6, vocabularySize: 9, positions: 5 };
  const { ids, ...parameters } = values(test, 9);
  const { padding } = await runGraph(
    (graph) => paddingOutput(graph, "padding", build(graph, test)),
    { inputs: { ids }, parameters },
  );
  assert.deepEqual(padding, new Float32Array(10 * 2));
});

Deno.test("embedding() names its parameters below the module", () => {
  const graph = new Graph();
  graph.module("text.embeddings", () => build(graph, cases[1]));
  assert.deepEqual(
    [...graph.parameters].map(([name, { shape }]) => [name, shape]),
    [
      ["text.embeddings.word", [31, 13]],
      ["text.embeddings.position", [11, 13]],
      ["text.embeddings.token_type", [2, 13]],
    ],
  );
});

Deno.test("embedding() refuses ids of another kind and texts beyond its positions", () => {
  const graph = new Graph();
  const options = { vocabularySize: 5, positions: 4, typeVocabularySize: 1, width: 3 };
  const refuse = (shape: number[], type: "f32" | "i32", message: RegExp) =>
    assert.throws(() => embedding(graph, graph.input("ids", shape, type), options), (error) => {
      assert(error instanceof TypeError);
      assert.match(error.message, message);
      return true;
    });
  refuse([2, 5], "i32", /^Cannot embed token ids \[2, 5\]: 5 tokens, expected at most 4$/);
  refuse([2, 4], "f32", /dense f32, expected dense i32/);
  refuse([4], "i32", /Cannot embed token ids \[4\]: expected \[B, N\]/);
  const tables = [[5, 3], [4, 3], [1, 2]].map((shape, i) => graph.parameter(`table${i}`, shape));
  assert.throws(
    () => graph.add(embeddingOperator, [graph.input("ids", [1, 1], "i32"), ...tables], null),
    /tables \[5, 3\], \[4, 3\], \[1, 2\], expected channels of one number/,
  );
});

Deno.test("embedding() refuses a word table beyond a binding of the device, by name", async () => {
  const test: Case = { title: "", shape: [1, 1], width: 4, vocabularySize: 100, positions: 1 };
  const refused = () =>
    runGraph((graph) => denseOutput(graph, "y", build(graph, test)), { traits: { maxBindingBytes: 1599 } });
  await assert.rejects(refused, {
    name: "RangeError",
    message: "Cannot plan word: 1600 bytes, expected at most 1599",
  });
});
