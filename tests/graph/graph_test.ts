/** Graph: names, shapes and order of what a model definition writes. */
import assert from "node:assert/strict";
import { Graph } from "../../graph/graph.ts";
import type { Operator } from "../../graph/operator.ts";
import { toy } from "../support/toy_operators.ts";

const refusing: Operator<{ error: Error }> = {
  name: "refusing",
  infer(_, { error }) {
    throw error;
  },
  lower() {},
};

Deno.test("Graph.parameter() names weights by the module path", () => {
  const graph = new Graph();
  const weight = graph.module(
    "vision.blocks.0",
    () => graph.module("mlp", () => graph.parameter("weight", [3, 2])),
  );
  assert.equal(weight.name, "vision.blocks.0.mlp.weight");
  assert.equal(weight.source, "parameter");
  assert.equal(graph.parameter("scale", [1]).name, "scale");
  assert.deepEqual([...graph.parameters.keys()], ["vision.blocks.0.mlp.weight", "scale"]);
});

Deno.test("Graph.parameter() gives the same tensor for the same name, and refuses another shape", () => {
  const graph = new Graph();
  const weight = graph.module("norm", () => graph.parameter("weight", [3, 2]));
  assert.equal(graph.module("norm", () => graph.parameter("weight", [3, 2])), weight);
  assert.equal(graph.parameter("norm.weight", [3, 2]), weight, "path and dots are the same");
  assert.throws(() => graph.module("norm", () => graph.parameter("weight", [2, 3])), {
    name: "TypeError",
    message: "Cannot declare parameter norm.weight: [2, 3], expected [3, 2] as before",
  });
});

Deno.test("Graph.module() leaves the module when building fails", () => {
  const graph = new Graph();
  assert.throws(() =>
    graph.module("broken", () => {
      throw new Error("no");
    })
  );
  assert.equal(graph.parameter("weight", [1]).name, "weight");
  assert.equal(graph.module("a", () => 7), 7);
});

Deno.test("Graph.input() is dense f32 unless told otherwise", () => {
  const graph = new Graph();
  const { type, layout, source } = graph.input("x", [2, 3]);
  assert.deepEqual({ type, layout, source }, { type: "f32", layout: "dense", source: "input" });
  assert.equal(graph.input("ids", [2], "i32").type, "i32");
  assert.equal(graph.input("tokens", [2, 8], "f32", "blocked").layout, "blocked");
  assert.deepEqual([...graph.inputs.keys()], ["x", "ids", "tokens"]);
});

Deno.test("Graph refuses shapes that are none", () => {
  const graph = new Graph();
  for (const shape of [[], [0], [2, -1], [1.5], [NaN], [2 ** 53]]) {
    assert.throws(() => graph.input("x", shape), {
      name: "TypeError",
      message: `Cannot make tensor x: shape [${shape.join(", ")}], expected extents of at least 1`,
    });
  }
  assert.equal(graph.inputs.size, 0);
});

Deno.test("Graph.add() keeps nodes in order, with path, inputs and outputs", () => {
  const graph = new Graph();
  const x = graph.input("x", [4]);
  const y = graph.module("first", () => toy(graph, [x]));
  const z = graph.module("second.part", () => toy(graph, [y], { name: "other" }));
  assert.deepEqual(graph.nodes.map(({ path, operator }) => [path, operator.name]), [
    ["first", "toy"],
    ["second.part", "other"],
  ]);
  assert.deepEqual(graph.nodes.map(({ inputs, outputs }) => [...inputs, ...outputs]), [[x, y], [y, z]]);
  assert.deepEqual([y.name, z.name, y.source], ["first.toy", "second.part.other", "operator"]);
  assert(x.id < y.id && y.id < z.id, "ids grow in order of creation");
});

Deno.test("Graph.add() gives outputs blocked f32 where the shape rule says no more", () => {
  const graph = new Graph();
  const { type, layout } = toy(graph, [graph.input("x", [4])], { output: { shape: [2, 2] } });
  assert.deepEqual({ type, layout }, { type: "f32", layout: "blocked" });
});

Deno.test("Graph.add() says in which module a shape rule refused", () => {
  const graph = new Graph();
  for (const error of [new TypeError("Cannot do it"), new RangeError("Cannot do it")]) {
    assert.throws(
      () => graph.module("text.blocks.3", () => graph.add(refusing, [], { error })),
      { name: error.name, message: "Cannot do it (in text.blocks.3)" },
    );
  }
  assert.throws(() => graph.add(refusing, [], { error: new TypeError("Cannot do it") }), {
    message: "Cannot do it",
  });
  assert.deepEqual(graph.nodes, []);
});

Deno.test("Graph.output() names tensors", () => {
  const graph = new Graph();
  const x = graph.input("x", [4]);
  const y = toy(graph, [x]);
  graph.output("result", y);
  graph.output("same", y);
  assert.deepEqual([...graph.outputs], [["result", y], ["same", y]]);
});
