/** Executor: prepared once, replayed with one submit and one mapping, and plain about what is wrong. */
import assert from "node:assert/strict";
import { type GpuDevice, openDevice } from "../../gpu/device.ts";
import { Executor, type InputValues } from "../../gpu/executor.ts";
import { ParameterStore } from "../../gpu/parameters.ts";
import { PipelineCache } from "../../gpu/pipelines.ts";
import type { Pack, Resource } from "../../gpu/schedule.ts";
import type { StoredType } from "../../gpu/shader.ts";
import { Graph } from "../../graph/graph.ts";
import type { Lowering } from "../../graph/operator.ts";
import { planGraph } from "../../graph/plan.ts";
import { layerNorm } from "../../kernels/layer_norm/layer_norm.ts";
import { linear } from "../../kernels/linear/linear.ts";
import { testDevice } from "../support/device.ts";
import { testHalf } from "../support/precisions.ts";
import { normals } from "../support/random.ts";
import { blockedInput, denseOutput } from "../support/run_graph.ts";
import { noWeights, toy } from "../support/toy_operators.ts";
import { watchDevice } from "../support/watch_device.ts";

interface Prepared {
  executor: Executor;
  device: GpuDevice;
  parameters: ParameterStore;
}

interface PrepareOptions {
  poison?: boolean;
  read?: (name: string) => Promise<Float32Array>;
  device?: GpuDevice;
  parameters?: ParameterStore;
  dtype?: StoredType;
}

async function prepare(build: (graph: Graph) => void, options: PrepareOptions = {}): Promise<Prepared> {
  const shared = await testDevice();
  const device = options.device ?? shared.device;
  const pipelines = options.device ? new PipelineCache(device) : shared.pipelines;
  const parameters = options.parameters ?? new ParameterStore(device);
  const graph = new Graph();
  build(graph);
  const schedule = planGraph(graph, {
    traits: device.traits,
    read: options.read ?? noWeights,
    dtype: options.dtype,
  });
  const { poison = false } = options;
  const executor = await Executor.prepare(schedule, {
    device,
    pipelines,
    parameters,
    poison,
  });
  return { executor, device, parameters };
}

/** Prepares, tests and closes. */
async function withExecutor(
  build: (graph: Graph) => void,
  test: (prepared: Prepared) => Promise<void>,
  options: PrepareOptions = {},
): Promise<void> {
  const prepared = await prepare(build, options);
  try {
    await test(prepared);
  } finally {
    prepared.executor.close();
    prepared.parameters.close();
  }
}

/** y = x + 2 in two steps. */
function increments(graph: Graph): void {
  graph.output("y", toy(graph, [toy(graph, [graph.input("x", [5])])]));
}

/** Wants a uniform of 64 bytes where the toy operator gives 16. */
const largeUniform = `
struct Dims { extents: array<vec4u, 4> }
@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> dims: Dims;
@compute @workgroup_size(1)
fn main() { y[0] = x[0] + f32(dims.extents[3].x); }`;

/** Matrix products and normalisations with their textures and parameters, as in the model. */
function network(graph: Graph): void {
  let x = blockedInput(graph, "x", [30, 20]);
  for (const name of ["first", "second"]) {
    x = graph.module(name, () => linear(graph, x, { columns: 20, variant: "texture" }));
    const options = { epsilon: 1e-6, variant: "texture" as const };
    x = graph.module(`${name}.norm`, () => layerNorm(graph, x, options));
  }
  denseOutput(graph, "y", x);
}

const networkWeights = (name: string) =>
  Promise.resolve(normals(name.endsWith("weight") && !name.includes("norm") ? 400 : 20, name.length));

Deno.test("Executor.run() computes, on new inputs each time", async () => {
  await withExecutor(increments, async ({ executor }) => {
    assert.deepEqual(await executor.run({ x: Float32Array.of(1, 2, 3, 4, 5) }), {
      y: Float32Array.of(3, 4, 5, 6, 7),
    });
    assert.deepEqual(await executor.run({ x: new Float32Array(5) }), { y: new Float32Array(5).fill(2) });
  });
});

