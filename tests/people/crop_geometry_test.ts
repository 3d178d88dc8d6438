import assert from "node:assert/strict";
import type { Box } from "../../people/box.ts";
import { type AffineMatrix, cropTransform, heatmapToImage } from "../../people/crop_geometry.ts";
import golden from "../golden/image_processor.json" with { type: "json" };

const crop = { width: 192, height: 256 };

Deno.test("cropTransform() equals Hugging Face's centre, scale and warp matrix", () => {
  let exact = 0;
  for (const { box, size, rotation, center, scale, matrix } of golden.cases) {
    const [width, height] = size;
    const actual = cropTransform(box as unknown as Box, { width, height, rotation });
    assert.deepEqual(actual.center, center.map(Math.fround));
    assert.deepEqual(actual.scale, scale.map(Math.fround));
    // sin and cos may differ by one unit in the last place between the two mathematics libraries
    const bound = matrix.map((
      value,
      i,
    ) => (rotation === 0 ? 0 : 2e-7 * (1 + magnitude(matrix, i) + Math.abs(value))));
    actual.inverse.forEach((value, i) => {
      const error = Math.abs(value - Math.fround(matrix[i]));
      assert.ok(
        error <= bound[i],
        `${JSON.stringify({ box, size, rotation })}[${i}]: ${value} != ${matrix[i]}`,
      );
      if (error === 0) exact++;
    });
  }
  assert.ok(exact >= 0.98 * 6 * golden.cases.length, `${exact} exact of ${6 * golden.cases.length}`);
});

/** Extent of the sums behind a translation. */
function magnitude(matrix: readonly number[], index: number): number {
  return index % 3 === 2 ? Math.abs(matrix[index]) + 4e3 * Math.abs(matrix[index === 2 ? 0 : 3]) : 0;
}

Deno.test("cropTransform() gives matrices that undo each other", () => {
  for (const { box, size: [width, height], rotation } of golden.cases) {
    const { matrix, inverse } = cropTransform(box as unknown as Box, { width, height, rotation });
    for (const [u, v] of [[0, 0], [width - 1, 0], [0, height - 1], [17, 31]]) {
      const [x, y] = apply(matrix, u, v);
      const [u2, v2] = apply(inverse, x, y);
      const bound = 1e-9 * (1 + Math.abs(inverse[2]) + Math.abs(inverse[5]));
      assert.ok(Math.abs(u2 - u) <= bound && Math.abs(v2 - v) <= bound, `${u},${v} → ${u2},${v2}`);
    }
  }
});

Deno.test("cropTransform() puts the crop's corners on the enlarged box", () => {
  // 60×80 has the aspect already; ×1.25 is 75×100 about (130, 240)
  const { matrix } = cropTransform([100, 200, 60, 80], crop);
  close(apply(matrix, 0, 0), [92.5, 190], 1e-4);
  close(apply(matrix, 191, 255), [167.5, 290], 1e-4);
});

Deno.test("cropTransform() turns about the centre of the box", () => {
  const { matrix } = cropTransform([100, 200, 60, 80], { ...crop, rotation: 90 });
  close(apply(matrix, 95.5, 127.5), [130, 240], 1e-3);
  // crop = S(R(p - c) + e/2) with R = [[0, -1], [1, 0]]: the top left corner is R⁻¹(-37.5, -50) = (-50, 37.5) away
  close(apply(matrix, 0, 0), [130 - 50, 240 + 37.5], 1e-3);
});

Deno.test("heatmapToImage() agrees with the crop's matrix at the same relative place", () => {
  for (const { box, size: [width, height], rotation } of golden.cases) {
    const transform = cropTransform(box as unknown as Box, { width, height, rotation });
    const heatmap = { width: Math.floor(width / 4), height: Math.floor(height / 4) };
    const matrix = heatmapToImage(transform, heatmap);
    for (const [a, b] of [[0, 0], [1, 0], [0, 1], [1, 1], [0.3, 0.7]]) {
      const expected = apply(transform.matrix, a * (width - 1), b * (height - 1));
      const bound = 1e-6 *
        (1 + Math.abs(transform.center[0]) + Math.abs(transform.center[1]) + 200 * transform.scale[1]);
      close(apply(matrix, a * (heatmap.width - 1), b * (heatmap.height - 1)), expected, bound);
    }
  }
});

Deno.test("cropTransform() refuses boxes and sizes that are no use", () => {
  const make = (box: unknown, options: unknown = crop) => () =>
    cropTransform(box as Box, options as typeof crop);
  assert.throws(make([1, 2, 3]), { name: "TypeError", message: /expected \[x, y, width, height\]/ });
  assert.throws(make([1, 2, NaN, 4]), { name: "TypeError", message: /expected four finite numbers/ });
  assert.throws(make([1, 2, "3", 4]), { name: "TypeError", message: /four finite/ });
  assert.throws(make([1, 2, 0, 4]), { name: "TypeError", message: /expected both to be positive/ });
  assert.throws(make([1, 2, 3, -4]), { name: "TypeError", message: /height -4/ });
  assert.throws(make(undefined), { name: "TypeError", message: /found undefined/ });
  assert.throws(make([1, 2, 3, 4], { width: 1, height: 256 }), { name: "RangeError", message: /1×256/ });
  assert.throws(make([1, 2, 3, 4], { ...crop, rotation: NaN }), { name: "RangeError", message: /degrees/ });
  assert.throws(make([1, 2, 3, 4], { ...crop, padding: 0 }), { name: "RangeError", message: /padding of 0/ });
});

function apply(m: AffineMatrix, x: number, y: number): [number, number] {
  return [m[0] * x + m[1] * y + m[2], m[3] * x + m[4] * y + m[5]];
}

function close(actual: readonly number[], expected: readonly number[], bound: number): void {
  actual.forEach((value, i) => {
    const error = Math.abs(value - expected[i]);
    assert.ok(error <= bound, `[${i}] ${value} != ${expected[i]} by ${error}, bound ${bound}`);
  });
}
