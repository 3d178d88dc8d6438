/** Axes move only by name: every pattern in both layouts, against plain loops; slice and concatenate beside it. */
import assert from "node:assert/strict";
import { Graph } from "../../graph/graph.ts";
import { concatenate } from "../../kernels/rearrange/concatenate.ts";
import { linear } from "../../kernels/linear/linear.ts";
import { rearrange } from "../../kernels/rearrange/rearrange.ts";
import { slice } from "../../kernels/rearrange/slice.ts";
import { rearrangeOracle } from "../oracles/rearrange.ts";
import { assertClose } from "../support/compare.ts";
import { testHalf, testPrecisions } from "../support/precisions.ts";
import { normals } from "../support/random.ts";
import { blockedInput, denseOutput, runGraph } from "../support/run_graph.ts";

const cases = [
  { pattern: "B F M D -> B M (F D)", shape: [2, 3, 5, 8], sizes: { B: 2, F: 3, M: 5, D: 8 } },
  { pattern: "B F M D -> B M (F D)", shape: [1, 3, 17, 7], sizes: { B: 1, F: 3, M: 17, D: 7 } },
  { pattern: "B M (F D) -> B F M D", shape: [2, 5, 21], sizes: { B: 2, F: 3, M: 5, D: 7 } },
  { pattern: "B M D -> M D B", shape: [3, 1, 11], sizes: { B: 3, M: 1, D: 11 } },
  { pattern: "B (h w) D -> B h w D", shape: [2, 12, 12], sizes: { B: 2, h: 4, w: 3, D: 12 } },
  { pattern: "B h w K -> B K h w", shape: [1, 64, 48, 15], sizes: { B: 1, h: 64, w: 48, K: 15 } },
  { pattern: "a -> a", shape: [1], sizes: { a: 1 } },
];

for (const [seed, { pattern, shape, sizes }] of cases.entries()) {
  for (const layout of ["blocked", "dense"] as const) {
    testPrecisions(
      `rearrange() ${pattern} of [${shape}] to ${layout} equals loops`,
      async ({ dtype, stored }) => {
        const x = normals(shape.reduce((a, b) => a * b, 1), seed);
        const [from, to] = pattern.split(" -> ");
        const { y } = await runGraph((graph) => {
          const moved = rearrange(graph, blockedInput(graph, "x", shape), { pattern, sizes, layout });
          denseOutput(graph, "y", moved);
        }, { inputs: { x }, dtype });
        assertClose(y, rearrangeOracle(x, { from, to, sizes }).map(stored), 0);
      },
      { half: [0, 2, 3].includes(seed) },
    );
  }
}

testPrecisions("rearrange() zeroes the padding of the last block", async ({ dtype, bound }) => {
  // A product over 21 channels reads 24; memory is poisoned with NaN, and NaN × 0 is NaN.
  const x = normals(2 * 3 * 7, 9);
  const weight = normals(21, 10);
  const { y } = await runGraph((graph) => {
    const merged = rearrange(graph, blockedInput(graph, "x", [1, 3, 2, 7]), {
      pattern: "B F M D -> B M (F D)",
    });
    denseOutput(graph, "y", linear(graph, merged, { columns: 1, bias: false }));
  }, { inputs: { x }, parameters: { weight }, dtype });
  const expected = [0, 1].map((m) => {
    let sum = 0;
    for (let f = 0; f < 3; f++) for (let d = 0; d < 7; d++) sum += x[(f * 2 + m) * 7 + d] * weight[f * 7 + d];
    return sum;
  });
  assertClose(y, expected, bound(expected));
});

testHalf("rearrange() stores inputs beyond the largest half as it", async () => {
  const x = Float32Array.of(1e6, -65536, 65519, 1 / 3, -1e30);
  const { y } = await runGraph((graph) => denseOutput(graph, "y", blockedInput(graph, "x", [1, 5])), {
    inputs: { x },
    dtype: "f16",
  });
  assert.deepEqual([...y], [65504, -65504, 65504, Math.f16round(1 / 3), -65504]);
});

testPrecisions("rearrange() hands whole numbers through as they are", async ({ dtype }) => {
  const ids = Int32Array.of(2 ** 31 - 1, -(2 ** 31), 2049, -1, 16777217, 0);
  const { y } = await runGraph((graph) => {
    const blocked = rearrange(graph, graph.input("ids", [2, 3], "i32"), { pattern: "a b -> b a" });
    graph.output("y", rearrange(graph, blocked, { pattern: "b a -> a b", layout: "dense" }));
  }, { inputs: { ids }, dtype });
  assert.deepEqual(y, ids);
});

Deno.test("rearrange() refuses a pattern that does not fit", () => {
  const graph = new Graph();
  const x = graph.input("x", [2, 6]);
  const refuse = (pattern: string, sizes: Record<string, number>, message: RegExp) =>
    assert.throws(() => rearrange(graph, x, { pattern, sizes }), message);
  refuse("a b c -> c b a", {}, /Cannot rearrange \[2, 6\] by "a b c -> c b a": 3 axes, expected 2/);
  refuse("a (b c) -> a b c", {}, /the sizes of b and c are not determined/);
  refuse("a (b c) -> a b c", { b: 4 }, /axis 1 is not divisible/);
  refuse("a b -> a c", {}, /the sides name other axes/);
});

for (const [axis, start, length] of [[0, 1, 1], [1, 2, 3], [2, 4, 4], [2, 3, 5], [2, 8, 3]]) {
  for (const channels of [12, 11]) {
    testPrecisions(
      `slice() axis ${axis} from ${start}, ${length} of ${channels} channels equals loops`,
      async ({ dtype, stored }) => {
        const shape = [2, 7, channels];
        const x = normals(14 * channels, 5);
        const { y } = await runGraph((graph) => {
          denseOutput(graph, "y", slice(graph, blockedInput(graph, "x", shape), { axis, start, length }));
        }, { inputs: { x }, dtype });
        const expected: number[] = [];
        for (let at = 0; at < x.length; at++) {
          const index = [Math.floor(at / channels / 7), Math.floor(at / channels) % 7, at % channels][axis];
          if (index >= start && index < start + length) expected.push(stored(x[at]));
        }
        assertClose(y, expected, 0);
      },
      { half: axis > 0 },
    );
  }
}

for (const axis of [0, 1, 2]) {
  for (const [first, second] of [[8, 4], [5, 7]]) {
    testPrecisions(
      `concatenate() axis ${axis}, ${first} and ${second} equals loops`,
      async ({ dtype, stored }) => {
        const shapeOf = (length: number) => [3, 2, 6].toSpliced(axis, 1, length);
        const count = (shape: number[]) => shape.reduce((a, b) => a * b, 1);
        const a = normals(count(shapeOf(first)), 1);
        const b = normals(count(shapeOf(second)), 2);
        const { y } = await runGraph((graph) => {
          const inputs = [
            blockedInput(graph, "a", shapeOf(first)),
            blockedInput(graph, "b", shapeOf(second)),
          ];
          denseOutput(graph, "y", concatenate(graph, inputs, axis));
        }, { inputs: { a, b }, dtype });
        const outer = count([3, 2, 6].slice(0, axis));
        const inner = count([3, 2, 6].slice(axis + 1));
        const expected: number[] = [];
        for (let o = 0; o < outer; o++) {
          expected.push(...a.slice(o * first * inner, (o + 1) * first * inner));
          expected.push(...b.slice(o * second * inner, (o + 1) * second * inner));
        }
        assertClose(y, expected.map(stored), 0);
      },
      { half: axis > 0 },
    );
  }
}
