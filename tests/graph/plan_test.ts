/** planGraph(): a schedule is data, so what it promises is checked without a device. */
import assert from "node:assert/strict";
import type {
  ArenaRange,
  DispatchStep,
  Pack,
  Resource,
  Schedule,
  ScheduledTexture,
} from "../../gpu/schedule.ts";
import { Graph } from "../../graph/graph.ts";
import type { Lowering } from "../../graph/operator.ts";
import { planGraph } from "../../graph/plan.ts";
import { byteLength, type Tensor, type TensorSpec } from "../../graph/tensor.ts";
import { uniform } from "../support/random.ts";
import { noWeights, paperTraits, toy } from "../support/toy_operators.ts";

function plan(graph: Graph, traits = paperTraits): Schedule {
  return planGraph(graph, { traits, read: noWeights });
}

/** First and last step that touch each range and texture, from the steps alone. */
function lifetimes(schedule: Schedule): Map<Resource, { first: number; last: number }> {
  const found = new Map<Resource, { first: number; last: number }>();
  for (const { range } of schedule.inputs.values()) found.set(range, { first: -1, last: -1 });
  for (const [index, step] of schedule.steps.entries()) {
    const touched = step.kind === "copy" ? [step.from, step.to] : step.bindings;
    for (const resource of touched) {
      const known = found.get(resource);
      if (known) known.last = index;
      else found.set(resource, { first: index, last: index });
    }
  }
  for (const { range } of schedule.outputs.values()) found.get(range)!.last = Infinity;
  return found;
}

/** Asserts what must hold of every schedule. */
function assertSchedule(schedule: Schedule): void {
  const all = [...lifetimes(schedule)];
  const ranges = all.filter((entry): entry is [ArenaRange, typeof entry[1]] => entry[0].kind === "arena");
  const textures = all.filter((entry): entry is [ScheduledTexture, typeof entry[1]] =>
    entry[0].kind === "texture"
  );
  const together = <T>(list: readonly [T, { first: number; last: number }][], i: number) =>
    list.slice(0, i).filter(([, { first, last }]) => first <= list[i][1].last && last >= list[i][1].first)
      .map(([resource]) => resource);
  for (const [i, [range]] of ranges.entries()) {
    assert.equal(range.offset % 256, 0);
    assert(range.offset >= 0 && range.offset + range.bytes <= schedule.arenaBytes);
    for (const other of together(ranges, i)) {
      const apart = range.offset + range.bytes <= other.offset || other.offset + other.bytes <= range.offset;
      assert(apart, `${JSON.stringify(range)} and ${JSON.stringify(other)} live at once`);
    }
  }
  for (const [i, [texture]] of textures.entries()) {
    const { width, height } = schedule.textures[texture.slot];
    assert(width >= texture.width && height >= texture.height, "a slot holds its textures");
    for (const other of together(textures, i)) {
      assert.notEqual(texture.slot, other.slot, "two textures live at once in one slot");
    }
  }
  for (const step of schedule.steps) {
    if (step.kind === "copy") assert.equal(step.bytesPerRow % 256, 0);
    else assert(Math.max(...step.workgroups) <= paperTraits.maxWorkgroups);
  }
}

function dispatches(schedule: Schedule): DispatchStep[] {
  return schedule.steps.filter((step) => step.kind === "dispatch");
}

const blocked = (rows: number, channels: number): TensorSpec => ({ shape: [rows, channels] });
const dense = (count: number): TensorSpec => ({ shape: [count], layout: "dense" });