Deno.test("Executor.run() twice gives the same bits", async () => {
  await withExecutor(network, async ({ executor }) => {
    const inputs = { x: normals(600, 1) };
    const first = await executor.run(inputs);
    await executor.run({ x: normals(600, 2) });
    assert.deepEqual(await executor.run(inputs), first);
    assert(first.y.every(Number.isFinite));
  }, { read: networkWeights, poison: true });
});

Deno.test("Executor.run() makes no GPU object, submits once and waits once", async () => {
  await withExecutor(network, async ({ executor, device }) => {
    for (let i = 0; i < 2; i++) {
      const { calls } = await watchDevice(device.device, () => executor.run({ x: normals(600, i) }));
      assert.deepEqual(calls, { createCommandEncoder: 1, submit: 1, mapAsync: 1 });
    }
  }, { read: networkWeights });
});

Deno.test("Executor.run() hands integers through as they are", async () => {
  const source = `
@group(0) @binding(0) var<storage, read_write> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@compute @workgroup_size(1)
fn main() { y[0] = x[0]; y[1] = x[1]; }`;
  const copy = (graph: Graph, type: "i32" | "u32") => {
    const x = graph.input(type, [2], type);
    graph.output(`${type} out`, toy(graph, [x], { name: type, source, more: () => [] }));
  };
  await withExecutor((graph) => {
    copy(graph, "i32");
    copy(graph, "u32");
  }, async ({ executor }) => {
    const inputs = { i32: Int32Array.of(-1, 7), u32: Uint32Array.of(2 ** 32 - 1, 7) };
    assert.deepEqual(await executor.run(inputs), { "i32 out": inputs.i32, "u32 out": inputs.u32 });
  });
});

Deno.test("Executor.run() takes an input in parts, the last of which may be missing", async () => {
  await withExecutor(increments, async ({ executor }) => {
    await executor.run({ x: Float32Array.of(9, 9, 9, 9, 9) });
    const parts = [Float32Array.of(1), Float32Array.of(2, 3)];
    const { y } = await executor.run({ x: parts });
    assert.deepEqual([...y.slice(0, 3)], [3, 4, 5]);
    await assert.rejects(executor.run({ x: [new Float32Array(3), new Float32Array(3)] }), {
      name: "TypeError",
      message: "Cannot run the plan with input x: 6 values, expected 5 for [5]",
    });
  });
});

Deno.test("Executor.run() refuses inputs of another length or type by name, and goes on", async () => {
  await withExecutor(increments, async ({ executor }) => {
    const refuse = (inputs: InputValues, message: string) =>
      assert.rejects(executor.run(inputs), { name: "TypeError", message });
    await refuse(
      { x: new Float32Array(4) },
      "Cannot run the plan with input x: 4 values, expected 5 for [5]",
    );
    await refuse({ x: new Int32Array(5) }, "Cannot run the plan with input x: expected a Float32Array");
    await refuse({}, "Cannot run the plan with input x: expected a Float32Array");
    assert.deepEqual(await executor.run({ x: new Float32Array(5) }), { y: new Float32Array(5).fill(2) });
  });
});

testHalf("Executor.run() takes a Float16Array for a blocked input", async () => {
  const build = (graph: Graph) => denseOutput(graph, "y", graph.input("x", [3, 2], "f32", "blocked"));
  await withExecutor(build, async ({ executor }) => {
    // One block of 32 rows; two of its channels are none.
    const x = new Float16Array(4 * 32).map((_, i) => i % 4 < 2 ? i / 3 : NaN);
    const expected = [0, 1, 4, 5, 8, 9].map((i) => Math.f16round(i / 3));
    assert.deepEqual(await executor.run({ x }), { y: Float32Array.from(expected) });
    await assert.rejects(executor.run({ x: new Float32Array(4 * 32) }), {
      name: "TypeError",
      message: "Cannot run the plan with input x: expected a Float16Array",
    });
  }, { dtype: "f16" });
});

