/** A point or direction in space: right in the picture, up, towards the camera; metres. */
export type Vector = readonly [x: number, y: number, z: number];

/** A rotation matrix, row by row. */
export type Rotation = readonly [
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
];

/** The sum of two vectors. */
export function add(a: Vector, b: Vector): Vector {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
}

/** The vector from `b` to `a`. */
export function subtract(a: Vector, b: Vector): Vector {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

/** A vector made longer or shorter. */
export function scale(a: Vector, factor: number): Vector {
  return [a[0] * factor, a[1] * factor, a[2] * factor];
}

/** The length of a vector. */
export function length(a: Vector): number {
  return Math.hypot(a[0], a[1], a[2]);
}

/** The sum of the products of the components. */
export function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/** A vector of length 1 in the direction of one that is not zero. */
export function unit(a: Vector): Vector {
  return scale(a, 1 / length(a));
}

/**
 * A point on the line through two points.
 *
 * @param ends The points for the shares 0 and 1.
 * @param share Where on the line.
 * @returns The point.
 */
export function along(ends: readonly [Vector, Vector], share: number): Vector {
  const [a, b] = ends;
  return [a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1]), a[2] + share * (b[2] - a[2])];
}

/** A vector, rotated. */
export function rotate(rotation: Rotation, [x, y, z]: Vector): Vector {
  const r = rotation;
  return [
    r[0] * x + r[1] * y + r[2] * z,
    r[3] * x + r[4] * y + r[5] * z,
    r[6] * x + r[7] * y + r[8] * z,
  ];
}

/** The rotation that does `second` first and then `first`, as a product of matrices does. */
export function product(first: Rotation, second: Rotation): Rotation {
  const column = (j: number): Vector => rotate(first, [second[j], second[3 + j], second[6 + j]]);
  const [a, b, c] = [column(0), column(1), column(2)];
  return [a[0], b[0], c[0], a[1], b[1], c[1], a[2], b[2], c[2]];
}

/**
 * A right-handed rotation about an axis.
 *
 * @param axis The axis.
 * @param degrees The angle.
 * @returns The rotation.
 */
export function about(axis: "x" | "y" | "z", degrees: number): Rotation {
  const c = Math.cos(degrees * Math.PI / 180);
  const s = Math.sin(degrees * Math.PI / 180);
  if (axis === "x") return [1, 0, 0, 0, c, -s, 0, s, c];
  if (axis === "y") return [c, 0, s, 0, 1, 0, -s, 0, c];
  return [c, -s, 0, s, c, 0, 0, 0, 1];
}
