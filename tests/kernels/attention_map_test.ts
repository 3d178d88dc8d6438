/** y[i, j] = mean over heads of softmax_j(q[i]·k[j]/√d), masked keys 0: WGSL and ONNX, against float64. */
import assert from "node:assert/strict";
import { Graph } from "../../graph/graph.ts";
import { planGraph } from "../../graph/plan.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { attentionMap, type AttentionMapAttributes } from "../../kernels/attention_map/attention_map.ts";
import { rearrange } from "../../kernels/rearrange/rearrange.ts";
import { attentionMapOracle } from "../oracles/attention_map.ts";
import { assertClose } from "../support/compare.ts";
import { testDevice } from "../support/device.ts";
import { testPrecisions } from "../support/precisions.ts";
import { normals, uniform } from "../support/random.ts";
import { blockedInput, runGraph } from "../support/run_graph.ts";
import { runOnnx } from "../support/run_onnx.ts";

interface Case {
  title: string;
  /** `[B, Lq, Lk]`. */
  extents: readonly [number, number, number];
  heads: number;
  headWidth: number;
  masked?: boolean;
  /** The keys stand in the second part of the context, the queries in the second part of their tensor. */
  second?: boolean;
  /** Standard deviation of the operands: large ones make softmax nearly one-hot. */
  scale?: number;
}

// 1, primes, one below and above the workgroup (64 queries) and the step (4 keys), real sizes.
const cases: Case[] = [
  { title: "one query, one key", extents: [1, 1, 1], heads: 1, headWidth: 4 },
  { title: "primes", extents: [3, 7, 13], heads: 5, headWidth: 12, masked: true },
  { title: "one below the workgroup and the step", extents: [2, 31, 3], heads: 2, headWidth: 8 },
  { title: "one above the workgroup and the step", extents: [1, 65, 5], heads: 3, headWidth: 16, scale: 8 },
  { title: "sharp", extents: [1, 63, 64], heads: 1, headWidth: 32, scale: 6 },
  { title: "second parts", extents: [2, 5, 9], heads: 2, headWidth: 4, second: true, masked: true },
  { title: "ViT-B, 40 words", extents: [2, 192, 40], heads: 12, headWidth: 64, masked: true },
  { title: "ViT-B, BERT's longest text", extents: [1, 192, 512], heads: 12, headWidth: 64 },
  { title: "Eq. 4 as printed", extents: [1, 192, 40], heads: 1, headWidth: 768, masked: true },
];

function valuesOf(test: Case, seed: number) {
  const [B, queries, keys] = test.extents;
  const { heads, headWidth, scale = 1, second = false, masked = false } = test;
  const width = heads * headWidth;
  const channels = { queries: second ? 2 * width : width, context: 2 * width };
  const random = uniform(seed);
  const mask = Int32Array.from({ length: B * keys }, () => random() < 0.6 ? 1 : 0);
  if (B > 1) mask.fill(0, 0, keys); // a person with no key at all
  const q = normals(B * queries * channels.queries, seed, scale);
  const c = normals(B * keys * channels.context, seed + 50, scale);
  const attributes = { heads, headWidth, queryPart: second ? 1 : 0, keyPart: second ? 1 : 0 };
  const expected = attentionMapOracle({
    queries: q,
    context: c,
    mask: masked ? mask : undefined,
    people: B,
    lengths: { queries, keys },
    heads,
    headWidth,
    channels,
    starts: { query: second ? width : 0, key: second ? width : 0 },
  });
  return {
    attributes,
    masked,
    shapes: { q: [B, queries, channels.queries], c: [B, keys, channels.context], mask: [B, keys] },
    inputs: { q, c, ...(masked ? { mask } : {}) },
    expected,
  };
}

type Values = ReturnType<typeof valuesOf>;

function build(graph: Graph, { attributes, masked, shapes }: Omit<Values, "inputs" | "expected">): Tensor {
  const tensors = {
    queries: blockedInput(graph, "q", shapes.q),
    context: blockedInput(graph, "c", shapes.c),
  };
  const mask = masked ? { mask: graph.input("mask", shapes.mask, "i32") } : {};
  return attentionMap(graph, tensors, { ...attributes, ...mask });
}