Deno.test("Executor.prepare() with poison shows the elements that no kernel writes", async () => {
  // One workgroup of 64 invocations for 70 elements.
  await withExecutor((graph) => {
    graph.output("y", toy(graph, [graph.input("x", [70])], { workgroups: [1] }));
  }, async ({ executor }) => {
    const { y } = await executor.run({ x: new Float32Array(70) });
    assert.deepEqual([...y.slice(0, 64)], new Array(64).fill(1));
    assert.deepEqual([...y.slice(64)], new Array(6).fill(NaN));
  }, { poison: true });
});

Deno.test("Executor.prepare() names the operator whose binding is too small for its shader", async () => {
  await assert.rejects(
    prepare((graph) => {
      const x = toy(graph, [graph.input("x", [1])]);
      const wrong = graph.module(
        "head.deconvolution1",
        () => toy(graph, [x], { name: "deconvolution", source: largeUniform }),
      );
      graph.output("y", toy(graph, [wrong]));
    }),
    { name: "GpuError", message: /^Cannot run deconvolution of head\.deconvolution1: \S/ },
  );
  (await testDevice()).device.check(); // nothing is left over
});

Deno.test("Executor.prepare() names the shader that WGSL refuses", async () => {
  await assert.rejects(
    prepare((graph) => {
      graph.output("y", toy(graph, [graph.input("x", [1])], { name: "broken", source: "fn main() {" }));
    }),
    { name: "GpuError", message: /^Cannot compile shader broken\/shader: / },
  );
});

Deno.test("Executor.run() after close() says so", async () => {
  const { executor, parameters } = await prepare(increments);
  executor.close();
  executor.close();
  parameters.close();
  const closed = { name: "ClosedError", message: "Cannot run the plan: it is closed" };
  await assert.rejects(executor.run({ x: new Float32Array(5) }), closed);
  await assert.rejects(executor.repeat(1), closed);
  const { device } = await testDevice();
  if (device.traits.timestamps) await assert.rejects(executor.profile({ x: new Float32Array(5) }), closed);
});

Deno.test("Executor.run() says that the device was closed", async () => {
  const device = await openDevice();
  const { executor } = await prepare(increments, { device });
  device.close();
  await assert.rejects(executor.run({ x: new Float32Array(5) }), {
    name: "ClosedError",
    message: "Cannot use the device: it is closed",
  });
});

Deno.test("Executor.run() says that plan or device were closed meanwhile", async () => {
  const closing = async (close: (prepared: Prepared) => void, message: string) => {
    const prepared = await prepare(increments, { device: await openDevice() });
    const run = prepared.executor.run({ x: new Float32Array(5) });
    close(prepared);
    await assert.rejects(run, { name: "ClosedError", message });
    prepared.device.close();
  };
  await closing(({ executor }) => executor.close(), "Cannot finish the run: the plan was closed meanwhile");
  await closing(({ device }) => device.close(), "Cannot use the device: it is closed");
});

Deno.test("Executor.run() refuses to start before the previous run has finished", async () => {
  await withExecutor(increments, async ({ executor }) => {
    const first = executor.run({ x: Float32Array.of(1, 2, 3, 4, 5) });
    await assert.rejects(executor.run({ x: new Float32Array(5) }), {
      name: "GpuError",
      message: "Cannot run the plan: its previous run has not finished",
    });
    assert.deepEqual(await first, { y: Float32Array.of(3, 4, 5, 6, 7) });
    await executor.run({ x: new Float32Array(5) });
  });
});

