import assert from "node:assert/strict";
import { checkFrame, releaseFrame } from "../../people/frame.ts";

Deno.test("releaseFrame() gives the memory back, once", () => {
  const frame = { width: 2, height: 2, data: new Uint8ClampedArray(16) };
  releaseFrame(frame);
  releaseFrame(frame);
  assert.throws(() => checkFrame(frame, "frame 0"), {
    name: "RangeError",
    message: /frame 0: found 0 bytes, expected 16/,
  });
});

Deno.test("checkFrame() accepts RGBA bytes of the right number", () => {
  checkFrame({ width: 3, height: 1, data: new Uint8ClampedArray(12) }, "frame 0");
  for (const frame of [null, 7, {}, { width: 1, height: 1, data: [0, 0, 0, 0] }]) {
    assert.throws(() => checkFrame(frame, "frame 5"), { name: "TypeError", message: /Cannot read frame 5/ });
  }
  for (const size of [{ width: 1.5, height: 2 }, { width: -1, height: -1 }, { width: NaN, height: 1 }]) {
    assert.throws(() => checkFrame({ ...size, data: new Uint8ClampedArray(4) }, "frame 5"), {
      name: "RangeError",
    });
  }
});
