import assert from "node:assert/strict";
import { chooseDevice, type DeviceChoice } from "../../estimation/choose_engine.ts";
import { GpuUnavailableError } from "../../gpu/errors.ts";

interface FakeAdapter {
  description: string;
  isFallbackAdapter?: boolean;
  storageBuffers?: number;
}

/** A WebGPU with one adapter, or none; its devices remember that they were destroyed. */
function fakeGpu(adapter: FakeAdapter | null): { gpu: GPU; destroyed: () => number } {
  let destroyed = 0;
  const device = {
    addEventListener() {},
    lost: new Promise(() => {}),
    destroy: () => void destroyed++,
  };
  const limits = {
    maxStorageBuffersPerShaderStage: adapter?.storageBuffers ?? 8,
    maxStorageTexturesPerShaderStage: 4,
    maxComputeWorkgroupStorageSize: 16384,
    maxComputeInvocationsPerWorkgroup: 256,
    maxComputeWorkgroupsPerDimension: 65535,
    maxBufferSize: 2 ** 28,
    maxStorageBufferBindingSize: 2 ** 27,
    maxTextureDimension2D: 8192,
  };
  const found = adapter && {
    info: { vendor: "someone", isFallbackAdapter: false, ...adapter },
    limits,
    features: new Set(),
    requestDevice: () => Promise.resolve(device),
  };
  return {
    gpu: { requestAdapter: () => Promise.resolve(found) } as unknown as GPU,
    destroyed: () => destroyed,
  };
}

const hardware = { description: "Radeon" };

Deno.test("chooseDevice() auto takes a hardware adapter", async () => {
  const { gpu, destroyed } = fakeGpu(hardware);
  const { kind, device, reason } = await chooseDevice("auto", gpu);
  assert.equal(kind, "webgpu");
  assert.equal(device?.traits.description, "Radeon");
  assert.match(reason, /hardware/);
  assert.equal(destroyed(), 0);
  assert.equal((await chooseDevice(undefined, gpu)).kind, "webgpu", "auto is the default");
});

const software: readonly FakeAdapter[] = [
  { description: "llvmpipe (LLVM 15.0.6, 256 bits)" },
  { description: "SwiftShader Device" },
  { description: "something else", isFallbackAdapter: true },
];

for (const adapter of software) {
  Deno.test(`chooseDevice() auto leaves ${adapter.description} for the CPU, webgpu takes it`, async () => {
    const { gpu, destroyed } = fakeGpu(adapter);
    const chosen = await chooseDevice("auto", gpu);
    assert.equal(chosen.kind, "cpu");
    assert.equal(chosen.device, undefined);
    assert.ok(chosen.reason.includes(adapter.description));
    assert.equal(destroyed(), 1, "the device it opened to look at is closed");
    assert.equal((await chooseDevice("webgpu", gpu)).device?.traits.software, true);
  });
}

Deno.test("chooseDevice() without an adapter: auto takes the CPU, webgpu is refused", async () => {
  const { gpu } = fakeGpu(null);
  assert.deepEqual(await chooseDevice("auto", gpu), { kind: "cpu", reason: "no WebGPU adapter was found" });
  await assert.rejects(chooseDevice("webgpu", gpu), GpuUnavailableError);
});

Deno.test("chooseDevice() with an adapter that is too small: auto takes the CPU, webgpu names the limit", async () => {
  const { gpu } = fakeGpu({ ...hardware, storageBuffers: 4 });
  const { kind, reason } = await chooseDevice("auto", gpu);
  assert.equal(kind, "cpu");
  assert.match(reason, /maxStorageBuffersPerShaderStage is 4, expected at least 8/);
  await assert.rejects(
    chooseDevice("webgpu", gpu),
    /adapter Radeon: maxStorageBuffersPerShaderStage is 4, expected at least 8; run on the CPU/,
  );
});

Deno.test("chooseDevice() auto takes the CPU where the driver fails, and tells what it said", async () => {
  const requestAdapter = () => Promise.reject(new Error("the driver crashed"));
  const gpu = { requestAdapter } as unknown as GPU;
  assert.deepEqual(await chooseDevice("auto", gpu), { kind: "cpu", reason: "the driver crashed" });
  await assert.rejects(chooseDevice("webgpu", gpu), /the driver crashed/);
});

Deno.test("chooseDevice() cpu asks for no adapter", async () => {
  const gpu = { requestAdapter: () => Promise.reject(new Error("asked")) } as unknown as GPU;
  assert.equal((await chooseDevice("cpu", gpu)).kind, "cpu");
});

Deno.test("chooseDevice() refuses another word", async () => {
  await assert.rejects(chooseDevice("gpu" as DeviceChoice), /device "gpu", expected auto, webgpu or cpu/);
});