/** A chain with side branches, scratch and textures, of tensors of a few sizes. */
function randomGraph(seed: number): Graph {
  const random = uniform(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)];
  const graph = new Graph();
  const tensors: Tensor[] = [graph.input("x", [8, 12], "f32", "blocked"), graph.input("unused", [5])];
  for (let i = 0; i < 40; i++) {
    const recent = tensors.filter(({ layout }) => layout === "blocked").slice(-4);
    const inputs = [...new Set([pick(recent), pick(recent)])];
    tensors.push(toy(graph, inputs, {
      name: `step${i}`,
      output: blocked(pick([3, 16, 100]), pick([4, 10, 64])),
      textures: random() < 0.5,
      scratch: random() < 0.3 ? [dense(pick([10, 5000]))] : [],
    }));
  }
  graph.output("y", toy(graph, [tensors.at(-1)!], { output: dense(7) }));
  graph.output("z", toy(graph, [tensors.at(-9)!], { output: dense(3) }));
  return graph;
}

Deno.test("planGraph() of random graphs keeps live ranges and textures apart", () => {
  for (let seed = 0; seed < 50; seed++) {
    const schedule = plan(randomGraph(seed));
    assertSchedule(schedule);
    assert(schedule.arenaBytes >= schedule.liveBytes);
    assert(schedule.arenaBytes <= 1.3 * schedule.liveBytes, `seed ${seed}`);
  }
});

Deno.test("planGraph() drops nodes that no output needs", () => {
  const graph = new Graph();
  const x = graph.input("x", [4]);
  const needed = toy(graph, [x], { name: "needed" });
  toy(graph, [toy(graph, [needed], { name: "idle" })], { name: "idler" });
  graph.output("y", toy(graph, [needed], { name: "last" }));
  assert.deepEqual(plan(graph).steps.map(({ label }) => label), ["needed", "last"]);
});

Deno.test("planGraph() labels steps by operator and module", () => {
  const graph = new Graph();
  const x = graph.input("x", [4]);
  graph.output("y", graph.module("text.blocks.0", () => toy(graph, [x], { name: "linear" })));
  assert.deepEqual(plan(graph).steps.map(({ label }) => label), ["linear of text.blocks.0"]);
});

Deno.test("planGraph() copies a tensor to a texture once, however many read it", () => {
  const graph = new Graph();
  const x = graph.input("x", [20, 10], "f32", "blocked");
  const readers = [1, 2, 3].map(() => toy(graph, [x], { textures: true, output: dense(4) }));
  readers.forEach((reader, i) => graph.output(`y${i}`, reader));
  const schedule = plan(graph);
  assertSchedule(schedule);
  const copies = schedule.steps.filter((step) => step.kind === "copy");
  assert.equal(copies.length, 1);
  assert.deepEqual(copies[0].extent, [20, 3]);
  assert.equal(copies[0].bytesPerRow, 32 * 16, "20 rows are padded to 32");
  assert.deepEqual(
    dispatches(schedule).map(({ bindings }) => bindings[0]),
    [1, 2, 3].map(() => copies[0].to),
  );
  assert.equal(schedule.textures.length, 1);
});

Deno.test("planGraph() reuses a texture's slot when nobody reads it any more", () => {
  const graph = new Graph();
  let x = graph.input("x", [20, 12], "f32", "blocked");
  for (let i = 0; i < 5; i++) x = toy(graph, [x], { textures: true });
  graph.output("y", toy(graph, [x], { textures: true, output: dense(4) }));
  const schedule = plan(graph);
  assertSchedule(schedule);
  // A copy follows the dispatch that read the texture before, so that one slot would do.
  assert.equal(schedule.textures.length, 1);
});

Deno.test("planGraph() puts a smaller texture into the slot of a larger one that lives at another time", () => {
  const graph = new Graph();
  const x = graph.input("x", [20, 12], "f32", "blocked");
  const wider = toy(graph, [x], { textures: true, output: blocked(40, 12) });
  graph.output("y", toy(graph, [wider], { textures: true, output: dense(4) }));
  const schedule = plan(graph);
  assertSchedule(schedule);
  assert.deepEqual(schedule.textures, [{ width: 40, height: 3, type: "f32" }]);
});

