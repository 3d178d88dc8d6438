/** y[i] = Σ_j softmax_j(q[i]·k[j]/√d) v[j] per head: every variant, self and cross, masked, along either axis. */
import assert from "node:assert/strict";
import { Graph } from "../../graph/graph.ts";
import {
  attention,
  attentionCandidates,
  type AttentionVariant,
  attentionVariants,
  queriesOfInvocation,
} from "../../kernels/attention/attention.ts";
import { attentionOracle } from "../oracles/attention.ts";
import { assertClose } from "../support/compare.ts";
import { testPrecisions } from "../support/precisions.ts";
import { normals, uniform } from "../support/random.ts";
import { blockedInput, denseOutput, runGraph } from "../support/run_graph.ts";
import { paperTraits } from "../support/toy_operators.ts";

interface Case {
  title: string;
  /** `[outer, queries, keys, inner]`; inner > 1 attends along axis 1 of four. */
  extents: [number, number, number, number];
  heads: number;
  headWidth: number;
  self?: boolean;
  masked?: boolean;
  /** Standard deviation of the operands: large ones make softmax nearly one-hot. */
  scale?: number;
  variants?: AttentionVariant[];
  /** In half precision too. */
  half?: boolean;
}

const cases: Case[] = [
  { title: "one query, one key", extents: [1, 1, 1, 1], heads: 1, headWidth: 4 },
  { title: "prime lengths", extents: [2, 7, 13, 1], heads: 3, headWidth: 12, masked: true, half: true },
  { title: "one below the group of four", extents: [1, 31, 3, 1], heads: 2, headWidth: 8 },
  { title: "one above the workgroup", extents: [1, 33, 5, 1], heads: 2, headWidth: 16, scale: 8 },
  {
    title: "self attention along frames",
    extents: [2, 3, 3, 12],
    heads: 2,
    headWidth: 8,
    self: true,
    half: true,
  },
  { title: "64 queries and one more", extents: [1, 65, 64, 1], heads: 1, headWidth: 32, scale: 20 },
  {
    title: "63 queries, 17 keys",
    extents: [2, 63, 17, 1],
    heads: 2,
    headWidth: 20,
    masked: true,
    half: true,
  },
  { title: "15 keys between other axes", extents: [2, 5, 15, 3], heads: 2, headWidth: 8 },
  {
    title: "193 queries in twelves",
    extents: [2, 193, 131, 1],
    heads: 8,
    headWidth: 8,
    masked: true,
    half: true,
  },
  { title: "130 queries in twelves between other axes", extents: [1, 130, 64, 3], heads: 12, headWidth: 4 },
  { title: "ViT-B", extents: [1, 192, 192, 1], heads: 12, headWidth: 64, self: true },
  {
    title: "text of 40 tokens, padded",
    extents: [3, 40, 40, 1],
    heads: 4,
    headWidth: 64,
    self: true,
    masked: true,
  },
  { title: "Eq. 4 as printed: one head of 100", extents: [1, 12, 5, 1], heads: 1, headWidth: 100 },
  {
    title: "one head of 260",
    extents: [1, 6, 5, 1],
    heads: 1,
    headWidth: 260,
    masked: true,
    variants: ["slice"],
  },
];

