import assert from "node:assert/strict";
import { releaseMemory } from "../../files/release_memory.ts";

Deno.test("releaseMemory() frees a buffer, and a view's when it is the whole of it, once", () => {
  const buffer = new ArrayBuffer(8);
  const view = new Float32Array(2);
  for (const memory of [buffer, buffer, view, view]) releaseMemory(memory);
  assert.ok(buffer.detached);
  assert.ok(view.buffer.detached);
});

Deno.test("releaseMemory() spares a buffer that is larger than the view, and shared memory", () => {
  const buffer = new ArrayBuffer(8);
  for (const view of [new Uint8Array(buffer, 1), new Uint8Array(buffer, 0, 4)]) releaseMemory(view);
  assert.equal(buffer.byteLength, 8);
  const shared = new SharedArrayBuffer(8);
  releaseMemory(shared);
  assert.equal(shared.byteLength, 8);
});
