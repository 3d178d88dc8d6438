/** Crops against float64 and against the bytes of Hugging Face's ViTPose image processor. */
import assert from "node:assert/strict";
import { Graph } from "../../graph/graph.ts";
import { crop, type CropOptions } from "../../kernels/crop/crop.ts";
import { type CropPlacement, cropWords, writeCrop } from "../../kernels/crop/crop_table.ts";
import { cropTransform } from "../../people/crop_geometry.ts";
import type { Box } from "../../people/box.ts";
import golden from "../golden/preprocess.json" with { type: "json" };
import { cropOracle } from "../oracles/crop.ts";
import {
  cropOnDevice,
  noise,
  type Picture,
  pixelPatches,
  type Placement,
  statistics,
} from "../support/crop_on_device.ts";
import { testPrecisions } from "../support/precisions.ts";

/** Asserts that values are the normalised bytes of `sums`; where a sum is a half but for roundings, either byte will do. */
function assertBytes(
  actual: ArrayLike<number>,
  sums: ArrayLike<number>,
  { channel, stored }: { channel: (at: number) => number; stored: (value: number) => number },
): void {
  for (let at = 0; at < sums.length; at++) {
    const c = channel(at);
    const normalised = (byte: number) => (byte / 255 - statistics.mean[c]) / statistics.deviation[c];
    const error = (byte: number) => Math.abs(actual[at] - stored(normalised(byte)));
    const bytes = [sums[at] - 1e-10, sums[at] + 1e-10].map((sum) => Math.floor(sum + 0.5));
    assert.ok(
      bytes.some((byte) => error(byte) <= 1e-6),
      `element ${at}: ${actual[at]}, expected that of ${sums[at]}`,
    );
  }
}

const turned = (degrees: number, scale: number): number[] => {
  const [cos, sin] = [Math.cos(degrees * Math.PI / 180) * scale, Math.sin(degrees * Math.PI / 180) * scale];
  return [cos, -sin, 20.123, sin, cos, 3.77];
};

// Round matrices would make many sums that are exactly a half. Extents of 1 and primes, crops smaller and larger than the frame, turned, mirrored, partly and wholly outside.
const cases: {
  title: string;
  pictures: Picture[];
  B: number;
  height: number;
  width: number;
  at: Placement[];
}[] = [
  {
    title: "one pixel",
    pictures: [noise(1, 1, 1)],
    B: 1,
    height: 1,
    width: 1,
    at: [{ picture: 0, matrix: [1, 0, 0, 0, 1, 0] }],
  },
  {
    title: "B2 F3 of two frames",
    pictures: [noise(61, 47, 2), noise(13, 31, 3)],
    B: 2,
    height: 17,
    width: 11,
    at: [
      { picture: 0, matrix: [1.371234, 0, 5.214321, 0, 1.711111, 3.333777] },
      { picture: 1, matrix: [0.312345, 0, -1.345678, 0, 1.912345, -0.456789] },
      { picture: 1, matrix: [0.312345, 0, 4.345678, 0, 0.021234, 4.456789], mirrored: true },
      { picture: 0, matrix: [3.112345, 0, 37.712345, 0, 2.223456, 20.112345], mirrored: true },
      { picture: 0, matrix: [1, 0, -500.5, 0, 1, 7] },
      { picture: 1, matrix: [-0.712345, 0, 11.912345, 0, 1.123456, 0.312345] },
    ],
  },
  {
    title: "turned",
    pictures: [noise(53, 41, 4)],
    B: 1,
    height: 40,
    width: 30,
    at: [{ picture: 0, matrix: turned(33, 1.1) }, { picture: 0, matrix: turned(-120, 0.9), mirrored: true }],
  },
  {
    title: "far right of a frame 4096 wide",
    pictures: [noise(5, 3, 5), noise(4096, 24, 6)],
    B: 2,
    height: 32,
    width: 192,
    at: [
      { picture: 1, matrix: [0.71234567, 0, 3958.3217654, 0, 0.7, 0.1234567] },
      { picture: 1, matrix: [21.3712345, 0, 11.234567, 0, 0.61, 1.7654321] },
    ],
  },
  {
    title: "bottom of a frame 4096 high",
    pictures: [noise(24, 4096, 7)],
    B: 1,
    height: 256,
    width: 8,
    at: [{ picture: 0, matrix: [0.9, 0.0123, 2.345, 0.0321, 15.8765, 31.2345] }],
  },
  {
    title: "borders missed by the last bits of double precision, or by a thousandth",
    pictures: [noise(9, 7, 10)],
    B: 5,
    height: 7,
    width: 9,
    at: [
      { picture: 0, matrix: [1, 0, 0, 0, 1, 0] },
      { picture: 0, matrix: [1, 0, -1e-13, 0, 1, -1e-13] },
      { picture: 0, matrix: [1 + 1e-15, 0, 0, 0, 1 + 1e-15, 0] },
      { picture: 0, matrix: [1, 1e-13, -0.001, 1e-13, 1, -0.001] },
      { picture: 0, matrix: [1, 1e-13, 0.001, 1e-13, 1, 0.001] },
    ],
  },
];

for (const { title, pictures, B, height, width, at } of cases) {
  testPrecisions(`crop() ${title} equals float64 to the byte`, async ({ dtype, stored }) => {
    const actual = await cropOnDevice(pictures, { placements: at, B, height, width, dtype });
    const sums = at.flatMap(({ picture, matrix, mirrored = false }) => {
      const { data, width: frameWidth, height: frameHeight } = pictures[picture];
      return [...cropOracle({ data, frameWidth, frameHeight, matrix, height, width, mirrored })];
    });
    assert.equal(actual.length, sums.length);
    assertBytes(actual, sums, { channel: (at) => Math.floor(at / (height * width)) % 3, stored });
  }, { half: pictures.length > 1 });
}