for (const [seed, test] of cases.entries()) {
  testPrecisions(`attentionMap() ${test.title}: equals float64, rows sum to 1`, async ({ dtype, bound }) => {
    const values = valuesOf(test, seed);
    const { y } = await runGraph((graph) => graph.output("y", build(graph, values)), {
      inputs: values.inputs,
      dtype,
    });
    assertClose(y, values.expected, bound(values.expected));
    const [B, queries, keys] = test.extents;
    const isEmpty = (b: number) =>
      values.inputs.mask?.subarray(b * keys, (b + 1) * keys).every((k) => k === 0);
    for (let row = 0; row < B * queries; row++) {
      const sum = y.subarray(row * keys, (row + 1) * keys).reduce((a, b) => a + b, 0);
      assertClose([sum], [isEmpty(Math.floor(row / queries)) ? 0 : 1], 1e-5);
    }
    y.forEach((value, i) => {
      const key = Math.floor(i / keys / queries) * keys + i % keys;
      if (values.inputs.mask?.[key] === 0) assert.equal(value, 0, "a key that is left out");
    });
  }, { half: [1, 5, 6].includes(seed) });
}

Deno.test("attentionMap() in ONNX equals float64, with a batch and lengths of its own", async () => {
  for (const [seed, test] of cases.entries()) {
    const values = valuesOf(test, seed);
    const { q, c, mask } = values.shapes;
    const other = (shape: readonly number[]) => [shape[0] + 1, shape[1] + 2, ...shape.slice(2)];
    const shapes = { q: other(q), c: other(c), mask: other(mask) };
    const { y } = await runOnnx((graph) => graph.output("y", build(graph, { ...values, shapes })), {
      inputs: {
        q: { data: values.inputs.q, shape: q },
        c: { data: values.inputs.c, shape: c },
        ...(values.inputs.mask ? { mask: { data: values.inputs.mask, shape: mask } } : {}),
      },
    });
    assert.deepEqual(y.shape, test.extents);
    assertClose(y.data, values.expected);
  }
});

Deno.test("attentionMap() is not computed when no output needs it", async () => {
  const { device } = await testDevice();
  const graph = new Graph();
  const values = valuesOf(cases[1], 1);
  build(graph, values);
  graph.output("q", rearrange(graph, graph.input("x", [1, 4]), { pattern: "a b -> b a", layout: "dense" }));
  const { steps } = planGraph(graph, {
    traits: device.traits,
    read: () => Promise.reject(new Error("no weights")),
  });
  assert.ok(steps.every(({ label }) => !label.startsWith("attention_map")), JSON.stringify(steps));
});

Deno.test("attentionMap() refuses tensors that do not fit, and loops that a software adapter would cut", async () => {
  const graph = new Graph();
  const q = blockedInput(graph, "q", [2, 3, 8]);
  const options: AttentionMapAttributes = { heads: 2, headWidth: 4, queryPart: 0, keyPart: 0 };
  const refuse = (context: Tensor, message: RegExp, more: object = {}) =>
    assert.throws(() => attentionMap(graph, { queries: q, context }, { ...options, ...more }), {
      name: "TypeError",
      message,
    });
  refuse(
    blockedInput(graph, "a", [3, 3, 8]),
    /^Cannot map attention from \[2, 3, 8\] to \[3, 3, 8\]: other numbers of people, expected the same$/,
  );
  refuse(blockedInput(graph, "b", [2, 3, 4]), /expected 8 channels each for queries and keys/);
  refuse(blockedInput(graph, "c", [2, 8]), /expected \[B, Lq, C\] and \[B, Lk, C\]/);
  refuse(graph.input("d", [2, 3, 8]), /dense f32, expected blocked f32/);
  refuse(q, /both are the same tensor, expected two/);
  const good = blockedInput(graph, "e", [2, 5, 16]);
  refuse(good, /1.5 heads of 3|whole numbers/, { heads: 1.3 });
  refuse(good, /mask i32 \[2, 3\], expected i32 \[2, 5\]/, { mask: graph.input("m", [2, 3], "i32") });
  refuse(good, /mask f32/, { mask: graph.input("n", [2, 5]) });
  attentionMap(graph, { queries: q, context: good }, { ...options, keyPart: 1 });

  const { device } = await testDevice();
  const long = new Graph();
  const tensors = {
    queries: blockedInput(long, "q", [1, 1, 4]),
    context: blockedInput(long, "c", [1, 90000, 4]),
  };
  long.output("y", attentionMap(long, tensors, { heads: 1, headWidth: 4, queryPart: 0, keyPart: 0 }));
  const read = () => Promise.reject(new Error("no weights"));
  assert.throws(() => planGraph(long, { traits: { ...device.traits, software: true }, read }), {
    name: "RangeError",
    message:
      /Cannot map attention to 90000 keys with heads of 4 channels on a software adapter, expected at most 8\d+ keys/,
  });
});
