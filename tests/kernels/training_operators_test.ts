/** Operators that training needs forward: add, constant, scale, activation, sumRows, batchNorm, against float64. */
import assert from "node:assert/strict";
import { Graph } from "../../graph/graph.ts";
import { activation } from "../../kernels/activation/activation.ts";
import { add } from "../../kernels/add/add.ts";
import { batchNormOperator } from "../../kernels/batch_norm/batch_norm.ts";
import { constant } from "../../kernels/constant/constant.ts";
import { scale } from "../../kernels/scale/scale.ts";
import { sumRows } from "../../kernels/sum_rows/sum_rows.ts";
import { batchNormOracle } from "../oracles/batch_norm.ts";
import { activate } from "../oracles/linear.ts";
import { assertClose } from "../support/compare.ts";
import { paddingOutput } from "../support/padding_output.ts";
import { testHalf, testPrecisions } from "../support/precisions.ts";
import { normals } from "../support/random.ts";
import { blockedInput, denseOutput, runGraph } from "../support/run_graph.ts";

for (const [rows, channels] of [[1, 1], [7, 13], [65, 4], [130, 33]]) {
  const shape = [rows, channels];
  const a = normals(rows * channels, rows);
  const b = normals(rows * channels, rows + 1);
  const title = `${rows} × ${channels}`;

  Deno.test(`add() of ${title}, blocked and dense, equals float64`, async () => {
    const outputs = await runGraph((graph) => {
      denseOutput(
        graph,
        "blocked",
        add(graph, blockedInput(graph, "a", shape), blockedInput(graph, "b", shape)),
      );
      graph.output("dense", add(graph, graph.input("c", shape), graph.input("d", shape)));
    }, { inputs: { a, b, c: a, d: b } });
    const expected = a.map((value, i) => value + b[i]);
    assertClose(outputs.blocked, expected);
    assertClose(outputs.dense, expected);
  });

  for (const kind of ["gelu", "relu"] as const) {
    testPrecisions(
      `activation() ${kind} of ${title} equals float64 and leaves the padding zero`,
      async ({ dtype, bound }) => {
        const x = a.map((value) => 3 * value);
        const { y, padding } = await runGraph((graph) => {
          const output = activation(graph, blockedInput(graph, "x", shape), { kind });
          denseOutput(graph, "y", output);
          if (channels % 4 !== 0) paddingOutput(graph, "padding", output);
        }, { inputs: { x }, dtype });
        const expected = Array.from(x, (value) => activate(value, kind));
        assertClose(y, expected, bound(expected));
        assert(padding?.every((value) => value === 0) ?? true);
      },
      { half: rows > 1 },
    );
  }

  Deno.test(`batchNorm() of ${title} by batch and by running statistics equals float64`, async () => {
    const parameters = {
      weight: normals(channels, 5),
      bias: normals(channels, 6),
      mean: normals(channels, 7),
      variance: normals(channels, 8).map((value) => 0.5 + Math.abs(value)),
    };
    const outputs = await runGraph((graph) => {
      const given = Object.keys(parameters).map((name) => graph.parameter(name, [channels]));
      for (const statistics of ["batch", "running"] as const) {
        const inputs = [blockedInput(graph, `x ${statistics}`, shape), ...given];
        const [y, mean, variance] = graph.add(batchNormOperator, inputs, { epsilon: 1e-3, statistics });
        denseOutput(graph, statistics, y);
        if (statistics === "batch") graph.output("mean", mean);
        if (statistics === "batch") graph.output("variance", variance);
        if (channels % 4 !== 0) paddingOutput(graph, `padding ${statistics}`, y);
      }
    }, { inputs: { "x batch": a, "x running": a }, parameters });
    const { weight, bias, mean, variance } = parameters;
    assertClose(outputs.batch, batchNormOracle({ x: a, weight, bias, epsilon: 1e-3 }));
    assertClose(outputs.running, batchNormOracle({ x: a, weight, bias, mean, variance, epsilon: 1e-3 }));
    const column = (c: number) => Array.from({ length: rows }, (_, r) => a[r * channels + c]);
    const means = Array.from(
      { length: channels },
      (_, c) => column(c).reduce((sum, value) => sum + value) / rows,
    );
    assertClose(outputs.mean, means);
    assertClose(
      outputs.variance,
      means.map((mean, c) => column(c).reduce((sum, value) => sum + (value - mean) ** 2, 0) / rows),
    );
    for (const name of ["padding batch", "padding running"]) {
      assert(outputs[name]?.every((value) => value === 0) ?? true);
    }
  });
}

