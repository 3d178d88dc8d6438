/** A point of the picture, in pixels. */
export type Point = readonly [x: number, y: number];

/** A piece of a picture whose inside is known. */
export type Shape =
  | {
    /** Two circles and everything between them. */
    kind: "capsule";
    /** Middle of the first circle. */
    from: Point;
    /** Middle of the second circle. */
    to: Point;
    /** Radii of the circles. */
    radii: readonly [number, number];
  }
  | {
    /** A polygon, closed implicitly. */
    kind: "polygon";
    /** Its corners. */
    points: readonly Point[];
  };

/** A circle, in pixels. */
export interface Circle {
  /** Its middle. */
  center: Point;
  /** Its radius. */
  radius: number;
}

/**
 * Whether a point lies inside a shape.
 *
 * @param shape The shape.
 * @param point The point.
 * @returns Whether it does; points on the edge may go either way.
 */
export function contains(shape: Shape, [x, y]: Point): boolean {
  if (shape.kind === "capsule") {
    const { from, to, radii } = shape;
    const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
    const square = dx * dx + dy * dy;
    const share = square === 0
      ? 0
      : Math.min(1, Math.max(0, ((x - from[0]) * dx + (y - from[1]) * dy) / square));
    const radius = radii[0] + share * (radii[1] - radii[0]);
    return Math.hypot(x - from[0] - share * dx, y - from[1] - share * dy) <= radius;
  }
  let inside = false;
  const { points } = shape;
  for (let i = 0, j = points.length - 1; i < points.length; j = i++) {
    const [[ax, ay], [bx, by]] = [points[i], points[j]];
    if (ay > y !== by > y && x < (bx - ax) * (y - ay) / (by - ay) + ax) inside = !inside;
  }
  return inside;
}

/**
 * The smallest rectangle around shapes.
 *
 * @param shapes At least one.
 * @returns Left, top, right and bottom.
 */
export function boundsOf(shapes: Iterable<Shape>): [number, number, number, number] {
  const bounds: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
  const include = ([x, y]: Point, radius: number) => {
    bounds[0] = Math.min(bounds[0], x - radius);
    bounds[1] = Math.min(bounds[1], y - radius);
    bounds[2] = Math.max(bounds[2], x + radius);
    bounds[3] = Math.max(bounds[3], y + radius);
  };
  for (const shape of shapes) {
    if (shape.kind === "polygon") shape.points.forEach((point) => include(point, 0));
    else {
      include(shape.from, shape.radii[0]);
      include(shape.to, shape.radii[1]);
    }
  }
  return bounds;
}

/** Points that stand for a circle. */
const corners = 14;

/**
 * The convex hull of circles.
 *
 * @param circles At least one.
 * @returns Its polygon, up to the roundness of a polygon of 14 corners.
 */
export function hullOfCircles(circles: readonly Circle[]): Point[] {
  const points: Point[] = [];
  for (const { center, radius } of circles) {
    for (let i = 0; i < corners; i++) {
      const angle = 2 * Math.PI * i / corners;
      points.push([center[0] + radius * Math.cos(angle), center[1] + radius * Math.sin(angle)]);
    }
  }
  return hullOfPoints(points);
}

/**
 * The convex hull of points (Andrew's monotone chain).
 *
 * @param points The points.
 * @returns Corners of the hull in order.
 */
export function hullOfPoints(points: readonly Point[]): Point[] {
  const sorted = points.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]);
  const chain = (list: readonly Point[]): Point[] => {
    const hull: Point[] = [];
    for (const point of list) {
      while (hull.length > 1 && turn([hull[hull.length - 2], hull[hull.length - 1]], point) <= 0) hull.pop();
      hull.push(point);
    }
    hull.pop();
    return hull;
  };
  return [...chain(sorted), ...chain(sorted.toReversed())];
}

function turn([a, b]: readonly [Point, Point], c: Point): number {
  return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
}
