import assert from "node:assert/strict";
import { countAllocations } from "../../bench/allocations.ts";
import { testDevice } from "../support/device.ts";

const present = await navigator.gpu?.requestAdapter() != null;

Deno.test({
  name: "countAllocations() counts objects and bytes, and nothing of a submission",
  ignore: !present,
  sanitizeResources: false,
  async fn() {
    const { device: { device } } = await testDevice();
    const usage = GPUBufferUsage.COPY_DST;
    const found = await countAllocations(device, async () => {
      for (const size of [16, 240]) device.createBuffer({ size, usage }).destroy();
      const texture = { size: [3, 5], format: "rgba32float" as const, usage: GPUTextureUsage.COPY_DST };
      device.createTexture(texture).destroy();
      device.queue.submit([device.createCommandEncoder().finish()]);
      await device.queue.onSubmittedWorkDone();
    });
    // 16 + 240 bytes of buffers, 3 · 5 · 16 bytes of texels.
    assert.deepEqual(found, { calls: { createBuffer: 2, createTexture: 1 }, objects: 3, bytes: 496 });
    assert.ok(!Object.hasOwn(device, "createBuffer"));
  },
});

Deno.test({
  name: "countAllocations() leaves the device as it was when the work fails",
  ignore: !present,
  sanitizeResources: false,
  async fn() {
    const { device: { device } } = await testDevice();
    await assert.rejects(countAllocations(device, () => Promise.reject(new Error("stop"))), /stop/);
    assert.ok(!Object.hasOwn(device, "createBuffer"));
  },
});
