import assert from "node:assert/strict";
import type { Frame } from "../../people/frame.ts";
import { pamFrames } from "../../people/pam_stream.ts";

function picture(
  { width, height }: { width: number; height: number },
  seed: number,
): { bytes: Uint8Array; data: Uint8Array } {
  const data = Uint8Array.from({ length: 4 * width * height }, (_, i) => (i * 31 + seed) % 256);
  const header = `P7\nWIDTH ${width}\nHEIGHT ${height}\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n`;
  return { bytes: Uint8Array.from([...new TextEncoder().encode(header), ...data]), data };
}

async function read(bytes: Uint8Array, size: number): Promise<Frame[]> {
  let at = 0;
  const stream = new ReadableStream({
    type: "bytes",
    pull(controller) {
      controller.enqueue(bytes.slice(at, at += size));
      if (at < bytes.length) return;
      controller.close();
      controller.byobRequest?.respond(0);
    },
  });
  return await Array.fromAsync(pamFrames(stream));
}

Deno.test("pamFrames() finds the pictures however the stream is cut", async () => {
  const [a, b] = [picture({ width: 3, height: 2 }, 10), picture({ width: 1, height: 5 }, 77)];
  const stream = Uint8Array.from([...a.bytes, ...b.bytes]);
  for (const size of [1, 7, 66, 67, 68, 1000]) {
    const frames = await read(stream, size);
    assert.deepEqual(frames, [
      { width: 3, height: 2, data: new Uint8ClampedArray(a.data) },
      { width: 1, height: 5, data: new Uint8ClampedArray(b.data) },
    ]);
  }
  const empty = new ReadableStream({ type: "bytes", start: (controller) => controller.close() });
  assert.deepEqual(await Array.fromAsync(pamFrames(empty)), []);
});

Deno.test("pamFrames() refuses a stream that ends early or is something else", async () => {
  const { bytes } = picture({ width: 3, height: 2 }, 1);
  await assert.rejects(read(bytes.slice(0, -1), 10), { name: "SyntaxError", message: /within a picture/ });
  await assert.rejects(read(bytes.slice(0, 20), 10), { name: "SyntaxError", message: /within a header/ });
  await assert.rejects(read(new Uint8Array(500), 10), { name: "SyntaxError", message: /not in PAM form/ });
  const grey = new TextEncoder().encode("P7\nWIDTH 3\nHEIGHT 2\nDEPTH 1\nMAXVAL 255\nENDHDR\n123456");
  await assert.rejects(read(grey, 10), { name: "SyntaxError", message: /8-bit RGBA/ });
});
