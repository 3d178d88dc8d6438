import assert from "node:assert/strict";
import { sampleIndices } from "../../descriptions/sample_indices.ts";

Deno.test("sampleIndices() spreads evenly from the first frame to the last", () => {
  assert.deepEqual(sampleIndices(9, 3), [0, 4, 8]);
  assert.deepEqual(sampleIndices(100, 4), [0, 33, 66, 99]);
  assert.deepEqual(sampleIndices(11, 6), [0, 2, 4, 6, 8, 10]);
});

Deno.test("sampleIndices() takes one frame from the middle, and every frame of a short clip once", () => {
  assert.deepEqual(sampleIndices(9, 1), [4]);
  assert.deepEqual(sampleIndices(1, 8), [0]);
  assert.deepEqual(sampleIndices(5, 8), [0, 1, 2, 3, 4]);
});

Deno.test("sampleIndices() keeps within a window, cut off at the clip's end", () => {
  assert.deepEqual(sampleIndices(100, 3, { first: 30, last: 60 }), [30, 45, 60]);
  assert.deepEqual(sampleIndices(40, 2, { first: 30, last: 60 }), [30, 39]);
  assert.deepEqual(sampleIndices(40, 5, { first: 39, last: 39 }), [39]);
});

Deno.test("sampleIndices() gives ascending frames without repeats, the steps differing by one at most", () => {
  for (let length = 1; length <= 60; length++) {
    for (let count = 2; count <= 20; count++) {
      const indices = sampleIndices(length, count);
      assert.equal(indices.length, Math.min(length, count));
      assert.equal(indices.at(-1), length - 1);
      const steps = indices.slice(1).map((index, i) => index - indices[i]);
      assert.ok(steps.every((step) => step >= 1), `${length}, ${count}: ${indices}`);
      assert.ok(Math.max(...steps, 0) - Math.min(...steps, Infinity) <= 1, `${length}, ${count}: ${indices}`);
    }
  }
});

Deno.test("sampleIndices() refuses windows beyond the clip and numbers of no use", () => {
  assert.throws(() => sampleIndices(30, 2, { first: 30, last: 60 }), {
    name: "RangeError",
    message: /has 30 frames/,
  });
  assert.throws(() => sampleIndices(30, 2, { first: 6, last: 5 }), { name: "RangeError" });
  assert.throws(() => sampleIndices(0, 2), { name: "RangeError", message: /a clip of 0 frames/ });
  assert.throws(() => sampleIndices(3, 0), { name: "RangeError", message: /a sample of 0 frames/ });
  assert.throws(() => sampleIndices(3, NaN), { name: "RangeError" });
});
