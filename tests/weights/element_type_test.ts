import assert from "node:assert/strict";
import { elementCount, formatIndex, formatShape } from "../../weights/element_type.ts";

Deno.test("elementCount() multiplies extents, a scalar has one element", () => {
  assert.equal(elementCount([], "tensor a"), 1);
  assert.equal(elementCount([2, 3, 5], "tensor a"), 30);
  assert.equal(elementCount([2 ** 40, 0, 2 ** 40], "tensor a"), 0);
});

Deno.test("elementCount() refuses negative, fractional, unsafe and overflowing extents", () => {
  for (const shape of [[-1], [2, -3], [1.5], [NaN], [2 ** 53], [2 ** 30, 2 ** 30]]) {
    assert.throws(() => elementCount(shape, "tensor a of b"), {
      name: "RangeError",
      message: /^Cannot use tensor a of b: /,
    });
  }
});

Deno.test("formatIndex() inverts row-major order", () => {
  assert.equal(formatIndex(0, []), "[]");
  assert.equal(formatIndex(23, [2, 3, 4]), "[1, 2, 3]");
  assert.equal(formatIndex(17, [2, 3, 4]), "[1, 1, 1]");
  assert.equal(formatShape([2, 192, 768]), "[2, 192, 768]");
});
