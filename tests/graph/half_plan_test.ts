/** planGraph() in half precision: which tensors are halves, which stay singles, and which shaders it refuses. */
import assert from "node:assert/strict";
import type { ArenaRange, DispatchStep, Schedule } from "../../gpu/schedule.ts";
import { Graph } from "../../graph/graph.ts";
import { planGraph } from "../../graph/plan.ts";
import type { Tensor, TensorSpec } from "../../graph/tensor.ts";
import { addPosition } from "../../kernels/add_position/add_position.ts";
import { convolution } from "../../kernels/convolution/convolution.ts";
import { flipHeatmaps } from "../../kernels/flip_heatmaps/flip_heatmaps.ts";
import { gather } from "../../kernels/gather/gather.ts";
import { layerNorm } from "../../kernels/layer_norm/layer_norm.ts";
import { linear } from "../../kernels/linear/linear.ts";
import { patchEmbedding } from "../../kernels/patch_embedding/patch_embedding.ts";
import { concatenate } from "../../kernels/rearrange/concatenate.ts";
import { rearrange } from "../../kernels/rearrange/rearrange.ts";
import { slice } from "../../kernels/rearrange/slice.ts";
import { addPositionOracle } from "../oracles/add_position.ts";
import { layerNormOracle } from "../oracles/layer_norm.ts";
import { linearOracle } from "../oracles/linear.ts";
import { assertClose } from "../support/compare.ts";
import { testHalf } from "../support/precisions.ts";
import { normals } from "../support/random.ts";
import { blockedInput, denseOutput, runGraph } from "../support/run_graph.ts";
import { noWeights, paperTraits, toy, type ToyOptions } from "../support/toy_operators.ts";

function plan(graph: Graph, { halves = true } = {}): Schedule {
  return planGraph(graph, { traits: { ...paperTraits, halves }, read: noWeights, dtype: "f16" });
}

/** Text of a shader, of which the planner sees only that both bindings may be halves. */
const either = "Block0 Texture0 Element1";

/** A blocked input, its double, and a dense output of that. */
function chain(double: TensorSpec, options: ToyOptions = {}): Graph {
  const graph = new Graph();
  const x = graph.input("x", [20, 10], "f32", "blocked");
  const doubled = toy(graph, [x], { source: either, output: double, ...options });
  graph.output("y", toy(graph, [doubled], { source: either, output: { shape: [7], layout: "dense" } }));
  return graph;
}

/** Arena ranges of the dispatches, as type and bytes. */
function ranges(schedule: Schedule): [string, number][] {
  const dispatches = schedule.steps.filter((step): step is DispatchStep => step.kind === "dispatch");
  const all = dispatches.flatMap(({ bindings }) => bindings).filter((range) => range.kind === "arena");
  return [...new Set(all as ArenaRange[])].map(({ type, bytes }) => [type, bytes]);
}

Deno.test("planGraph() in half precision places blocked tensors in half the bytes, precise and dense ones whole", () => {
  // 3 blocks of 32 rows of four numbers.
  assert.deepEqual(ranges(plan(chain({ shape: [20, 10] }))), [["f16", 768], ["f16", 768], ["f32", 28]]);
  assert.deepEqual(ranges(plan(chain({ shape: [20, 10], precise: true }))), [
    ["f16", 768],
    ["f32", 1536],
    ["f32", 28],
  ]);
  const scratch: TensorSpec[] = [{ shape: [20, 10] }, { shape: [20, 10], precise: true }];
  const source = `${either} Block2`;
  assert.deepEqual(ranges(plan(chain({ shape: [1, 1] }, { scratch, source }))).slice(0, 3), [
    ["f16", 768],
    ["f16", 768],
    ["f32", 1536],
  ]);
});

Deno.test("planGraph() in half precision places blocked whole numbers whole", () => {
  const graph = new Graph();
  const ids = graph.input("ids", [20, 10], "i32", "blocked");
  graph.output("y", toy(graph, [ids], { output: { shape: [7], layout: "dense" } }));
  const { range, type } = plan(graph).inputs.get("ids")!;
  assert.deepEqual([range.type, range.bytes, type], ["f32", 1536, "i32"]);
});

