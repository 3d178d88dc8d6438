/** openDevice() and GpuDevice: what is asked of an adapter, and how WebGPU's errors become exceptions. */
import assert from "node:assert/strict";
import { GpuDevice, openDevice } from "../../gpu/device.ts";

/** Limits of a small adapter that is just large enough. */
const smallest = {
  maxStorageBuffersPerShaderStage: 8,
  maxStorageTexturesPerShaderStage: 4,
  maxComputeWorkgroupStorageSize: 16384,
  maxComputeInvocationsPerWorkgroup: 256,
  maxBufferSize: 1000,
  maxStorageBufferBindingSize: 900,
  maxTextureDimension2D: 800,
  maxComputeWorkgroupsPerDimension: 700,
};

interface Asked {
  descriptor?: GPUDeviceDescriptor;
}

/** An implementation of WebGPU that hands out one adapter and remembers what is asked of it. */
function fakeGpu(adapter: object | null, asked: Asked = {}): GPU {
  const device = { addEventListener() {}, lost: new Promise(() => {}), destroy() {} };
  const whole = adapter && {
    features: new Set(),
    info: { description: "", vendor: "", isFallbackAdapter: false },
    limits: smallest,
    requestDevice(descriptor: GPUDeviceDescriptor) {
      asked.descriptor = descriptor;
      return Promise.resolve(device);
    },
    ...adapter,
  };
  return { requestAdapter: () => Promise.resolve(whole) } as unknown as GPU;
}

Deno.test("openDevice() says what to do when there is no adapter", async () => {
  await assert.rejects(openDevice({ gpu: fakeGpu(null) }), {
    name: "GpuUnavailableError",
    message: /^Cannot open a WebGPU device: no adapter found; install a Vulkan driver .*--device cpu$/,
  });
});

for (const limit of Object.keys(smallest).slice(0, 4) as (keyof typeof smallest)[]) {
  Deno.test(`openDevice() refuses an adapter with too small a ${limit}`, async () => {
    const limits = { ...smallest, [limit]: smallest[limit] - 1 };
    const adapter = { limits, info: { description: "Tiny GPU", vendor: "", isFallbackAdapter: false } };
    await assert.rejects(openDevice({ gpu: fakeGpu(adapter) }), {
      name: "GpuUnavailableError",
      message: `Cannot use the adapter Tiny GPU: ${limit} is ${limits[limit]}, expected at least ` +
        `${smallest[limit]}; run on the CPU with --device cpu`,
    });
  });
}

Deno.test("openDevice() asks for the adapter's largest sizes, for timestamps and halves where there are any", async () => {
  const asked: Asked = {};
  const features = new Set(["timestamp-query", "shader-f16", "subgroups"]);
  const { traits } = await openDevice({ gpu: fakeGpu({ features }, asked) });
  const { requiredFeatures, requiredLimits } = asked.descriptor!;
  assert.deepEqual(requiredFeatures, ["timestamp-query", "shader-f16"]);
  assert.equal(requiredLimits!.maxBufferSize, 1000);
  assert.equal(requiredLimits!.maxStorageBufferBindingSize, 900);
  assert.equal(requiredLimits!.maxTextureDimension2D, 800);
  assert.deepEqual(traits, {
    description: "",
    software: false,
    maxTextureExtent: 800,
    maxBindingBytes: 900,
    maxBufferBytes: 1000,
    maxWorkgroups: 700,
    timestamps: true,
    halves: true,
  });
  const poor = (await openDevice({ gpu: fakeGpu({}, asked) })).traits;
  assert.deepEqual([poor.timestamps, poor.halves], [false, false]);
  assert.deepEqual(asked.descriptor!.requiredFeatures, []);
});

Deno.test("openDevice() knows software adapters by flag or name", async () => {
  const software = async (description: string, isFallbackAdapter: boolean) => {
    const info = { description, vendor: "v", isFallbackAdapter };
    return (await openDevice({ gpu: fakeGpu({ info }) })).traits.software;
  };
  assert.equal(await software("llvmpipe (LLVM 15.0.6, 256 bits)", false), true);
  assert.equal(await software("SwiftShader Device", false), true);
  assert.equal(await software("anything", true), true);
  assert.equal(await software("AMD Radeon", false), false);
});

/** A buffer that no implementation makes: mappable for reading and storage at once. */
function invalidBuffer(device: GpuDevice): GPUBuffer {
  return device.device.createBuffer({ size: 4, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.STORAGE });
}

async function withDevice(test: (device: GpuDevice) => void | Promise<void>): Promise<void> {
  const device = await openDevice();
  try {
    await test(device);
  } finally {
    device.close();
  }
}

/** Lets WebGPU report what it has to. */
async function settle(device: GpuDevice): Promise<void> {
  await device.device.queue.onSubmittedWorkDone();
  await new Promise((resolve) => setTimeout(resolve, 0));
}

Deno.test("GpuDevice.scoped() returns what the work returns", async () => {
  await withDevice(async (device) => {
    assert.equal(await device.scoped("nothing", () => 7), 7);
  });
});

Deno.test("GpuDevice.scoped() turns what WebGPU refuses into an error with the subject", async () => {
  await withDevice(async (device) => {
    await assert.rejects(device.scoped("operator linear of vision", () => invalidBuffer(device)), {
      name: "GpuError",
      message: /^Cannot run operator linear of vision: \S/,
    });
    await settle(device);
    device.check(); // nothing is left over
  });
});

Deno.test("GpuDevice.scoped() closes its scopes when the work throws", async () => {
  await withDevice(async (device) => {
    const failing = device.scoped("work", () => {
      throw new TypeError("own mistake");
    });
    await assert.rejects(failing, { name: "TypeError", message: "own mistake" });
    // An error now is nobody's; had a scope stayed open, it would have swallowed it.
    invalidBuffer(device);
    await settle(device);
    assert.throws(() => device.check(), { name: "GpuError" });
  });
});

Deno.test("GpuDevice.scoped() keeps the errors of works apart that run side by side", async () => {
  await withDevice(async (device) => {
    const results = await Promise.allSettled([
      device.scoped("first", () => 1),
      device.scoped("second", () => invalidBuffer(device)),
      device.scoped("third", () => 3),
    ]);
    assert.deepEqual(results.map(({ status }) => status), ["fulfilled", "rejected", "fulfilled"]);
  });
});

Deno.test("GpuDevice.check() tells errors outside scopes once", async () => {
  await withDevice(async (device) => {
    device.check();
    invalidBuffer(device);
    await settle(device);
    assert.throws(() => device.check(), { name: "GpuError", message: /^WebGPU reported: \S/ });
    device.check();
  });
});

Deno.test("GpuDevice.close() makes every further use say so, and may be called twice", async () => {
  const device = await openDevice();
  device.close();
  device.close();
  const closed = { name: "ClosedError", message: "Cannot use the device: it is closed" };
  assert.throws(() => device.check(), closed);
  await assert.rejects(device.scoped("anything", () => 1), closed);
});

Deno.test("GpuDevice.check() says that the device was lost", async () => {
  const lost = Promise.resolve({ message: "driver restarted", reason: "unknown" });
  const device = { addEventListener() {}, lost, destroy() {} } as unknown as GPUDevice;
  const { traits } = await openDevice({ gpu: fakeGpu({}) });
  const wrapped = new GpuDevice(device, traits);
  await lost;
  assert.throws(() => wrapped.check(), {
    name: "GpuError",
    message: "Cannot use the device: it was lost (driver restarted)",
  });
});
