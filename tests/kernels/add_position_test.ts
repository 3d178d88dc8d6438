/** y[…, p, …, d] = x[…, p, …, d] + position[p, d] along any axis: kernel and ONNX, against float64. */
import assert from "node:assert/strict";
import { Graph } from "../../graph/graph.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { addPosition, addPositionOperator } from "../../kernels/add_position/add_position.ts";
import { addPositionOracle } from "../oracles/add_position.ts";
import { assertClose } from "../support/compare.ts";
import { paddingOutput } from "../support/padding_output.ts";
import { testPrecisions } from "../support/precisions.ts";
import { normals } from "../support/random.ts";
import { blockedInput, denseOutput, runGraph } from "../support/run_graph.ts";
import { runOnnx } from "../support/run_onnx.ts";

interface Case {
  shape: number[];
  axis: number;
}

// 1, primes, one below and above a workgroup of 64 rows, first, middle and last axis, a real size.
const cases: Case[] = [
  { shape: [1, 1, 1, 1], axis: 1 },
  { shape: [2, 3, 5, 7], axis: 0 },
  { shape: [2, 3, 5, 7], axis: 1 },
  { shape: [2, 3, 5, 7], axis: 2 },
  { shape: [3, 21, 6], axis: 1 },
  { shape: [5, 13, 8], axis: 0 },
  { shape: [65, 9], axis: 0 },
  { shape: [2, 3, 192, 768], axis: 1 },
];

function values({ shape, axis }: Case, seed: number) {
  const width = shape[shape.length - 1];
  const x = normals(shape.reduce((a, b) => a * b), seed);
  return { x, position_embedding: normals(shape[axis] * width, seed + 100) };
}

function expected({ shape, axis }: Case, { x, position_embedding: position }: ReturnType<typeof values>) {
  const inner = shape.slice(axis + 1, -1).reduce((a, b) => a * b, 1);
  return addPositionOracle({ x, position, positions: shape[axis], inner, width: shape[shape.length - 1] });
}

function build(graph: Graph, shape: readonly number[], axis: number): Tensor {
  return addPosition(graph, blockedInput(graph, "x", shape), { axis });
}

for (const [seed, test] of cases.entries()) {
  testPrecisions(
    `addPosition() along axis ${test.axis} of [${test.shape}] equals float64`,
    async ({ dtype, bound }) => {
      const { x, ...parameters } = values(test, seed);
      const { y } = await runGraph(
        (graph) => denseOutput(graph, "y", build(graph, test.shape, test.axis)),
        { inputs: { x }, parameters, dtype },
      );
      const wanted = expected(test, { x, ...parameters });
      assertClose(y, wanted, bound(wanted));
    },
    { half: [1, 3, 4].includes(seed) },
  );
}

Deno.test("addPosition() writes the padding of the last block as zeros", async () => {
  const { x, ...parameters } = values({ shape: [2, 3, 5, 7], axis: 1 }, 9);
  const { padding } = await runGraph(
    (graph) => paddingOutput(graph, "padding", build(graph, [2, 3, 5, 7], 1)),
    { inputs: { x }, parameters },
  );
  assert.deepEqual(padding, new Float32Array(30));
});

Deno.test("addPosition() in ONNX equals float64, with a batch of its own", async () => {
  for (const [seed, test] of cases.entries()) {
    const { x, ...parameters } = values(test, seed);
    const built = test.axis === 0 ? test.shape : [test.shape[0] + 1, ...test.shape.slice(1)];
    const { y } = await runOnnx(
      (graph) => denseOutput(graph, "y", build(graph, built, test.axis)),
      { inputs: { x: { data: x, shape: test.shape } }, parameters },
    );
    assert.deepEqual(y.shape, test.shape);
    assertClose(y.data, expected(test, { x, ...parameters }));
  }
});

Deno.test("addPosition() names its parameter position_embedding", () => {
  const graph = new Graph();
  graph.module("fusion.temporal", () => build(graph, [2, 3, 5, 8], 1));
  assert.deepEqual(graph.parameters.get("fusion.temporal.position_embedding")?.shape, [3, 8]);
});

Deno.test("addPosition() refuses axes and tables that do not fit", () => {
  const graph = new Graph();
  const x = blockedInput(graph, "x", [2, 3, 8]);
  for (const axis of [2, -1, 0.5, NaN]) {
    assert.throws(() => addPosition(graph, x, { axis }), {
      name: "TypeError",
      message: `Cannot add positions to [2, 3, 8]: axis ${axis}, expected one of 0 to 1`,
    });
  }
  assert.throws(
    () => addPosition(graph, graph.input("dense", [2, 3, 8]), { axis: 1 }),
    /dense f32, expected blocked f32/,
  );
  assert.throws(
    () => graph.add(addPositionOperator, [x, graph.parameter("table", [4, 8])], { axis: 1 }),
    /Cannot add positions to \[2, 3, 8\]: positions \[4, 8\], expected \[3, 8\]/,
  );
});
