import type { Polygon } from "./sequence.ts";

/**
 * Whether a point lies strictly inside a polygon: points on an edge or a corner do not, and a self-crossing polygon
 * counts by the even-odd rule. Decided exactly, whatever the rounding.
 *
 * @param polygon Corners in pixels, closed implicitly; without any corner nothing is inside.
 * @param point Column and row, in pixels.
 * @returns True for an interior point.
 */
export function isStrictlyInside(polygon: Polygon, point: { x: number; y: number }): boolean {
  const { x, y } = point;
  const { x: columns, y: rows } = polygon;
  let inside = false;
  for (let to = 0, from = columns.length - 1; to < columns.length; from = to++) {
    const x1 = columns[from];
    const y1 = rows[from];
    const x2 = columns[to];
    const y2 = rows[to];
    if (Math.min(y1, y2) > y || Math.max(y1, y2) < y || Math.max(x1, x2) < x) continue;
    if (y1 === y2) {
      if (Math.min(x1, x2) <= x) return false; // on a horizontal edge: y is equal and x within
      continue;
    }
    const side = orientation([x1, y1, x2, y2, x, y]);
    if (side === 0) return false; // on the edge: the ranges of y already hold
    // The half-open range counts a corner between two edges once; side and direction tell what the ray meets.
    if ((y1 > y) !== (y2 > y) && (side > 0) === (y2 > y1)) inside = !inside;
  }
  return inside;
}

/** Bound of the rounding error of the determinant, relative to the sum of its two products' magnitudes. */
const roundingBound = (3 + 16 * Number.EPSILON / 2) * Number.EPSILON / 2;

/** Sign of the area of the triangle a, b, c; exact. */
function orientation(corners: readonly [number, number, number, number, number, number]): number {
  const [ax, ay, bx, by, cx, cy] = corners;
  const left = (ax - cx) * (by - cy);
  const right = (ay - cy) * (bx - cx);
  const determinant = left - right;
  if (Math.abs(determinant) > roundingBound * (Math.abs(left) + Math.abs(right))) {
    return Math.sign(determinant);
  }
  const [px, py, qx, qy, rx, ry] = commonIntegers(corners);
  const exact = (px - rx) * (qy - ry) - (py - ry) * (qx - rx);
  return exact > 0n ? 1 : exact < 0n ? -1 : 0;
}

/** The numbers as integers on one common power-of-two scale. */
function commonIntegers(values: readonly number[]): bigint[] {
  const view = new DataView(new ArrayBuffer(8));
  const parts = values.map((value) => {
    view.setFloat64(0, value);
    const bits = view.getBigUint64(0);
    const exponent = Number((bits >> 52n) & 0x7FFn);
    const fraction = bits & 0xFFFFFFFFFFFFFn;
    const mantissa = exponent === 0 ? fraction : fraction | 0x10000000000000n;
    return { mantissa: value < 0 ? -mantissa : mantissa, exponent: Math.max(exponent, 1) };
  });
  const least = Math.min(...parts.map(({ exponent }) => exponent));
  return parts.map(({ mantissa, exponent }) => mantissa << BigInt(exponent - least));
}
