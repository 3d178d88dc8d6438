import assert from "node:assert/strict";
import { resizePositions } from "../../../weights/convert/resize_positions.ts";

// The filters are checked against PyTorch in convert_test.ts; here is what must hold on any grid.

const grids: [number, number][] = [[14, 16], [14, 12], [14, 14], [2, 5], [7, 3], [1, 4], [5, 1]];

for (const antialias of [true, false]) {
  Deno.test(`resizePositions() keeps a constant and the sum of weights, antialias ${antialias}`, () => {
    for (const [from, to] of grids) {
      const options = { from: { rows: from, columns: 3 }, to: { rows: to, columns: 4 }, antialias };
      const resized = resizePositions(new Float32Array(from * 3 * 2).fill(0.75), options);
      assert.equal(resized.length, to * 4 * 2);
      for (const value of resized) assert.ok(Math.abs(value - 0.75) <= 1e-6, `${from} to ${to}: ${value}`);
    }
  });

  Deno.test(`resizePositions() leaves a grid of the same size as it is, antialias ${antialias}`, () => {
    const values = Float32Array.from({ length: 4 * 5 * 3 }, (_, index) => Math.sin(index));
    const grid = { rows: 4, columns: 5 };
    const resized = resizePositions(values, { from: grid, to: grid, antialias });
    for (const [index, value] of resized.entries()) assert.ok(Math.abs(value - values[index]) <= 1e-6);
  });

  Deno.test(`resizePositions() keeps channels, rows and columns apart, antialias ${antialias}`, () => {
    // Channel 0 depends on the row alone, channel 1 on the column alone.
    const from = { rows: 6, columns: 4 };
    const values = new Float32Array(6 * 4 * 2);
    for (let row = 0; row < 6; row++) {
      for (let column = 0; column < 4; column++) values.set([row, 10 * column], (row * 4 + column) * 2);
    }
    const to = { rows: 9, columns: 3 };
    const resized = resizePositions(values, { from, to, antialias });
    for (let row = 0; row < 9; row++) {
      for (let column = 0; column < 3; column++) {
        const [first, second] = resized.subarray((row * 3 + column) * 2);
        assert.ok(Math.abs(first - resized[row * 3 * 2]) <= 1e-5);
        assert.ok(Math.abs(second - resized[column * 2 + 1]) <= 1e-5);
      }
    }
    // Aligned outer edges: the middle row of 9 lies on the middle of 6, between rows 2 and 3.
    assert.ok(Math.abs(resized[4 * 3 * 2] - 2.5) <= 1e-5);
  });
}

Deno.test("resizePositions() takes the taps of the cubic kernel between two positions", () => {
  // Doubling 4 to 8: position 3 lies at 1.25, so that its taps are 1.25, 0.25, 0.75, 1.75 away.
  // With a = -0.75 the kernel there is -0.10546875, 0.87890625, 0.26171875, -0.03515625.
  const values = new Float32Array([1, 10, 100, 1000]);
  const options = { from: { rows: 4, columns: 1 }, to: { rows: 8, columns: 1 }, antialias: false };
  const expected = -0.10546875 + 8.7890625 + 26.171875 - 35.15625;
  assert.ok(Math.abs(resizePositions(values, options)[3] - expected) <= 1e-4);
});

Deno.test("resizePositions() refuses an embedding that is no whole number of channels", () => {
  const grid = { rows: 2, columns: 2 };
  assert.throws(() => resizePositions(new Float32Array(5), { from: grid, to: grid }), {
    name: "RangeError",
    message: "Cannot resize positions: 5 elements, expected a multiple of 2 × 2",
  });
});