Deno.test("Executor.profile() times every dispatch by name, in order", async () => {
  await withExecutor(network, async ({ executor, device }) => {
    const profile = await executor.profile({ x: normals(600, 1) });
    if (!device.traits.timestamps) return assert.equal(profile, undefined);
    const { steps, spanMilliseconds } = profile!;
    assert.deepEqual(steps.map(({ label }) => label), [
      "rearrange",
      "linear of first",
      "layer_norm of first.norm",
      "linear of second",
      "layer_norm of second.norm",
      "rearrange",
    ]);
    assert(steps.every(({ milliseconds }) => milliseconds >= 0));
    assert(spanMilliseconds >= Math.max(...steps.map(({ milliseconds }) => milliseconds)));
    await executor.run({ x: normals(600, 1) });
  }, { read: networkWeights });
});

Deno.test("Executor.close() and ParameterStore.close() free what was made", async () => {
  const device = await openDevice();
  const made: { destroyed: boolean }[] = [];
  for (const name of ["createBuffer", "createTexture"] as const) {
    const create = device.device[name].bind(device.device) as (descriptor: unknown) => GPUBuffer | GPUTexture;
    const value = (descriptor: unknown) => {
      const object = create(descriptor);
      const record = { destroyed: false };
      const destroy = object.destroy.bind(object);
      Object.defineProperty(object, "destroy", {
        value: () => {
          record.destroyed = true;
          destroy();
        },
      });
      made.push(record);
      return object;
    };
    Object.defineProperty(device.device, name, { value });
  }
  try {
    const { executor, parameters } = await prepare(network, { device, read: networkWeights });
    assert(made.length > 8 && parameters.bytes > 0);
    executor.close();
    parameters.close();
    assert.deepEqual(made.filter(({ destroyed }) => !destroyed), []);
    // A plan that cannot be prepared leaves nothing behind either.
    const broken = (graph: Graph) => {
      increments(graph);
      graph.output("z", toy(graph, [graph.input("w", [1])], { name: "small", source: largeUniform }));
    };
    await assert.rejects(prepare(broken, { device }));
    assert.deepEqual(made.filter(({ destroyed }) => !destroyed), []);
  } finally {
    device.close();
  }
});

function withParameter(graph: Graph, pack: Pack): void {
  const source = `
@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;
@compute @workgroup_size(5)
fn main(@builtin(local_invocation_index) i: u32) { y[i] = x[i] * weight[i]; }`;
  const weight = graph.parameter("weight", [5]);
  const more = (lowering: Lowering): Resource[] => [lowering.parameter([weight], { name: "five", pack })];
  graph.output("y", toy(graph, [graph.input("x", [5])], { name: "scale", source, more }));
}

Deno.test("ParameterStore.load() reads a parameter once for all plans that share it", async () => {
  const { device } = await testDevice();
  const parameters = new ParameterStore(device);
  const reads: string[] = [];
  const read = (name: string) => {
    reads.push(name);
    return Promise.resolve(Float32Array.of(1, 2, 3, 4, 5));
  };
  const build = (graph: Graph) => withParameter(graph, ([data]) => ({ kind: "buffer", data }));
  const plans = [
    await prepare(build, { parameters, read }),
    await prepare(build, { parameters, read }),
  ];
  try {
    assert.deepEqual(reads, ["weight"]);
    assert.equal(parameters.bytes, 20);
    plans[0].executor.close();
    const { y } = await plans[1].executor.run({ x: Float32Array.of(2, 2, 2, 2, 2) });
    assert.deepEqual([...y], [2, 4, 6, 8, 10]);
  } finally {
    for (const { executor } of plans) executor.close();
    parameters.close();
  }
});

Deno.test("Executor.prepare() passes on why weights cannot be read", async () => {
  const build = (graph: Graph) => withParameter(graph, ([data]) => ({ kind: "buffer", data }));
  const read = () => Promise.reject(new RangeError("Cannot read weight: the file ends"));
  await assert.rejects(prepare(build, { read }), {
    name: "RangeError",
    message: "Cannot read weight: the file ends",
  });
});