Deno.test("batchNorm() keeps its digits with a mean far above the deviation", async () => {
  const x = normals(300, 2).map((value) => 1000 + value);
  const parameters = {
    w: Float32Array.of(1),
    b: Float32Array.of(0),
    m: Float32Array.of(0),
    v: Float32Array.of(1),
  };
  const { y } = await runGraph((graph) => {
    const given = ["w", "b", "m", "v"].map((name) => graph.parameter(name, [1]));
    const inputs = [blockedInput(graph, "x", [300, 1]), ...given];
    denseOutput(graph, "y", graph.add(batchNormOperator, inputs, { epsilon: 1e-5, statistics: "batch" })[0]);
  }, { inputs: { x }, parameters });
  // A float32 at 1000 has steps of 6e-5: nothing computed from the mean can be closer.
  assertClose(y, batchNormOracle({ x, weight: [1], bias: [0], epsilon: 1e-5 }), 1e-4);
});

Deno.test("sumRows() adds the rows that share a position, zeros behind the last", async () => {
  const [outer, positions, inner, channels] = [2, 3, 5, 6];
  const x = normals(outer * positions * inner * channels, 1);
  const { y } = await runGraph((graph) => {
    const tensor = blockedInput(graph, "x", [outer, positions, inner, channels]);
    graph.output("y", sumRows(graph, tensor, { shape: [4, channels], positions, divisor: inner }));
  }, { inputs: { x } });
  const expected = new Float64Array(4 * channels);
  for (const [i, value] of x.entries()) {
    expected[Math.floor(i / channels / inner) % positions * channels + i % channels] += value;
  }
  assertClose(y, expected);
});

testHalf("constant() fills blocks, their padding included", async () => {
  const { y, padding } = await runGraph((graph) => {
    const filled = constant(graph, { shape: [37, 3], layout: "blocked", value: 0.1 });
    denseOutput(graph, "y", filled);
    paddingOutput(graph, "padding", filled);
  }, { dtype: "f16" });
  const half = Math.f16round(0.1);
  assert.deepEqual([y, padding], [new Float32Array(111).fill(half), new Float32Array(37).fill(half)]);
});

Deno.test("scale() and constant() by their definitions", async () => {
  const [x, factor] = [normals(3 * 70, 1), normals(3, 2)];
  const outputs = await runGraph((graph) => {
    graph.output("scaled", scale(graph, graph.input("x", [3, 7, 10]), graph.input("factor", [3])));
    graph.output("constant", constant(graph, { shape: [5, 3], layout: "dense", value: -2.5 }));
    denseOutput(graph, "blocked", constant(graph, { shape: [5, 3], layout: "blocked", value: 0.5 }));
  }, { inputs: { x, factor } });
  assertClose(outputs.scaled, x.map((value, i) => value * factor[Math.floor(i / 70)]), 0);
  assertClose(outputs.constant, new Array(15).fill(-2.5), 0);
  assertClose(outputs.blocked, new Array(15).fill(0.5), 0);
});

Deno.test("training's operators refuse what does not fit", () => {
  const graph = new Graph();
  const [a, b] = [graph.input("a", [2, 3]), graph.input("b", [3, 2])];
  assert.throws(() => add(graph, a, b), /Cannot add dense f32 \[2, 3\] and dense f32 \[3, 2\]/);
  assert.throws(() => scale(graph, a, b), /Cannot scale dense \[2, 3\] by \[3, 2\]/);
  assert.throws(() => activation(graph, a, { kind: "relu" }), /Cannot apply an activation to dense \[2, 3\]/);
  assert.throws(() => sumRows(graph, a, { shape: [3] }), /Cannot sum rows of dense \[2, 3\]/);
  assert.throws(
    () => constant(graph, { shape: [1], layout: "dense", value: NaN }),
    /Cannot fill a tensor with NaN/,
  );
});
