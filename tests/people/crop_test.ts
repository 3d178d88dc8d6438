import assert from "node:assert/strict";
import type { Box } from "../../people/box.ts";
import { channelDeviation, channelMean, cropPixels } from "../../people/crop.ts";
import { cropTransform } from "../../people/crop_geometry.ts";
import type { Frame } from "../../people/frame.ts";
import golden from "../golden/preprocess.json" with { type: "json" };

const binary = Deno.readFileSync(new URL("../golden/preprocess.bin", import.meta.url));

/** The golden images with the bytes that the reference warped. */
function* goldenImages() {
  let offset = 0;
  for (const image of golden.images) {
    const { width, height, boxes, small } = image;
    const rgb = binary.subarray(offset, offset += 3 * width * height);
    const plane = small.width * small.height;
    const warped = boxes.map(() => binary.subarray(offset, offset += 3 * plane));
    yield { ...image, frame: frameOf(rgb, { width, height }), warped };
  }
  assert.equal(offset, binary.length);
}

Deno.test("cropPixels() warps to the very bytes of Hugging Face's processor", () => {
  for (const { frame, boxes, small, warped } of goldenImages()) {
    boxes.forEach((box, b) => {
      const pixels = cropPixels(frame, cropTransform(box as unknown as Box, small), small);
      const plane = small.width * small.height;
      const differing = warped[b].reduce((count, byte, i) => {
        const c = i % 3;
        const value = pixels[c * plane + (i - c) / 3] * channelDeviation[c] + channelMean[c];
        return count + (Math.abs(value * 255 - byte) <= 1e-3 ? 0 : 1);
      }, 0);
      assert.equal(differing, 0, `box ${b}: ${differing} of ${warped[b].length} bytes differ`);
    });
  }
});

for (const size of ["small", "full"] as const) {
  Deno.test(`cropPixels() equals pixel_values bit for bit, ${size} crops`, () => {
    for (const { frame, boxes, [size]: expected } of goldenImages()) {
      const extent = { width: expected.width, height: expected.height };
      const length = 3 * extent.width * extent.height;
      const pixels = new Float32Array(boxes.length * length);
      boxes.forEach((box, b) => {
        const target = pixels.subarray(b * length, (b + 1) * length).fill(9);
        cropPixels(frame, cropTransform(box as unknown as Box, extent), { ...extent, target });
      });
      expected.positions.forEach((position, i) => {
        assert.equal(pixels[position], Math.fround(expected.values[i]), `at ${position}`);
      });
    }
  });
}

Deno.test("cropPixels() copies a box that needs no interpolation", () => {
  // a 24×32 box enlarged ×1.25 is 30×40; as 31×41 pixels each sample falls on a pixel's centre
  const frame = frameOf(Uint8Array.from({ length: 3 * 64 * 64 }, (_, i) => (i * 37) % 251), {
    width: 64,
    height: 64,
  });
  const extent = { width: 31, height: 41 };
  const transform = cropTransform([20, 16, 24, 32], { ...extent, padding: 1.25 });
  const matrix = [1, 0, 17, 0, 1, 12] as const;
  const pixels = cropPixels(frame, { ...transform, matrix }, extent);
  for (const [u, v] of [[0, 0], [30, 40], [7, 19]]) {
    for (let c = 0; c < 3; c++) {
      const byte = frame.data[4 * ((v + 12) * 64 + u + 17) + c];
      const expected = (byte / 255 - channelMean[c]) / channelDeviation[c];
      const error = Math.abs(pixels[c * 31 * 41 + v * 31 + u] - expected);
      assert.ok(error <= 1e-6, `${u},${v},${c}: ${error}`);
    }
  }
});

Deno.test("cropPixels() keeps samples on the border and blackens those beyond", () => {
  const frame = frameOf(new Uint8Array(3 * 5 * 4).fill(200), { width: 5, height: 4 });
  const extent = { width: 5, height: 4 };
  const transform = cropTransform([0, 0, 5, 4], extent);
  const reds = (x: number, y: number) => {
    const pixels = cropPixels(frame, { ...transform, matrix: [1, 0, x, 0, 1, y] }, extent).subarray(0, 20);
    return Array.from(
      pixels,
      (value) => Math.abs(Math.round((value * channelDeviation[0] + channelMean[0]) * 255)),
    );
  };
  assert.deepEqual(reds(0, 0), Array(20).fill(200));
  assert.deepEqual(reds(1e-9, 0), Array(4).fill([200, 200, 200, 200, 0]).flat());
  assert.deepEqual(reds(-1e-9, 0), Array(4).fill([0, 200, 200, 200, 200]).flat());
  assert.deepEqual(reds(0, 1e-9), [...Array(15).fill(200), ...Array(5).fill(0)]);
  assert.deepEqual(reds(0, -1e-9), [...Array(5).fill(0), ...Array(15).fill(200)]);
});

Deno.test("cropPixels() ignores alpha", () => {
  const rgb = new Uint8Array(3 * 20 * 20).fill(77);
  const opaque = frameOf(rgb, { width: 20, height: 20 });
  const clear = { ...opaque, data: opaque.data.map((byte, i) => i % 4 === 3 ? 0 : byte) };
  const extent = { width: 12, height: 16 };
  const transform = cropTransform([2, 2, 12, 16], extent);
  assert.deepEqual(cropPixels(clear, transform, extent), cropPixels(opaque, transform, extent));
});

Deno.test("cropPixels() refuses frames and targets that do not fit", () => {
  const extent = { width: 12, height: 16 };
  const transform = cropTransform([2, 2, 12, 16], extent);
  const frame = { width: 20, height: 20, data: new Uint8ClampedArray(1600) };
  const crop = (frame: unknown, target?: Float32Array) => () =>
    cropPixels(frame as Frame, transform, target ? { ...extent, target } : extent);
  assert.throws(crop(undefined), { name: "TypeError", message: /no RGBA bytes/ });
  assert.throws(crop({ ...frame, width: 21 }), {
    name: "RangeError",
    message: /found 1600 bytes, expected 1680/,
  });
  assert.throws(crop({ ...frame, width: 0 }), { name: "RangeError", message: /size 0×20/ });
  assert.throws(crop(frame, new Float32Array(5)), { name: "RangeError", message: /5 numbers, expected 576/ });
});

function frameOf(rgb: Uint8Array, { width, height }: { width: number; height: number }): Frame {
  const data = new Uint8ClampedArray(4 * width * height).fill(255);
  for (let i = 0; i < width * height; i++) data.set(rgb.subarray(3 * i, 3 * i + 3), 4 * i);
  return { width, height, data };
}
