import { circleOf, type FigureSource, type Part, type Piece } from "./figure_part.ts";
import type { Rgb } from "./look.ts";
import { type Circle, hullOfCircles, hullOfPoints, type Point } from "./shape.ts";
import { project } from "./camera.ts";
import { add, along, dot, rotate, scale, unit, type Vector } from "./vector.ts";

/** Half axes of the skull in head heights: to the left, upwards, forwards. */
const skull: Vector = [0.37, 0.5, 0.43];

/** Directions spread evenly over a sphere (a golden spiral). */
const directions: readonly Vector[] = Array.from({ length: 110 }, (_, i) => {
  const y = 1 - 2 * (i + 0.5) / 110;
  const angle = i * Math.PI * (3 - Math.sqrt(5));
  const radius = Math.sqrt(1 - y * y);
  return [radius * Math.cos(angle), y, radius * Math.sin(angle)];
});

/**
 * Makes a head that shows from every side what one sees of it: hair, face, ears, eyes, nose and mouth.
 *
 * @param source Whose head, and the camera.
 * @returns The head, and hair that hangs down behind it.
 */
export function headPart(source: FigureSource): Part[] {
  const { body, look, skeleton, camera } = source;
  const { joints, headAxes } = skeleton;
  const center = along([joints.head_bottom, joints.head_top], 0.5);
  const toCamera = unit(scale(center, -1));
  const size = body.head;
  /** A point of the skull's surface, or off it. */
  const surface = (direction: Vector, off = 1): Vector => {
    const d = unit(direction);
    return add(
      center,
      scale(rotate(headAxes, [d[0] * skull[0], d[1] * skull[1], d[2] * skull[2]]), size * off),
    );
  };
  const faces = (direction: Vector) => dot(rotate(headAxes, unit(direction)), toCamera);
  const pointOf = (direction: Vector, off = 1): Point => project(camera, surface(direction, off)).point;
  const region = (covers: (direction: Vector) => boolean, off: number): Piece["shape"] => ({
    kind: "polygon",
    points: hullOfPoints(
      directions.filter((d) => covers(d) && faces(d) > -0.12).map((d) => pointOf(d, off)),
    ),
  });
  const ball = (at: Vector, radius: number): Circle =>
    circleOf(source, { at, radius: radius * size / body.height });
  const dot3 = (direction: Vector, radius: number, color: Rgb): Piece[] => {
    if (faces(direction) < 0.15) return [];
    const { center: at, radius: r } = ball(surface(direction), radius);
    return [{ shape: { kind: "capsule", from: at, to: at, radii: [r, r] }, color, flat: true }];
  };

  const pieces: Piece[] = [];
  for (const sign of [-1, 1]) {
    if (look.hair === "long") break;
    const ear = ball(surface([sign, -0.12, -0.1], 1.04), 0.085);
    if (faces([sign, 0, 0]) > -0.35) {
      pieces.push({
        shape: { kind: "capsule", from: ear.center, to: ear.center, radii: [ear.radius, ear.radius] },
        color: look.skin,
      });
    }
  }
  pieces.push({ shape: region(() => true, 1), color: look.skin });
  const hair = look.hairColor.rgb;
  const bulge = look.hair === "bald" ? 1 : 1.06;
  if (look.beard) {
    const beard = region(([, y, z]) => y < -0.34 && z > -0.1, 1.03);
    if (beard.kind === "polygon" && beard.points.length > 2) pieces.push({ shape: beard, color: hair });
  }
  if (look.hair !== "bald") {
    const hairline = look.hair === "cap" ? 0.28 : 0.2;
    const covers = look.hair === "cap"
      ? ([, y, z]: Vector) => y > hairline - 0.12 * (1 - z)
      : ([, y, z]: Vector) => y * 0.72 - z * 0.66 > hairline - 0.02 || y > 0.72;
    const cover = region(covers, bulge);
    if (cover.kind === "polygon" && cover.points.length > 2) pieces.push({ shape: cover, color: hair });
    if (look.hair === "cap" && faces([0, 0.3, 1]) > -0.5) {
      const brim = [[-0.5, 0.3, 1], [0.5, 0.3, 1]] as const;
      const circles = [
        ...brim.map((d) => ball(surface(d, 1.02), 0.045)),
        ball(surface([0, 0.3, 1], 1.42), 0.07),
      ];
      pieces.push({ shape: { kind: "polygon", points: hullOfCircles(circles) }, color: hair });
    }
  }
  const dark: Rgb = [38, 28, 26];
  const shade = look.skin.map((value) => value * 0.72) as unknown as Rgb;
  for (const sign of [-1, 1]) pieces.push(...dot3([sign * 0.42, 0.02, 0.9], 0.05, dark));
  if (faces([0, -0.1, 1]) > -0.2) {
    const nose = ball(surface([0, -0.22, 1], 1.05), 0.05);
    pieces.push({
      shape: { kind: "capsule", from: nose.center, to: nose.center, radii: [nose.radius, nose.radius] },
      color: shade,
      flat: true,
    });
  }
  if (faces([0, -0.52, 0.85]) > 0.1) {
    const [a, b] = [[-0.2, -0.52, 0.85], [0.2, -0.52, 0.85]].map((d) =>
      ball(surface(d as unknown as Vector), 0.025)
    );
    pieces.push({
      shape: { kind: "capsule", from: a.center, to: b.center, radii: [a.radius, b.radius] },
      color: [150, 64, 60],
      flat: true,
    });
  }
  const parts: Part[] = [{ depth: -center[2] - 0.05, group: "head", layers: pieces.map((piece) => [piece]) }];
  const hanging = hangingHair(source, surface, ball);
  if (hanging !== undefined) parts.push(hanging);
  return parts;
}

/** Long hair, a ponytail or a bun: behind the head from the front, before it from behind. */
function hangingHair(
  { body, look }: FigureSource,
  surface: (direction: Vector, off?: number) => Vector,
  ball: (at: Vector, radius: number) => Circle,
): Part | undefined {
  const hang = (from: Vector, length: number): Vector => [from[0], from[1] - length * body.head, from[2]];
  const back = surface([0, -0.2, -1], 1);
  let circles: Circle[];
  if (look.hair === "long") {
    circles = [
      ball(surface([0, 0.3, -0.6], 0.8), 0.42),
      ball(hang(surface([-0.9, -0.4, -0.7], 1.05), 0.5), 0.16),
      ball(hang(surface([0.9, -0.4, -0.7], 1.05), 0.5), 0.16),
    ];
  } else if (look.hair === "ponytail") {
    const knot = surface([0, 0.35, -1], 1.12);
    circles = [ball(knot, 0.1), ball(hang(knot, 0.75), 0.07)];
  } else if (look.hair === "bun") {
    circles = [ball(surface([0, 0.75, -0.75], 1.2), 0.17)];
  } else {
    return undefined;
  }
  return {
    depth: -back[2] - 0.01,
    group: "hair",
    layers: [[{ shape: { kind: "polygon", points: hullOfCircles(circles) }, color: look.hairColor.rgb }]],
  };
}