for (const [seed, test] of cases.entries()) {
  for (const variant of test.variants ?? attentionVariants) {
    testPrecisions(`attention() ${variant}: ${test.title} equals float64`, async ({ dtype, bound }) => {
      const { self = false, masked = false, scale = 1, heads, headWidth } = test;
      const [outer, queries, keys, inner] = test.extents;
      const width = heads * headWidth;
      const channels = self
        ? { queries: 3 * width, context: 3 * width }
        : { queries: width, context: 2 * width };
      const starts = self ? { query: 0, key: width, value: 2 * width } : { query: 0, key: 0, value: width };
      const q = normals(outer * queries * inner * channels.queries, seed, scale);
      const c = self ? q : normals(outer * keys * inner * channels.context, seed + 50, scale);
      const random = uniform(seed);
      const mask = Int32Array.from({ length: outer * keys }, () => random() < 0.6 ? 1 : 0);
      if (masked && outer > 1) mask.fill(0, 0, keys); // a sequence with no key at all
      const shape = (length: number, channelCount: number) =>
        inner > 1 ? [outer, length, inner, channelCount] : [outer, length, channelCount];
      const { y } = await runGraph((graph: Graph) => {
        const queriesTensor = blockedInput(graph, "q", shape(queries, channels.queries));
        const context = self ? queriesTensor : blockedInput(graph, "c", shape(keys, channels.context));
        const output = attention(graph, { queries: queriesTensor, context }, {
          heads,
          headWidth,
          axis: 1,
          queryPart: 0,
          keyPart: self ? 1 : 0,
          valuePart: self ? 2 : 1,
          variant,
          ...(masked ? { mask: graph.input("mask", [outer, keys], "i32") } : {}),
        });
        denseOutput(graph, "y", output);
      }, { inputs: { q, ...(self ? {} : { c }), ...(masked ? { mask } : {}) }, dtype });
      const expected = attentionOracle({
        queries: q,
        context: c,
        mask: masked ? mask : undefined,
        outer,
        inner,
        lengths: { queries, keys },
        heads,
        width,
        channels,
        starts,
      });
      assertClose(y, expected, bound(expected));
    }, { half: test.half ?? false });
  }
}

for (const variant of attentionVariants) {
  Deno.test(`attention() ${variant}: along axis 2 of four, frames do not see each other`, async () => {
    const [B, F, M, D] = [2, 3, 5, 8];
    const x = normals(B * F * M * 3 * D, 77);
    const { y } = await runGraph((graph) => {
      const tensor = blockedInput(graph, "x", [B, F, M, 3 * D]);
      const options = {
        heads: 2,
        headWidth: D / 2,
        axis: 2,
        queryPart: 0,
        keyPart: 1,
        valuePart: 2,
        variant,
      };
      denseOutput(graph, "y", attention(graph, { queries: tensor, context: tensor }, options));
    }, { inputs: { x } });
    assertClose(
      y,
      attentionOracle({
        queries: x,
        context: x,
        outer: B * F,
        inner: 1,
        lengths: { queries: M, keys: M },
        heads: 2,
        width: D,
        channels: { queries: 3 * D, context: 3 * D },
        starts: { query: 0, key: D, value: 2 * D },
      }),
    );
  });
}

Deno.test("attentionCandidates() keeps tiles to enough queries, registers to heads that fit", () => {
  const first = (queries: number, headBlocks: number, software = false) =>
    attentionCandidates({ ...paperTraits, software }, { queries, headBlocks })[0];
  assert.equal(first(192, 16), "tile");
  assert.equal(first(3, 16), "slice");
  assert.equal(first(192, 33), "slice");
  assert.equal(first(192, 16, true), "texture");
  assert.equal(first(192, 33, true), "slice");
});

Deno.test("attention() refuses tensors with too few channels", () => {
  const graph = new Graph();
  const x = blockedInput(graph, "x", [1, 4, 10]);
  const options = { heads: 3, headWidth: 4, axis: 1, queryPart: 0, keyPart: 0, valuePart: 0 };
  assert.throws(
    () => attention(graph, { queries: x, context: x }, options),
    /Cannot attend from \[1, 4, 10\] to \[1, 4, 10\]: expected 12 channels/,
  );
});

Deno.test("queriesOfInvocation() takes many where there are many, and no lane idles for it", () => {
  const each = (outer: number, queries: number, keys: number, inner = 1, headBlocks = 16) =>
    queriesOfInvocation({ outer, queries, keys, inner, headBlocks }, 12);
  assert.equal(each(3, 192, 192), 12); // ViT-B, three frames
  assert.equal(each(1, 192, 192), 12);
  assert.equal(each(1, 40, 40), 4); // a text
  assert.equal(each(1, 3, 3, 192), 4); // along the frames
  assert.equal(each(64, 40, 40), 12); // many texts
  assert.equal(each(1, 13, 2000), 4); // four lanes of sixteen, or two
  assert.equal(each(3, 192, 192, 1, 20), 4); // heads of 80 channels
});
