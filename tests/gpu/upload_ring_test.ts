/** Bytes on their way to the GPU, through mapped buffers that are used again and again. */
import assert from "node:assert/strict";
import { UploadRing } from "../../gpu/upload_ring.ts";
import { testDevice } from "../support/device.ts";

interface Upload {
  /** Numbers to send. */
  count: number;
  /** Texels of a row of the texture they go to; absent: a buffer. */
  width?: number;
}

/** Distinct numbers, none of them zero. */
function ramp(count: number, from: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: count }, (_, i) => from + (i % 65_521) + 1);
}

/** Sends values into new GPU memory, packed in the slot's memory or standing in their own, and reads them back. */
async function send(
  ring: UploadRing,
  values: Float32Array<ArrayBuffer>,
  { width, own = false }: { width?: number | undefined; own?: boolean },
): Promise<() => Promise<Float32Array>> {
  const { device: { device } } = await testDevice();
  const usage = GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const slot = await ring.take();
  const packed = own ? values : new Float32Array(slot.allocate(values.byteLength));
  if (!own) packed.set(values);
  const bytes = new Uint8Array(packed.buffer);
  if (width === undefined) {
    const buffer = device.createBuffer({ size: bytes.length, usage });
    await ring.send(slot, bytes, { subject: "test", target: { buffer } });
    return () => readBack(buffer);
  }
  const height = values.length / 4 / width;
  const texture = device.createTexture({ size: [width, height], format: "rgba32float", usage: 3 });
  await ring.send(slot, bytes, { subject: "test", target: { texture, bytesPerRow: width * 16 } });
  return async () => {
    const bytesPerRow = Math.ceil(width / 16) * 256;
    const buffer = device.createBuffer({ size: bytesPerRow * height, usage });
    const encoder = device.createCommandEncoder();
    encoder.copyTextureToBuffer({ texture }, { buffer, bytesPerRow }, [width, height]);
    device.queue.submit([encoder.finish()]);
    const padded = await readBack(buffer);
    texture.destroy();
    const rows = Array.from({ length: height }, (_, y) => y * bytesPerRow / 4);
    return Float32Array.from(rows.flatMap((start) => [...padded.subarray(start, start + width * 4)]));
  };
}

async function readBack(buffer: GPUBuffer): Promise<Float32Array> {
  const { device: { device } } = await testDevice();
  const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
  const staging = device.createBuffer({ size: buffer.size, usage });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, staging, 0, buffer.size);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(GPUMapMode.READ);
  const values = new Float32Array(staging.getMappedRange().slice(0));
  staging.destroy();
  buffer.destroy();
  return values;
}

// A piece is 16 MiB; memory of one's own begins below 64 KiB.
const uploads: Record<string, Upload> = {
  "a few numbers": { count: 12 },
  "a buffer of one piece": { count: 2 ** 15 + 4 },
  "a buffer of three pieces": { count: 2 ** 23 + 2 ** 21 + 4 },
  "a texture of one piece": { count: 192 * 4 * 50, width: 192 },
  "a texture of two pieces": { count: 144 * 4 * 9001, width: 144 },
  "a texture whose rows are no multiple of 256 bytes": { count: 3 * 4 * 7, width: 3 },
  "a large texture of such rows": { count: 9 * 4 * 1000, width: 9 },
};

for (const [what, { count, width }] of Object.entries(uploads)) {
  for (const own of [false, true]) {
    Deno.test(`UploadRing.send() copies ${what}${own ? " from memory of one's own" : ""}`, async () => {
      const { device } = await testDevice();
      const ring = new UploadRing(device);
      try {
        // Small ones more often than there are slots.
        for (let round = 0; round < (count < 2 ** 20 ? 6 : 1); round++) {
          const values = ramp(count, round);
          const read = await send(ring, values, { width, own });
          const found = await read();
          assert.equal(found.length, count);
          assert.equal(found.findIndex((value, i) => value !== values[i]), -1);
        }
      } finally {
        await ring.close();
      }
      device.check();
    });
  }
}

Deno.test("UploadRing.take() hands out zeros again and again, and nothing is overwritten on its way", async () => {
  const { device } = await testDevice();
  const ring = new UploadRing(device);
  const count = 2 ** 18;
  try {
    // Ten times what the ring holds; one half is written, the other one is what the next holder writes.
    const reads = [];
    for (let i = 0; i < 40; i++) {
      const values = ramp(count, i);
      const start = (i >> 2) % 2 * count / 2;
      values.fill(0, count / 2 - start, count - start);
      const slot = await ring.take();
      const packed = new Float32Array(slot.allocate(values.byteLength));
      packed.set(values.subarray(start, start + count / 2), start);
      const buffer = device.device.createBuffer({
        size: values.byteLength,
        usage: GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
      });
      await ring.send(slot, new Uint8Array(packed.buffer), { subject: "test", target: { buffer } });
      reads.push({ buffer, values });
      assert.equal(packed.length, 0, "the memory is the GPU's now");
    }
    for (const { buffer, values } of reads) {
      const found = await readBack(buffer);
      assert.equal(found.findIndex((value, i) => value !== values[i]), -1);
    }
  } finally {
    await ring.close();
  }
});

Deno.test("UploadRing.send() names what WebGPU refuses, and the next one goes", async () => {
  const { device } = await testDevice();
  const ring = new UploadRing(device);
  try {
    const tooSmall = device.device.createBuffer({ size: 16, usage: GPUBufferUsage.COPY_DST });
    const slot = await ring.take();
    const bytes = new Uint8Array(slot.allocate(2 ** 17));
    await assert.rejects(
      ring.send(slot, bytes, { subject: "upload of a.weight", target: { buffer: tooSmall } }),
      { name: "GpuError", message: /^Cannot run upload of a\.weight: / },
    );
    tooSmall.destroy();
    const values = ramp(2 ** 15, 7);
    const read = await send(ring, values, {});
    assert.deepEqual(await read(), values);
  } finally {
    await ring.close();
  }
});
