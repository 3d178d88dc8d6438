/** β[b, n] = 1 / words of b where token n is a word, else 0 (Eq. 5): kernel and ONNX, against float64. */
import assert from "node:assert/strict";
import { Graph } from "../../graph/graph.ts";
import { wordWeights } from "../../kernels/word_weights/word_weights.ts";
import { wordWeightsOracle } from "../oracles/word_weights.ts";
import { assertClose } from "../support/compare.ts";
import { uniform } from "../support/random.ts";
import { denseOutput, runGraph } from "../support/run_graph.ts";
import { runOnnx } from "../support/run_onnx.ts";

const special = { clsId: 101, sepId: 102 };

function text(texts: readonly number[][]) {
  const tokens = Math.max(...texts.map((ids) => ids.length));
  const row = (ids: number[], fill: number) => [...ids, ...new Array(tokens - ids.length).fill(fill)];
  return {
    shape: [texts.length, tokens],
    ids: Int32Array.from(texts.flatMap((ids) => row(ids, 0))),
    mask: Int32Array.from(texts.flatMap((ids) => row(ids.map(() => 1), 0))),
  };
}

function randomText(B: number, N: number, seed: number) {
  const random = uniform(seed);
  const ids = Int32Array.from({ length: B * N }, () => 100 + Math.floor(random() * 5));
  const mask = Int32Array.from({ length: B * N }, () => random() < 0.7 ? 1 : 0);
  return { shape: [B, N], ids, mask };
}

function build(graph: Graph, shape: readonly number[]): void {
  const inputIds = graph.input("ids", shape, "i32");
  const attentionMask = graph.input("mask", shape, "i32");
  denseOutput(graph, "beta", wordWeights(graph, { inputIds, attentionMask }, special));
}

const cases: [string, { shape: number[]; ids: Int32Array; mask: Int32Array }][] = [
  ["a sentence and a shorter one", text([[101, 7, 8, 9, 102], [101, 7, 102]])],
  ["one word", text([[7]])],
  ["no word at all, and some", text([[101, 102], [101, 5], [102]])],
  ["masks with holes", randomText(3, 13, 1)],
  ["63 tokens", randomText(2, 63, 2)],
  ["65 tokens", randomText(5, 65, 3)],
  ["BERT's longest text", randomText(2, 512, 4)],
];

for (const [title, { shape, ids, mask }] of cases) {
  Deno.test(`wordWeights() ${title} equals float64`, async () => {
    const { beta } = await runGraph((graph) => build(graph, shape), { inputs: { ids, mask } });
    assertClose(beta, wordWeightsOracle({ ids, mask, tokens: shape[1], ...special }), 1e-7);
  });
}

Deno.test("wordWeights() gives exact zeros where there is no word", async () => {
  const { shape, ids, mask } = text([[101, 102, 102], [101, 5]]);
  const { beta } = await runGraph((graph) => build(graph, shape), { inputs: { ids, mask } });
  assert.deepEqual([...beta], [0, 0, 0, 0, 1, 0]);
});

Deno.test("wordWeights() in ONNX equals float64, with a batch and length of its own", async () => {
  for (const [, { shape, ids, mask }] of cases) {
    const inputs = { ids: { data: ids, shape }, mask: { data: mask, shape } };
    const { beta } = await runOnnx((graph) => build(graph, [4, 4]), { inputs });
    assert.deepEqual(beta.shape, shape);
    assertClose(beta.data, wordWeightsOracle({ ids, mask, tokens: shape[1], ...special }), 1e-7);
  }
});

Deno.test("wordWeights() refuses ids and masks that do not fit", () => {
  const graph = new Graph();
  const ids = graph.input("ids", [2, 3], "i32");
  const weigh = (inputIds: typeof ids, attentionMask: typeof ids, attributes = special) => () =>
    wordWeights(graph, { inputIds, attentionMask }, attributes);
  assert.throws(weigh(ids, graph.input("mask", [2, 4], "i32")), {
    name: "TypeError",
    message: "Cannot weigh the words of token ids [2, 3]: mask [2, 4], expected the same shape",
  });
  assert.throws(weigh(ids, graph.input("mask", [2, 3])), /mask dense f32, expected dense i32/);
  assert.throws(weigh(ids, ids), /the mask is the ids themselves/);
  const vector = graph.input("vector", [6], "i32");
  assert.throws(weigh(vector, vector), /token ids \[6\]: expected \[B, N\]/);
  const mask = graph.input("mask", [2, 3], "i32");
  assert.throws(weigh(ids, mask, { clsId: 1.5, sepId: 2 }), /\[CLS\] 1.5, \[SEP\] 2, expected integers/);
});
