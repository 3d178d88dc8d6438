/** Crops on the device against crops on the CPU, byte for byte. */
import assert from "node:assert/strict";
import { cropPixels } from "../../people/crop.ts";
import { cropTransform } from "../../people/crop_geometry.ts";
import { patchesOracle } from "../oracles/patches.ts";
import {
  cropOnDevice,
  noise,
  patchesOnDevice,
  type Picture,
  type Placement,
  statistics,
} from "../support/crop_on_device.ts";
import { uniform } from "../support/random.ts";

const extent = { width: 192, height: 256 };

/** Bytes of normalised values `[crops, 3, height, width]`. */
function bytesOf(values: Float32Array, plane: number): Uint8Array {
  return Uint8Array.from(values, (value, at) => {
    const c = Math.floor(at / plane) % 3;
    const byte = (value * statistics.deviation[c] + statistics.mean[c]) * 255;
    assert.ok(Math.abs(byte - Math.round(byte)) <= 1e-3, `element ${at}: ${byte}, expected a byte`);
    return Math.round(byte);
  });
}

/** The crops as the CPU makes them, normalised; it mirrors whole crops. */
function cpuPixels(
  pictures: Picture[],
  { placements, width, height }: { placements: Placement[]; width: number; height: number },
): Float32Array {
  const plane = width * height;
  const pixels = new Float32Array(placements.length * 3 * plane);
  placements.forEach(({ picture, matrix, mirrored = false }, i) => {
    const frame = { ...pictures[picture], data: new Uint8ClampedArray(pictures[picture].data.buffer) };
    const target = pixels.subarray(i * 3 * plane, (i + 1) * 3 * plane);
    const transform = { ...cropTransform([0, 0, 9, 9], { width: 9, height: 9 }), matrix: matrix as never };
    cropPixels(frame, transform, { width, height, target });
    if (!mirrored) return;
    for (let row = 0; row < 3 * height; row++) target.subarray(row * width, (row + 1) * width).reverse();
  });
  return pixels;
}

/** Asserts that both make the same bytes, and returns them. */
async function assertSameBytes(
  pictures: Picture[],
  options: { placements: Placement[]; width: number; height: number },
): Promise<Uint8Array> {
  const { width, height, placements } = options;
  const actual = bytesOf(
    await cropOnDevice(pictures, { ...options, B: placements.length }),
    width * height,
  );
  const expected = bytesOf(cpuPixels(pictures, options), width * height);
  assert.equal(actual.length, expected.length);
  const wrong = [...actual.keys()].filter((at) => actual[at] !== expected[at]);
  const plane = width * height;
  assert.equal(
    wrong.length,
    0,
    `${wrong.length} of ${actual.length} bytes differ, first in crop ${
      Math.floor(wrong[0] / (3 * plane))
    } at ` +
      `(${wrong[0] % width}, ${Math.floor(wrong[0] % plane / width)}): ${actual[wrong[0]]}, ` +
      `expected ${expected[wrong[0]]}`,
  );
  return actual;
}

for (const seed of [1, 2]) {
  Deno.test(`crop() equals the CPU to the byte on noise, 24 boxes turned and not, seed ${seed}`, async () => {
    const random = uniform(seed);
    const pictures = [noise(1280, 720, seed), noise(641, 359, seed + 10), noise(37, 1201, seed + 20)];
    const placements = Array.from({ length: 24 }, (_, i) => {
      const picture = i % 3;
      const { width, height } = pictures[picture];
      const drawn = [(random() - 0.1) * width, (random() - 0.1) * height].concat(
        [20 + random() * 0.6 * width, 20 + random() * 0.6 * height],
      );
      const box = i % 4 === 0 ? drawn.map(Math.round) : drawn;
      const rotation = i % 2 === 0 ? 0 : 90 * (random() - 0.5);
      const { matrix } = cropTransform(box as never, { ...extent, rotation });
      return { picture, matrix, mirrored: i % 5 > 2 };
    });
    const bytes = await assertSameBytes(pictures, { placements, ...extent });
    const black = bytes.filter((byte) => byte === 0).length / bytes.length;
    assert.ok(black > 0.05 && black < 0.8, `${black} of the crops is black, seed ${seed}`);
  });
}

/** Rows of one grey each, columns of one grey each, or cells: their blends have many sums of nearly a half. */
function flat(kind: "rows" | "columns" | "cells", seed: number): Picture {
  const [width, height] = [160, 120];
  const random = uniform(seed);
  const greys = Array.from({ length: 4 * (width + height) }, () => Math.floor(random() * 256));
  const data = new Uint8Array(4 * width * height);
  for (let at = 0; at < width * height; at++) {
    const [x, y] = [at % width, Math.floor(at / width)];
    const cell = kind === "rows" ? y : kind === "columns" ? x : Math.floor(x / 4) + 40 * Math.floor(y / 4);
    for (let c = 0; c < 4; c++) data[4 * at + c] = greys[(4 * cell + c) % greys.length];
  }
  return { width, height, data };
}

// Rows or columns of a half and a quarter, where only the last bits of double precision tell which way a sum goes.
const halves: Record<string, number[]> = {
  "steps of a half": [0.5, 0, 3, 0, 0.5, 2],
  "steps of a third and a half": [1 / 3, 0, 2.1, 0, 0.5, 0.25],
  "a quarter and a seventh": [0.25, 0, 0.125, 0, 1 / 7, 3.5],
  "turned by halves": [0.5, -0.25, 30, 0.25, 0.5, 1],
  "a diagonal": [0.7, 0.3, 0.5, -0.3, 0.7, 20.5],
  "nearly a half": [0.5, 0, 3 + 1e-13, 0, 0.5, 2 - 1e-13],
};