Deno.test("operators keep tokens that grow and heatmaps precise, and what only moves them as it was", () => {
  const graph = new Graph();
  const half = blockedInput(graph, "x", [2, 3, 5, 8]);
  const whole = addPosition(graph, half, { axis: 0 });
  const index = graph.input("index", [4, 1], "i32");
  const moves: Record<string, (x: Tensor) => Tensor> = {
    rearrange: (x) => rearrange(graph, x, { pattern: "a b c d -> b a c d" }),
    slice: (x) => slice(graph, x, { axis: 1, start: 0, length: 1 }),
    gather: (x) => gather(graph, slice(graph, x, { axis: 1, start: 0, length: 1 }), index),
    flipHeatmaps: (x) => flipHeatmaps(graph, x, { flipPairs: [] }),
  };
  for (const [name, move] of Object.entries(moves)) {
    assert.deepEqual([move(half).precise, move(whole).precise], [false, true], name);
  }
  assert(concatenate(graph, [half, whole], 0).precise && concatenate(graph, [whole, half], 0).precise);
  assert(
    !linear(graph, whole, { columns: 8 }).precise &&
      linear(graph, half, { columns: 8, residual: whole }).precise,
  );
  assert(graph.module("head", () => convolution(graph, half, { channels: 5, kernelSize: 3 })).precise);
  const patches = { patchSize: 1, patchPadding: 0, width: 8 };
  assert(
    graph.module("vision", () => patchEmbedding(graph, graph.input("p", [1, 1, 3, 2, 2]), patches)).precise,
  );
  assert(!graph.module("norm", () => layerNorm(graph, whole, { epsilon: 1e-6 })).precise);
});

Deno.test("planGraph() in half precision says what an input is made of", () => {
  const { inputs, outputs } = plan(chain({ shape: [20, 10] }));
  assert.deepEqual([inputs.get("x")!.type, outputs.get("y")!.type], ["f16", "f32"]);
});

Deno.test("planGraph() in half precision makes textures of halves, and none shares a slot with one of singles", () => {
  const { steps, textures } = plan(chain({ shape: [20, 10], precise: true }, { textures: true }));
  assert.deepEqual(textures, [{ width: 20, height: 3, type: "f16" }]);
  const copy = steps.find((step) => step.kind === "copy")!;
  assert.equal(copy.bytesPerRow, 32 * 8, "20 rows of four halves are padded to 32");

  const graph = new Graph();
  let x: Tensor = graph.input("x", [20, 10], "f32", "blocked");
  for (const precise of [true, false, true]) {
    x = toy(graph, [x], { textures: true, source: either, output: { shape: [20, 10], precise } });
  }
  graph.output("y", toy(graph, [x], { textures: true, output: { shape: [7], layout: "dense" } }));
  assert.deepEqual(plan(graph).textures.map(({ type }) => type).sort(), ["f16", "f32"]);
});

Deno.test("planGraph() in half precision keeps activations single on a device without halves in buffers", () => {
  const schedule = plan(chain({ shape: [20, 10] }, { textures: true, source: "" }), { halves: false });
  assert.deepEqual(ranges(schedule), [["f32", 1536], ["f32", 28]]);
  assert.deepEqual(schedule.textures.map(({ type }) => type), ["f32"]);
  assert.equal(schedule.inputs.get("x")!.type, "f32");
});

Deno.test("planGraph() in half precision names the shader that knows single precision alone", () => {
  const refused = {
    name: "TypeError",
    message: "Cannot plan toy in half precision: toy/shader reads or writes single precision alone",
  };
  assert.throws(() => plan(chain({ shape: [20, 10] }, { source: "Block1" })), refused);
  assert.throws(() => plan(chain({ shape: [20, 10] }, { source: "Block0 Block10" })), refused);
  assert.throws(() => plan(chain({ shape: [20, 10] }, { textures: true, source: "Block1" })), refused);
  plan(chain({ shape: [20, 10], precise: true }, { source: "Block0" }));
});

for (const variant of ["texture", "tile"] as const) {
  testHalf(`linear() ${variant} and layerNorm() of tokens that grow keep their digits`, async () => {
    const [rows, width] = [37, 21];
    const x = normals(rows * width, 1);
    // Near 3000 halves are 2 apart.
    const parameters = {
      position_embedding: normals(rows * width, 2).map((value) => 3000 + value),
      "norm.weight": normals(width, 3),
      "norm.bias": normals(width, 4),
      weight: normals(width * width, 5),
      bias: normals(width, 6),
    };
    const { y } = await runGraph((graph) => {
      const tokens = addPosition(graph, blockedInput(graph, "x", [rows, width]), { axis: 0 });
      const normal = graph.module(
        "norm",
        () =>
          layerNorm(graph, tokens, { epsilon: 1e-6, variant: variant === "tile" ? "workgroup" : variant }),
      );
      denseOutput(graph, "y", linear(graph, normal, { columns: width, residual: tokens, variant }));
    }, { inputs: { x }, parameters, dtype: "f16" });
    const { position_embedding: position, weight, bias } = parameters;
    const tokens = addPositionOracle({ x, position, positions: rows, inner: 1, width });
    const normal = layerNormOracle({
      ...{ x: tokens, weight: parameters["norm.weight"], bias: parameters["norm.bias"] },
      ...{ rows, channels: width, epsilon: 1e-6 },
    });
    const product = {
      x: normal,
      weight,
      bias,
      rows,
      columns: width,
      depth: width,
      activation: "none",
    } as const;
    const sums = linearOracle(product);
    // Of the product alone: what it is added to is far larger.
    const bound = 2e-3 * (1 + Math.max(...sums.map(Math.abs)));
    assertClose(y, linearOracle({ ...product, residual: tokens }), bound);
  });
}
