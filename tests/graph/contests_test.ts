/** What a tuner may time: the nodes with a choice, alone, once per key. */
import assert from "node:assert/strict";
import { Graph } from "../../graph/graph.ts";
import { listContests } from "../../graph/contests.ts";
import { planGraph } from "../../graph/plan.ts";
import { linear } from "../../kernels/linear/linear.ts";
import { blockedInput, denseOutput } from "../support/run_graph.ts";
import { noWeights, paperTraits } from "../support/toy_operators.ts";

/** Two products of the same extents and one of others. */
function layers(): Graph {
  const graph = new Graph();
  let x = blockedInput(graph, "x", [5, 8]);
  for (const name of ["first", "second"]) x = graph.module(name, () => linear(graph, x, { columns: 8 }));
  denseOutput(graph, "y", graph.module("third", () => linear(graph, x, { columns: 12 })));
  return graph;
}

Deno.test("listContests() lists each choice once", () => {
  const contests = listContests(layers(), { traits: paperTraits });
  assert.deepEqual(contests.map(({ key }) => key), [
    "product 5 × 8 × 8 f32 none",
    "product 5 × 12 × 8 f32 none",
  ]);
  assert.deepEqual(contests[0].candidates, ["small_tile", "large_tile", "tile"]);
});

Deno.test("listContests() gives the node alone, by the kernel that is asked for", async () => {
  const [, contest] = listContests(layers(), { traits: paperTraits });
  const tiles = contest.candidates.map((candidate) => {
    const { steps, inputs, outputs } = contest.schedule(candidate);
    assert.equal(steps.length, 1);
    assert.equal(inputs.size + outputs.size, 0);
    return steps[0].kind === "dispatch"
      ? steps[0].shader.defines!.ROWS * steps[0].shader.defines!.GROUP_ROWS
      : 0;
  });
  assert.deepEqual(tiles, [32, 128, 64]);
  const [step] = contest.schedule("tile").steps;
  const weight = step.kind === "dispatch" ? step.bindings[1] : undefined;
  assert.ok(weight?.kind === "parameter");
  assert.ok((await weight.load()).data.every((value) => value === 0));
});

Deno.test("planGraph() takes the kernel that is chosen, and the expected one where nothing known is", () => {
  const rows = (choose?: (key: string) => string | undefined) =>
    planGraph(layers(), { traits: paperTraits, read: noWeights, ...(choose ? { choose } : {}) }).steps
      .flatMap((step) => step.kind === "dispatch" && step.shader.defines?.ROWS ? [step.shader.defines] : [])
      .map(({ ROWS, GROUP_ROWS }) => ROWS * GROUP_ROWS);
  assert.deepEqual(rows(), [32, 32, 32]);
  assert.deepEqual(rows((key) => key.includes("12") ? "large_tile" : undefined), [32, 32, 128]);
  assert.deepEqual(rows(() => "no kernel of this name"), [32, 32, 32]);
});
