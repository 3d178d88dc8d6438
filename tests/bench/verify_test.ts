import assert from "node:assert/strict";
import { randomValues } from "../../bench/inputs.ts";
import { verifyAttention, verifyForward, verifyMatmul, verifyTraining } from "../../bench/verify.ts";

Deno.test("verifyMatmul() accepts a product done by hand and refuses one wrong entry", () => {
  const shape = { M: 2, N: 2, K: 3 };
  const inputs = { a: Float32Array.of(1, 2, 3, 4, 5, 6), b: Float32Array.of(7, 8, 9, 10, 11, 12) };
  // Row 0: 7 + 18 + 33 = 58, 8 + 20 + 36 = 64; row 1: 28 + 45 + 66 = 139, 32 + 50 + 72 = 154.
  assert.equal(verifyMatmul(Float32Array.of(58, 64, 139, 154), shape, inputs), 0);
  assert.throws(() => verifyMatmul(Float32Array.of(58, 64, 139, 154.1), shape, inputs), /entry 3 is 154\.1/);
  assert.throws(() => verifyMatmul(Float32Array.of(58, NaN, 139, 154), shape, inputs), /entry 1 is NaN/);
  assert.throws(() => verifyMatmul(new Float32Array(3), shape, inputs), /3 values, expected 4/);
});

Deno.test("verifyMatmul() samples a large result in every column", () => {
  const shape = { M: 300, N: 64, K: 1 };
  const inputs = { a: randomValues(300, 1), b: randomValues(64, 2) };
  const result = Float32Array.from({ length: 300 * 64 }, (_, i) => {
    return inputs.a[Math.floor(i / 64)]! * inputs.b[i % 64]!;
  });
  verifyMatmul(result, shape, inputs);
  for (let column = 0; column < 64; column++) {
    const broken = Float32Array.from(result, (value, i) => i % 64 === column ? value + 1 : value);
    assert.throws(() => verifyMatmul(broken, shape, inputs), RangeError, `column ${column}`);
  }
});

Deno.test("verifyAttention() accepts weights done by hand and refuses another head's values", () => {
  const shape = { heads: 2, tokens: 2, channels: 1 };
  const inputs = {
    q: Float32Array.of(0, 1, 0, 0),
    k: Float32Array.of(0, Math.log(3), 0, 0),
    v: Float32Array.of(4, 8, 100, 200),
  };
  // Head 0: query 0 weighs both keys equally (6); query 1 weighs them 1 : 3, (4 + 24) / 4 = 7. Head 1: means of 100 and 200.
  const expected = Float32Array.of(6, 7, 150, 150);
  assert.ok(verifyAttention(expected, shape, inputs) < 1e-5);
  assert.throws(() => verifyAttention(Float32Array.of(6, 7, 6, 7), shape, inputs), /entry 2 is 6/);
});

Deno.test("verifyAttention() divides the scores by the root of the channels", () => {
  const shape = { heads: 1, tokens: 2, channels: 4 };
  const inputs = {
    q: Float32Array.of(2 * Math.log(3), 0, 0, 0, 0, 0, 0, 0),
    k: Float32Array.of(0, 0, 0, 0, 1, 0, 0, 0),
    v: Float32Array.of(4, 4, 4, 4, 8, 8, 8, 8),
  };
  // Scores of query 0: 0 and 2·ln 3 / √4 = ln 3.
  verifyAttention(Float32Array.of(7, 7, 7, 7, 6, 6, 6, 6), shape, inputs);
});

Deno.test("verifyForward() compares every heatmap value within 1e-4 of the largest", () => {
  const expected = Float32Array.of(0, 1, -3, 0.5);
  assert.equal(verifyForward(expected.slice(), expected), 0);
  // The bound is 1e-4 · (1 + 3).
  assert.ok(verifyForward(Float32Array.of(0, 1, -3, 0.5003), expected) > 2e-4);
  assert.throws(
    () => verifyForward(Float32Array.of(0, 1, -3, 0.5005), expected),
    /forward pass: entry 3 is 0\.5005/,
  );
  assert.throws(() => verifyForward(Float32Array.of(NaN, 1, -3, 0.5), expected), /entry 0 is NaN/);
  assert.throws(() => verifyForward(new Float32Array(3), expected), /3 values, expected 4/);
});

Deno.test("verifyTraining() compares losses and norms of all steps within 1e-4 of themselves", () => {
  const expected = [{ loss: 0.5, norm: 2 }, { loss: 0.25, norm: 1e-3 }];
  assert.equal(verifyTraining(expected.map((step) => ({ ...step })), expected), 0);
  // 1e-3 · 0.5e-4 away: half of the bound.
  const near = [expected[0], { loss: 0.25, norm: 1.00005e-3 }];
  assert.ok(Math.abs(verifyTraining(near, expected) - 5e-5) <= 1e-9);
  const refused: [typeof expected, RegExp][] = [
    [[expected[0], { loss: 0.25, norm: 1.0002e-3 }], /norm of step 2 is 0\.0010002, expected 0\.001 /],
    [[{ loss: NaN, norm: 2 }, expected[1]], /loss of step 1 is NaN/],
    [[expected[0]], /1 steps, expected 2/],
  ];
  for (const [steps, message] of refused) {
    assert.throws(() => verifyTraining(steps, expected), { name: "RangeError", message });
  }
});