Deno.test("planGraph() puts no texture into a slot that is too low for it, however wide", () => {
  const graph = new Graph();
  const x = graph.input("x", [90, 4], "f32", "blocked");
  const higher = toy(graph, [x], { textures: true, output: blocked(20, 24) });
  graph.output("y", toy(graph, [higher], { textures: true, output: dense(4) }));
  const schedule = plan(graph);
  assertSchedule(schedule);
  assert.equal(schedule.textures.length, 2);
});

Deno.test("planGraph() lets scratch live in its own node only", () => {
  const graph = new Graph();
  let x = graph.input("x", [4]);
  for (let i = 0; i < 3; i++) x = toy(graph, [x], { name: `step${i}`, scratch: [dense(100_000)] });
  graph.output("y", x);
  const schedule = plan(graph);
  assertSchedule(schedule);
  const large = [...lifetimes(schedule)].filter(([resource]) =>
    resource.kind === "arena" && resource.bytes === 400_000
  );
  assert.deepEqual(large.map(([, { first, last }]) => [first, last]), [[0, 0], [2, 2], [4, 4]]);
  assert(schedule.arenaBytes < 2 * 400_000, "all three share one place");
});

Deno.test("planGraph() tells the textures of two scratch tensors apart", () => {
  const graph = new Graph();
  const x = graph.input("x", [4]);
  const two = (lowering: Lowering) => [1, 2].map(() => lowering.texture(lowering.scratch(blocked(20, 12))));
  graph.output("y", toy(graph, [x], { more: two }));
  const schedule = plan(graph);
  assertSchedule(schedule);
  assert.equal(schedule.textures.length, 2);
});

Deno.test("planGraph() gives sizes in whole blocks and rows", () => {
  const graph = new Graph();
  const x = graph.input("x", [17, 5], "f32", "blocked");
  graph.output("y", toy(graph, [x], { output: dense(3) }));
  const { inputs, outputs } = plan(graph);
  assert.equal(inputs.get("x")!.range.bytes, 2 * 32 * 16, "2 blocks of 32 rows of 16 bytes");
  assert.equal(outputs.get("y")!.range.bytes, 12);
  assert.deepEqual([outputs.get("y")!.shape, outputs.get("y")!.type], [[3], "f32"]);
});

Deno.test("planGraph() keeps an output whose value is read again, and an input that is an output", () => {
  const graph = new Graph();
  const x = graph.input("x", [64]);
  const y = toy(graph, [x]);
  graph.output("x", x);
  graph.output("y", y);
  let z = y;
  for (let i = 0; i < 4; i++) z = toy(graph, [z]);
  graph.output("z", z);
  assertSchedule(plan(graph));
});

Deno.test("planGraph() names the tensor that a device cannot bind", () => {
  const graph = new Graph();
  const x = graph.input("x", [4]);
  const large = blocked(1000, 64);
  const y = graph.module("head", () => toy(graph, [x], { name: "deconvolution", output: large }));
  graph.output("y", toy(graph, [y], { output: dense(1) }));
  const bytes = byteLength(large);
  assertSchedule(plan(graph, { ...paperTraits, maxBindingBytes: bytes }));
  assert.throws(() => plan(graph, { ...paperTraits, maxBindingBytes: bytes - 1 }), {
    name: "RangeError",
    message: `Cannot plan tensor head.deconvolution: ${bytes} bytes, expected at most ${
      bytes - 1
    }; use a smaller batch`,
  });
});

Deno.test("planGraph() refuses tensors that are too large together for one buffer", () => {
  const graph = new Graph();
  const x = graph.input("x", [1000]);
  graph.output("y", toy(graph, [x]));
  const bytes = 2 * 4096; // 4000 bytes each, aligned
  assertSchedule(plan(graph, { ...paperTraits, maxBufferBytes: bytes }));
  assert.throws(() => plan(graph, { ...paperTraits, maxBufferBytes: bytes - 1 }), {
    name: "RangeError",
    message: `Cannot plan the graph: its tensors take ${bytes} bytes, expected at most ${
      bytes - 1
    }; use a smaller batch`,
  });
});