Deno.test("crop() equals Hugging Face's processor to the byte, borders included", async () => {
  const binary = Deno.readFileSync(new URL("../golden/preprocess.bin", import.meta.url));
  let offset = 0;
  for (const { width, height, boxes, small } of golden.images) {
    const rgb = binary.subarray(offset, offset += 3 * width * height);
    const picture = { width, height, data: new Uint8Array(4 * width * height) };
    for (let i = 0; i < width * height; i++) picture.data.set(rgb.subarray(3 * i, 3 * i + 3), 4 * i);
    const placements = boxes.map((box) => ({
      picture: 0,
      matrix: cropTransform(box as unknown as Box, small).matrix,
    }));
    const actual = await cropOnDevice([picture], { placements, B: boxes.length, ...small });
    const plane = small.width * small.height;
    for (const b of boxes.keys()) {
      const warped = binary.subarray(offset, offset += 3 * plane);
      for (let at = 0; at < 3 * plane; at++) {
        const c = Math.floor(at / plane);
        const byte = (actual[b * 3 * plane + at] * statistics.deviation[c] + statistics.mean[c]) * 255;
        const expected = warped[3 * (at - c * plane) + c];
        assert.ok(
          Math.abs(byte - expected) <= 1e-3,
          `box ${b}, element ${at}: ${byte}, expected ${expected}`,
        );
      }
    }
  }
  assert.equal(offset, binary.length);
});

Deno.test("crop() mirrored is the mirrored crop, bit for bit", async () => {
  const [height, width] = [23, 19];
  const matrix = [1.2345678, 0, 1.3456789, 0, 0.9876543, 2.1];
  const y = await cropOnDevice([noise(31, 29, 8)], {
    placements: [{ picture: 0, matrix }, { picture: 0, matrix, mirrored: true }],
    ...{ B: 2, height, width },
  });
  const half = y.length / 2;
  for (let at = 0; at < half; at++) {
    const column = at % width;
    assert.equal(y[half + at], y[at - column + width - 1 - column]);
  }
});

Deno.test("writeCrop() refuses rows, matrices and extents that do not fit", () => {
  const table = new Uint32Array(2 * cropWords);
  const good: CropPlacement = {
    frame: { firstPixel: 0, width: 10, height: 20 },
    ...{ matrix: [1, 0, 0, 0, 1, 0], width: 8, height: 9 },
  };
  const write = (changes: Partial<CropPlacement>, row = 0) => () =>
    writeCrop(table, row, { ...good, ...changes });
  write({})();
  assert.throws(write({}, 2), {
    name: "RangeError",
    message: /crop 2: the table has 58 words, expected 29 for/,
  });
  assert.throws(write({}, -1), { name: "RangeError", message: /crop -1/ });
  assert.throws(write({ matrix: [1, 0, 0, 0, 1] }), { name: "TypeError", message: /expected six finite/ });
  assert.throws(write({ matrix: [1, 0, NaN, 0, 1, 0] }), {
    name: "TypeError",
    message: /expected six finite/,
  });
  assert.throws(write({ matrix: [1, 0, 2 ** 30, 0, 1, 0] }), { name: "RangeError", message: /pixels far/ });
  assert.throws(write({ width: 4097 }), { name: "RangeError", message: /width 4097, expected 1 to 4096/ });
  assert.throws(write({ height: 0 }), { name: "RangeError", message: /height 0/ });
  assert.throws(write({ frame: { firstPixel: -1, width: 1, height: 1 } }), { name: "RangeError" });
  assert.throws(write({ frame: { firstPixel: 0, width: 1.5, height: 1 } }), { name: "RangeError" });
  assert.throws(write({ frame: { firstPixel: 2 ** 32 - 1, width: 2, height: 1 } }), {
    name: "RangeError",
    message: /ends at pixel 4294967297/,
  });
});

Deno.test("crop() refuses tensors and attributes that do not fit", () => {
  const graph = new Graph();
  const frames = graph.input("frames", [100], "u32");
  const good: CropOptions = {
    table: graph.input("table", [1, 3, cropWords], "u32"),
    ...{ height: 4, width: 3, ...statistics, ...pixelPatches },
  };
  const cut = (changes: Partial<CropOptions>, from = frames) => () =>
    crop(graph, from, { ...good, ...changes });
  assert.deepEqual(cut({})().shape, [1, 3, 12, 3]);
  assert.throws(cut({}, graph.input("floats", [100])), { name: "TypeError", message: /dense f32 \[100\]/ });
  assert.throws(cut({ table: graph.input("short", [1, 3, 28], "u32") }), {
    name: "TypeError",
    message: /table of dense u32 \[1, 3, 28\]: expected dense u32 \[B, F, 29\]/,
  });
  assert.throws(cut({ width: 5000 }), { name: "TypeError", message: /4 × 5000 pixels/ });
  assert.deepEqual(cut({ patchSize: 2, patchPadding: 1 })().shape, [1, 3, 6, 12]);
  assert.throws(cut({ patchSize: 0 }), { name: "TypeError", message: /patch size 0/ });
  assert.throws(cut({ patchSize: 4 }), { name: "TypeError", message: /4 × 3 pixels: smaller than a patch/ });
  assert.throws(cut({ mean: [1, 2] }), { name: "TypeError", message: /mean \[1, 2\]/ });
  assert.throws(cut({ deviation: [1, 0, 1] }), { name: "TypeError", message: /deviation \[1, 0, 1\]/ });
});
