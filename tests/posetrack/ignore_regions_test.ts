import assert from "node:assert/strict";
import { isStrictlyInside } from "../../posetrack/ignore_regions.ts";

const square = { x: [0, 4, 4, 0], y: [0, 0, 4, 4] };
const star = { x: [140, 200, 80, 200, 80], y: [60, 190, 100, 100, 190] };

Deno.test("isStrictlyInside() leaves out edges and corners", () => {
  assert.equal(isStrictlyInside(square, { x: 2, y: 2 }), true);
  for (const [x, y] of [[0, 0], [4, 0], [4, 4], [0, 4], [2, 0], [4, 2], [2, 4], [0, 2]]) {
    assert.equal(isStrictlyInside(square, { x, y }), false, `${x}, ${y}`);
  }
  for (const [x, y] of [[-1, 2], [5, 2], [2, -1], [2, 5], [-1, 0], [-1, 4], [5, 0], [-1, -1]]) {
    assert.equal(isStrictlyInside(square, { x, y }), false, `${x}, ${y}`);
  }
  assert.equal(isStrictlyInside(square, { x: 2, y: Number.MIN_VALUE }), true);
  assert.equal(isStrictlyInside(square, { x: 2, y: 4 - 2 ** -51 }), true);
});

Deno.test("isStrictlyInside() does not depend on direction, start or a repeated last corner", () => {
  const reversed = { x: square.x.toReversed(), y: square.y.toReversed() };
  const closed = { x: [...square.x, 0], y: [...square.y, 0] };
  for (const polygon of [reversed, closed]) {
    assert.equal(isStrictlyInside(polygon, { x: 1, y: 3 }), true);
    assert.equal(isStrictlyInside(polygon, { x: 0, y: 3 }), false);
    assert.equal(isStrictlyInside(polygon, { x: 6, y: 3 }), false);
  }
});

Deno.test("isStrictlyInside() counts a corner that the ray passes once", () => {
  const diamond = { x: [0, 2, 4, 2], y: [2, 0, 2, 4] };
  assert.equal(isStrictlyInside(diamond, { x: 2, y: 2 }), true);
  assert.equal(isStrictlyInside(diamond, { x: -1, y: 2 }), false);
  const notch = { x: [0, 4, 4, 2, 0], y: [0, 0, 4, 2, 4] }; // the ray at y = 2 touches the notch's corner
  assert.equal(isStrictlyInside(notch, { x: 1, y: 2 }), true);
  assert.equal(isStrictlyInside(notch, { x: 3, y: 2 }), true);
  assert.equal(isStrictlyInside(notch, { x: 2, y: 3 }), false);
});

Deno.test("isStrictlyInside() counts a self-crossing polygon by the even-odd rule", () => {
  assert.equal(isStrictlyInside(star, { x: 140, y: 120 }), false); // the centre, wound around twice
  assert.equal(isStrictlyInside(star, { x: 140, y: 80 }), true); // the upper spike
});

Deno.test("isStrictlyInside() decides exactly where doubles cannot", () => {
  // (0.1, 0.3) is not on the line from (0, 0) to (1, 3) in doubles: 0.3 < 3 * 0.1 by about 1e-17; rounded, both products
  // of the determinant are equal. With BigInt fractions: 0.1 = 3602879701896397 / 2^55, 0.3 = 5404319552844595 / 2^54,
  // so 3 * 0.1 = 10808639105689191 / 2^55 > 0.3 = 10808639105689190 / 2^55: the point lies on the side of (1, 0).
  const right = { x: [0, 1, 1], y: [0, 0, 3] };
  const left = { x: [0, 1, 0], y: [0, 3, 3] };
  assert.equal(isStrictlyInside(right, { x: 0.1, y: 0.3 }), true);
  assert.equal(isStrictlyInside(left, { x: 0.1, y: 0.3 }), false);
  // (0.5, 1.5) is on the line.
  assert.equal(isStrictlyInside(right, { x: 0.5, y: 1.5 }), false);
  assert.equal(isStrictlyInside(left, { x: 0.5, y: 1.5 }), false);
});

Deno.test("isStrictlyInside() has nothing inside an empty or flat polygon", () => {
  assert.equal(isStrictlyInside({ x: [], y: [] }, { x: 0, y: 0 }), false);
  assert.equal(isStrictlyInside({ x: [0, 2, 4], y: [0, 2, 4] }, { x: 1, y: 1 }), false);
  assert.equal(isStrictlyInside({ x: [0, 2, 4], y: [0, 2, 4] }, { x: 1, y: 2 }), false);
});