for (const [title, matrix] of Object.entries(halves)) {
  Deno.test(`crop() equals the CPU to the byte where sums are halves: ${title}`, async () => {
    const pictures = [flat("rows", 3), flat("columns", 4), flat("cells", 5), noise(160, 120, 6)];
    const placements = pictures.flatMap((_, picture) => [
      { picture, matrix },
      { picture, matrix, mirrored: true },
    ]);
    await assertSameBytes(pictures, { placements, width: 64, height: 96 });
  });
}

Deno.test("crop() equals the CPU to the byte on borders missed by the last bits of double precision", async () => {
  const pictures = [noise(64, 48, 7), noise(1, 48, 8), noise(64, 1, 9)];
  const tiny = [0, 1e-16, -1e-16, 2 ** -40, -(2 ** -40), 5e-324, -5e-324, 1e-310, 1e-9, -1e-9];
  const matrices = tiny.flatMap((by) => [
    [1, 0, by, 0, 1, -by],
    [1 + by, 0, 0, 0, 1 - by, 0],
    [1, by, 0, -by, 1, 0],
    [0.1, 0, 57 + by, 0, 0.1, -1.2],
    [-0.1, by, 6.3, by, -0.1, 9.3],
  ]);
  const placements = pictures.flatMap((_, picture) => matrices.map((matrix) => ({ picture, matrix })));
  await assertSameBytes(pictures, { placements, width: 64, height: 48 });
});

Deno.test("crop() equals the CPU to the byte in frames and crops of 4096 pixels, and from far away", async () => {
  const pictures = [noise(4096, 24, 11), noise(24, 4096, 12)];
  const wide = [0.9987654321, 0.0011, 3.21, 0.0021, 0.7, 1.7654321];
  const high = [0.7, 0.0031, 2.345, 0.0011, 0.9987654321, 3.21];
  await assertSameBytes(pictures, {
    placements: [{ picture: 0, matrix: wide }, { picture: 0, matrix: wide, mirrored: true }],
    ...{ width: 4096, height: 24 },
  });
  await assertSameBytes(pictures, { placements: [{ picture: 1, matrix: high }], width: 24, height: 4096 });
  const far = [12345678.9 / 31, 0, -12345678.9, 0, 0.3, 0.1];
  const farTurned = [12345678.9 / 31, 12345678.9 / 77, -2 * 12345678.9, 0.1, 0.3, 0.1];
  await assertSameBytes(pictures, {
    placements: [{ picture: 0, matrix: far }, { picture: 0, matrix: farTurned }],
    ...{ width: 64, height: 78 },
  });
});

interface PatchCase {
  title: string;
  height: number;
  width: number;
  patchSize: number;
  patchPadding: number;
}

// Real sizes, whose last two rows and columns are in no patch; more rows of zeros than the strips of the kernel have; zeros on all sides; patches that are no multiple of a strip, odd ones, and one as large as the crop.
const patchCases: PatchCase[] = [
  { title: "256 × 192, patch 16", height: 256, width: 192, patchSize: 16, patchPadding: 2 },
  { title: "128 × 96, patch 16", height: 128, width: 96, patchSize: 16, patchPadding: 2 },
  { title: "45 × 39, patch 16", height: 45, width: 39, patchSize: 16, patchPadding: 2 },
  { title: "47 × 31, patch 12, padding 11", height: 47, width: 31, patchSize: 12, patchPadding: 11 },
  { title: "23 × 17, patch 5, padding 3", height: 23, width: 17, patchSize: 5, patchPadding: 3 },
  { title: "19 × 29, patch 7, no padding", height: 19, width: 29, patchSize: 7, patchPadding: 0 },
  { title: "one pixel, patch 3, padding 1", height: 1, width: 1, patchSize: 3, patchPadding: 1 },
];

for (const { title, height, width, patchSize, patchPadding } of patchCases) {
  Deno.test(`crop() in patches equals the CPU's crop unfolded, with zeros around it: ${title}`, async () => {
    const pictures = [flat("rows", 3), flat("columns", 4), noise(160, 120, 6)];
    const placements = pictures.flatMap((_, picture) => [
      { picture, matrix: halves["turned by halves"] },
      { picture, matrix: [100 / width, 0, -7.3, 0, 100 / height, 31.7], mirrored: true },
      { picture, matrix: halves["nearly a half"] },
    ]);
    const sizes = { placements, width, height };
    const actual = await patchesOnDevice(pictures, { ...sizes, B: 3, patchSize, patchPadding });
    const crops = { images: placements.length, height, width, patchSize, padding: patchPadding };
    const expected = patchesOracle({ pixels: cpuPixels(pictures, sizes), ...crops });
    const inside = patchesOracle({ pixels: new Uint8Array(9 * 3 * height * width).fill(1), ...crops });
    assert.equal(actual.patches.length, expected.length);
    const wrong = [...expected.keys()].filter((at) => {
      const error = Math.abs(actual.patches[at] - expected[at]);
      return !(inside[at] === 1 ? error <= 1e-6 : actual.patches[at] === 0);
    });
    assert.equal(
      wrong.length,
      0,
      `${wrong.length} of ${expected.length} values differ, first at ${wrong[0]}: ` +
        `${actual.patches[wrong[0]]}, expected ${expected[wrong[0]]}`,
    );
    assert.ok(
      (actual.padding ?? []).every((value) => value === 0),
      "the last block is not filled with zeros",
    );
  });
}
