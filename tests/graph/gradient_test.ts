/** The reverse walk on toy operators: what it visits, what it sums and what it refuses. No device. */
import assert from "node:assert/strict";
import { differentiate } from "../../graph/gradient.ts";
import { Graph } from "../../graph/graph.ts";
import type { NodeBuilder, Operator } from "../../graph/operator.ts";
import type { Tensor } from "../../graph/tensor.ts";

type Rule = NonNullable<Operator<null>["gradient"]>;

function operator(name: string, gradient?: Rule): Operator<null> {
  return {
    name,
    infer: ([x]) => [{ shape: x!.shape, layout: x!.layout }],
    lower() {},
    ...(gradient ? { gradient } : {}),
  };
}

const backward = operator("backward");
const passAll: Rule = (node, [d_y], graph: NodeBuilder) =>
  node.inputs.map((input) => input && graph.add(backward, [d_y], null)[0]);
const forward = operator("forward", passAll);
const sum = operator("sum");

function apply(graph: Graph, op: Operator<null>, ...inputs: (Tensor | null)[]): Tensor {
  return graph.add(op, inputs, null)[0];
}

function walk(graph: Graph, loss: Tensor, targets: Tensor[]) {
  const seed = graph.input("seed", loss.shape);
  return differentiate(graph, { loss, seed, targets, add: (graph, a, b) => apply(graph, sum, a, b) });
}

const names = (graph: Graph) => graph.nodes.map((node) => node.operator.name);

Deno.test("differentiate() visits only what lies between a target and the loss", () => {
  const graph = new Graph({ training: true });
  const [x, w, frozen] = [graph.input("x", [2]), graph.parameter("w", [2]), graph.parameter("frozen", [2])];
  const before = apply(graph, operator("no rule"), x, frozen);
  const middle = apply(graph, forward, before, w);
  apply(graph, operator("aside"), middle);
  const loss = apply(graph, forward, middle);
  const count = graph.nodes.length;
  const gradients = walk(graph, loss, [w]);
  assert.deepEqual([...gradients.keys()], [w]);
  assert.deepEqual(names(graph).slice(count), ["backward", "backward", "backward"]);
});

Deno.test("differentiate() sums the contributions of a tensor that is used several times", () => {
  const graph = new Graph({ training: true });
  const w = graph.parameter("w", [2]);
  const a = apply(graph, forward, w);
  const loss = apply(graph, forward, a, a, w);
  const count = graph.nodes.length;
  walk(graph, loss, [w]);
  assert.deepEqual(names(graph).slice(count), [
    "backward",
    "backward",
    "backward",
    "sum", // the two of a
    "backward",
    "sum", // w by itself and through a
  ]);
});

Deno.test("differentiate() leaves out targets that the loss does not depend on", () => {
  const graph = new Graph({ training: true });
  const [w, other] = [graph.parameter("w", [2]), graph.parameter("other", [2])];
  assert.deepEqual([...walk(graph, apply(graph, forward, w), [w, other]).keys()], [w]);
});

Deno.test("differentiate() names module and operator in the path of gradient nodes", () => {
  const graph = new Graph({ training: true });
  const loss = graph.module("head", () => apply(graph, forward, graph.parameter("w", [2])));
  walk(graph, loss, [...graph.parameters.values()]);
  assert.equal(graph.nodes[1].path, "head");
});

Deno.test("differentiate() names an operator without a rule", () => {
  const graph = new Graph({ training: true });
  const loss = graph.module("head", () => apply(graph, operator("decode"), graph.parameter("w", [2])));
  assert.throws(
    () => walk(graph, loss, [...graph.parameters.values()]),
    { name: "TypeError", message: "Cannot differentiate decode of head: it has no gradient rule" },
  );
});

Deno.test("differentiate() refuses a rule with another number of entries or another shape", () => {
  const graph = new Graph({ training: true });
  const w = graph.parameter("w", [2]);
  assert.throws(
    () => walk(graph, apply(graph, operator("short", () => []), w), [w]),
    /Cannot differentiate short: its rule gives 0 entries, expected 1/,
  );
  const other = graph.input("other", [3]);
  assert.throws(
    () => walk(graph, apply(graph, operator("bent", () => [other]), w), [w]),
    /Cannot differentiate bent: the gradient of w is dense \[3\], expected dense \[2\]/,
  );
});

Deno.test("differentiate() computes a part again when it comes to it, and its gradients read the copies", () => {
  const graph = new Graph({ training: true });
  const read: string[] = [];
  const keeping = operator("keeping", (node, [d_y], graph) => {
    read.push(node.inputs[0]!.name + node.inputs[0]!.id);
    return passAll(node, [d_y], graph);
  });
  const w = graph.parameter("w", [2]);
  const before = graph.module("a", () => apply(graph, keeping, w));
  const [first, second] = graph.module("b", () => {
    const first = apply(graph, keeping, before);
    return [first, apply(graph, keeping, first)];
  });
  const count = graph.nodes.length;
  const seed = graph.input("seed", [2]);
  differentiate(graph, {
    loss: second,
    seed,
    targets: [w],
    add: (graph, a, b) => apply(graph, sum, a, b),
    recompute: ({ path }) => path === "b" ? "b" : undefined,
  });
  assert.deepEqual(names(graph).slice(count), ["keeping", "keeping", "backward", "backward", "backward"]);
  const copies = graph.nodes.slice(count, count + 2);
  assert.equal(copies[0].inputs[0], before); // what comes before the part is kept
  assert.equal(copies[1].inputs[0], copies[0].outputs[0]);
  assert.deepEqual(read, [copies[0].outputs[0], before, w].map(({ name, id }) => name + id));
  assert.notEqual(copies[0].outputs[0], first);
});
