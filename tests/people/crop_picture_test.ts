import assert from "node:assert/strict";
import type { Box } from "../../people/box.ts";
import { cropTransform } from "../../people/crop_geometry.ts";
import { cropPicture } from "../../people/crop_picture.ts";
import type { Frame } from "../../people/frame.ts";

/** Red grows to the right and green downwards, one step per pixel; blue is 77. */
function slopes(width: number, height: number): Frame {
  const data = new Uint8ClampedArray(4 * width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data.set([x, y, 77, 0], 4 * (y * width + x));
  }
  return { width, height, data, name: "slopes" };
}

const frame = slopes(250, 200);
const cases: [box: Box, width: number, height: number][] = [
  [[60, 40, 90, 120], 192, 256],
  [[60.5, 40.25, 30, 90], 96, 128],
  [[100, 80, 40, 10], 576, 768],
];

for (const [box, width, height] of cases) {
  Deno.test(`cropPicture() of [${box}] at ${width}×${height} lies where the model's crop does`, () => {
    const { picture, place, scale } = cropPicture(frame, box, { width, height });
    const { matrix, inverse } = cropTransform(box, { width, height });
    for (const [x, y] of [[0, 0], [100.5, 70], [249, 199]]) {
      const point = place({ x, y });
      assert.ok(Math.abs(point.x - (inverse[0] * x + inverse[2])) <= 1e-3);
      assert.ok(Math.abs(point.y - (inverse[4] * y + inverse[5])) <= 1e-3);
    }
    assert.ok(Math.abs(scale - (inverse[0] + inverse[4]) / 2) <= 1e-4);
    let compared = 0;
    for (let v = 0; v < height; v += 5) {
      for (let u = 0; u < width; u += 5) {
        const [x, y] = [matrix[0] * u + matrix[2], matrix[4] * v + matrix[5]];
        if (x < 2 || y < 2 || x > 247 || y > 197) continue;
        const [red, green, blue, alpha] = picture.data.subarray(4 * (v * width + u));
        assert.ok(
          Math.abs(red - x) <= 1.5 && Math.abs(green - y) <= 1.5,
          `${u}, ${v}: ${red}, ${green} for ${x}, ${y}`,
        );
        assert.ok(blue === 77 && alpha === 255);
        compared++;
      }
    }
    assert.ok(compared > 300, String(compared));
  });
}

Deno.test("cropPicture() is black beyond the frame and refuses boxes without any of it", () => {
  const { picture, visible } = cropPicture(frame, [-60, 0, 90, 120], { width: 48, height: 64 });
  // a quarter larger than the box: from -71.25 to 41.25 and from -15 to 135
  const expected = { left: 71.25 / 112.5, top: 15 / 150, right: 1, bottom: 1 };
  for (const side of ["left", "top", "right", "bottom"] as const) {
    assert.ok(Math.abs(visible[side] - expected[side]) <= 0.02, `${side} ${visible[side]}`);
  }
  assert.deepEqual([...picture.data.subarray(4 * 32 * 48, 4 * 32 * 48 + 4)], [0, 0, 0, 255]);
  for (const box of [[250, 0, 10, 10], [0, 0, 0, 10], [0, 0, NaN, 10]] as unknown as Box[]) {
    assert.throws(() => cropPicture(frame, box, { width: 48, height: 64 }), {
      name: "RangeError",
      message: /^Cannot crop a person from slopes: /,
    });
  }
});
