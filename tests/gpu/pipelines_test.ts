/** PipelineCache: each shader is compiled once, and one that WGSL refuses is named with line and source line. */
import assert from "node:assert/strict";
import { openDevice } from "../../gpu/device.ts";
import { PipelineCache } from "../../gpu/pipelines.ts";
import type { Resource } from "../../gpu/schedule.ts";
import type { Shader } from "../../gpu/shader.ts";
import { testHalf } from "../support/precisions.ts";
import { incrementSource } from "../support/toy_operators.ts";
import { watchDevice } from "../support/watch_device.ts";

const range = (offset: number): Resource => ({ kind: "arena", type: "f32", offset, bytes: 256 });
const uniform: Resource = { kind: "uniform", data: new ArrayBuffer(16) };
const bindings = [range(0), range(256), uniform];
const shader: Shader = { name: "toy/increment", source: incrementSource };

async function withCache(test: (cache: PipelineCache, device: GPUDevice) => Promise<void>): Promise<void> {
  const device = await openDevice();
  try {
    await test(new PipelineCache(device), device.device);
    await device.device.queue.onSubmittedWorkDone();
    device.check();
  } finally {
    device.close();
  }
}

Deno.test("PipelineCache.get() compiles a shader once, however it is asked", async () => {
  await withCache(async (cache, device) => {
    const { calls, result } = await watchDevice(device, async () => [
      ...await Promise.all([cache.get(shader, bindings), cache.get({ ...shader }, bindings)]),
      await cache.get(shader, [range(512), range(0), uniform]),
    ]);
    assert.equal(calls.createComputePipelineAsync, 1);
    assert.equal(calls.createShaderModule, 1);
    assert.equal(calls.createBindGroupLayout, 1);
    assert.equal(new Set(result).size, 1);
  });
});

Deno.test("PipelineCache.get() tells shaders apart by source, constants, defines and kinds of bindings", async () => {
  await withCache(async (cache, device) => {
    const source = `override STEP = 1.0;\n${incrementSource.replace("1.0", "STEP + {MORE}.0")}`;
    const base = { ...shader, source, defines: { MORE: 0 } };
    const parameter: Resource = {
      kind: "parameter",
      key: "p",
      binding: "buffer",
      load: () => Promise.reject(new Error("nobody loads it")),
    };
    const readOnly = source.replace("read_write> x", "read> x");
    const { calls, result } = await watchDevice(device, () =>
      Promise.all([
        cache.get(base, bindings),
        cache.get({ ...base, constants: { STEP: 2 } }, bindings),
        cache.get({ ...base, defines: { MORE: 3 } }, bindings),
        cache.get({ ...base, source: `${source}\n` }, bindings),
        cache.get({ ...base, name: "toy/other", source: readOnly }, [parameter, range(0), uniform]),
      ]));
    assert.equal(new Set(result).size, 5);
    assert.equal(calls.createComputePipelineAsync, 5);
    assert.equal(calls.createBindGroupLayout, 2, "layouts are shared by kinds of bindings");
  });
});

testHalf("PipelineCache.get() compiles one source for each precision of its bindings", async () => {
  await withCache(async (cache, device) => {
    const source = incrementSource.replace("x: array<f32>", "x: array<Element0>")
      .replace("y: array<f32>", "y: array<Element1>").replace(
        "= x[id.x] + 1.0",
        "= Element1(f32(x[id.x]) + 1.0)",
      );
    const half: Resource = { kind: "arena", type: "f16", offset: 512, bytes: 256 };
    const pairs = [[range(0), range(256)], [half, range(0)], [range(0), half], [half, range(0)]];
    const { calls, result } = await watchDevice(
      device,
      () => Promise.all(pairs.map((pair) => cache.get({ ...shader, source }, [...pair, uniform]))),
    );
    assert.equal(new Set(result).size, 3);
    assert.equal(calls.createBindGroupLayout, 1, "precision is no kind of binding");
  });
});

Deno.test("PipelineCache.get() names shader, line and source line of refused WGSL", async () => {
  await withCache(async (cache) => {
    const source = incrementSource.replace("y[id.x] = x[id.x] + 1.0", "y[id.x] = missing(x[id.x])");
    await assert.rejects(cache.get({ name: "toy/broken", source }, bindings), (error) => {
      assert(error instanceof Error);
      assert.equal(error.name, "GpuError");
      assert.match(error.message, /^Cannot compile shader toy\/broken: /);
      assert.match(error.message, /line \d+, column \d+: /);
      const [last] = error.message.trimEnd().split("\n").slice(-1);
      assert.equal(last.trim(), "if (id.x < n) { y[id.x] = missing(x[id.x]); }");
      return true;
    });
  });
});

Deno.test("PipelineCache.get() names a shader whose bindings are of another kind", async () => {
  await withCache(async (cache) => {
    await cache.get(shader, bindings); // what is right for these kinds is not handed out for others
    const texture: Resource = { kind: "texture", type: "f32", slot: 0, width: 3, height: 3 };
    await assert.rejects(cache.get(shader, [texture, range(0), uniform]), {
      name: "GpuError",
      message: /^Cannot compile shader toy\/increment: \S/,
    });
    await assert.rejects(cache.get(shader, [range(0), range(256)]), {
      name: "GpuError",
      message: /^Cannot compile shader toy\/increment: \S/,
    });
  });
});

Deno.test("PipelineCache.get() blames only the shader that is wrong", async () => {
  await withCache(async (cache) => {
    const broken = { name: "toy/broken", source: "fn main( {" };
    const results = await Promise.allSettled([
      cache.get(shader, bindings),
      cache.get(broken, bindings),
      cache.get({ ...shader, name: "toy/third" }, bindings),
    ]);
    assert.deepEqual(results.map(({ status }) => status), ["fulfilled", "rejected", "fulfilled"]);
  });
});

Deno.test("PipelineCache.get() rejects a directive that cannot be expanded", async () => {
  await withCache(async (cache) => {
    await assert.rejects(
      cache.get({ ...shader, source: `${incrementSource}\n#unroll i N\n#end` }, bindings),
      {
        name: "SyntaxError",
        message: "Cannot expand shader toy/increment: N is not defined",
      },
    );
  });
});