Deno.test("planGraph() names the operator that wants too many workgroups", () => {
  const graph = new Graph();
  const x = graph.input("x", [4]);
  const build = (workgroups: [number, number?, number?]) => {
    graph.output("y", graph.module("vision", () => toy(graph, [x], { workgroups })));
  };
  build([65535, 1, 65535]);
  plan(graph);
  build([1, 65536]);
  assert.throws(() => plan(graph), {
    name: "RangeError",
    message:
      "Cannot plan toy of vision: 1 × 65536 × 1 workgroups, expected at most 65535 each; use a smaller batch",
  });
});

Deno.test("planGraph() refuses a tensor that is bound twice in one dispatch", () => {
  const graph = new Graph();
  const x = graph.input("x", [4]);
  graph.output("y", graph.module("twice", () => toy(graph, [x, x], { name: "add" })));
  assert.throws(() => plan(graph), {
    name: "TypeError",
    message: "Cannot plan add of twice: one tensor is bound twice in a dispatch of add/shader",
  });
});

Deno.test("planGraph() refuses outputs that cannot be read back", () => {
  const refuse = (build: (graph: Graph) => Tensor, message: string) => {
    const graph = new Graph();
    graph.output("y", build(graph));
    assert.throws(() => plan(graph), { name: "TypeError", message });
  };
  refuse(
    (graph) => toy(graph, [graph.input("x", [4])], { output: blocked(2, 2) }),
    "Cannot read back output y: it is blocked, expected a dense tensor",
  );
  refuse(
    (graph) => graph.parameter("weight", [3]),
    "Cannot read back output y: no operator has computed it",
  );
  refuse(
    (graph) => toy(graph, [graph.parameter("weight", [3])]),
    "Cannot bind weight as an arena range: it is a parameter",
  );
});

Deno.test("planGraph() reads and packs weights only when the executor asks", async () => {
  const graph = new Graph();
  const x = graph.input("x", [4]);
  const weight = graph.module("norm", () => graph.parameter("weight", [2]));
  const pack: Pack = ([values]) => ({ kind: "buffer", data: values.map((value) => -value) });
  graph.output(
    "y",
    toy(graph, [x], { more: (lowering) => [lowering.parameter([weight], { name: "minus", pack })] }),
  );
  const asked: string[] = [];
  const schedule = planGraph(graph, {
    traits: paperTraits,
    read: (name) => {
      asked.push(name);
      return Promise.resolve(Float32Array.of(1, 2));
    },
  });
  assert.deepEqual(asked, []);
  const parameter = dispatches(schedule)[0].bindings.find((binding) => binding.kind === "parameter")!;
  assert.deepEqual([parameter.key, parameter.binding], ["norm.weight as minus", "buffer"]);
  assert.deepEqual(await parameter.load(), { kind: "buffer", data: Float32Array.of(-1, -2) });
  assert.deepEqual(asked, ["norm.weight"]);
});

Deno.test("planGraph() lays out uniforms as little-endian rows of 16 bytes", () => {
  const graph = new Graph();
  const values = [1, 2 ** 32 - 1, -1, { f32: 0.5 }, 7];
  const x = graph.input("x", [4]);
  graph.output("y", toy(graph, [x], { more: (lowering) => [lowering.uniform(values)] }));
  const uniform = dispatches(plan(graph))[0].bindings.find((binding) => binding.kind === "uniform")!;
  assert.equal(uniform.data.byteLength, 32);
  const view = new DataView(uniform.data);
  assert.deepEqual([0, 4, 8, 16].map((at) => view.getUint32(at, true)), [1, 2 ** 32 - 1, 2 ** 32 - 1, 7]);
  assert.equal(view.getFloat32(12, true), 0.5);
});
