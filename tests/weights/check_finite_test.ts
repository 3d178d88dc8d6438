import assert from "node:assert/strict";
import { checkFinite } from "../../weights/check_finite.ts";

const options = { name: "vision.norm.weight", shape: [2, 3], path: "model.onnx" };

Deno.test("checkFinite() accepts finite numbers, the largest and none at all", () => {
  checkFinite(new Float32Array([0, -0, 3.4028234663852886e38, -3.4028234663852886e38, 1e-45, 1]), options);
  checkFinite(new Float32Array(0), { ...options, shape: [0] });
});

Deno.test("checkFinite() names tensor, value and index of the first that is not finite", () => {
  for (const value of [NaN, Infinity, -Infinity]) {
    assert.throws(() => checkFinite(new Float32Array([0, 1, 2, 3, value, 5]), options), {
      name: "RangeError",
      message: `Cannot use tensor vision.norm.weight of model.onnx: ${value} at [1, 1] of shape [2, 3], ` +
        `expected finite numbers`,
    });
  }
  assert.throws(
    () => checkFinite(new Float32Array([0, NaN, 2, 3, 4, Infinity]), options),
    /NaN at \[0, 1\] of shape \[2, 3\] \(2 such elements\), expected/,
  );
});
