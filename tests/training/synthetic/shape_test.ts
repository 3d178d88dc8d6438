import assert from "node:assert/strict";
import {
  boundsOf,
  contains,
  hullOfCircles,
  hullOfPoints,
  type Shape,
} from "../../../training/synthetic/shape.ts";

const square: Shape = { kind: "polygon", points: [[0, 0], [4, 0], [4, 4], [0, 4]] };
const capsule: Shape = { kind: "capsule", from: [0, 0], to: [10, 0], radii: [2, 1] };

Deno.test("contains() tells the inside of polygons and capsules", () => {
  assert.ok(contains(square, [1, 3]));
  assert.ok(!contains(square, [5, 1]));
  assert.ok(!contains(square, [-0.1, 1]));
  // the radius falls from 2 to 1 along the axis: 1.5 half way
  assert.ok(contains(capsule, [5, 1.49]));
  assert.ok(!contains(capsule, [5, 1.51]));
  assert.ok(contains(capsule, [-1.9, 0]));
  assert.ok(!contains(capsule, [11.1, 0]));
  assert.ok(contains({ kind: "capsule", from: [3, 3], to: [3, 3], radii: [1, 1] }, [3.7, 3.7]));
});

Deno.test("contains() sees the dent of a polygon that is not convex", () => {
  const arrow: Shape = { kind: "polygon", points: [[0, 0], [4, 2], [0, 4], [2, 2]] };
  assert.ok(contains(arrow, [3, 2]));
  assert.ok(!contains(arrow, [1, 2]));
});

Deno.test("boundsOf() reaches around all shapes", () => {
  assert.deepEqual(boundsOf([square, capsule]), [-2, -2, 11, 4]);
});

Deno.test("hullOfPoints() keeps the corners and nothing else", () => {
  const hull = hullOfPoints([[0, 0], [2, 0], [1, 1], [2, 2], [0, 2], [1, 0]]);
  assert.deepEqual(hull.toSorted(), [[0, 0], [0, 2], [2, 0], [2, 2]].toSorted());
});

Deno.test("hullOfCircles() holds the circles' middles and the straight way between them", () => {
  const points = hullOfCircles([{ center: [0, 0], radius: 1 }, { center: [10, 0], radius: 3 }]);
  const hull: Shape = { kind: "polygon", points };
  for (const x of [-0.9, 0, 4, 8, 12.8]) assert.ok(contains(hull, [x, 0]), `${x}`);
  assert.ok(!contains(hull, [0, 1.4]));
  assert.ok(contains(hull, [10, 2.8]));
});
