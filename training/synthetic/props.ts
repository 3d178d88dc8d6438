import type { Prop } from "./actions/movement.ts";
import type { Performed } from "./actions/activity.ts";
import { circleOf, type FigureSource, type Part, type Piece } from "./figure_part.ts";
import type { Rgb } from "./look.ts";
import type { Side } from "./posture.ts";
import { type Circle, hullOfCircles } from "./shape.ts";
import type { Skeleton } from "./skeleton.ts";
import { add, along, rotate, scale, subtract, unit, type Vector } from "./vector.ts";
import { project } from "./camera.ts";

/** A thing in the picture at one moment. */
export interface PropMoment {
  /** The thing. */
  prop: Prop;
  /** The movement that it belongs to. */
  performed: Performed;
  /** Seconds from the middle of the clip. */
  time: number;
  /** Colour of the thing. */
  color: Rgb;
  /** The person at any other moment, for where a ball lay or left the hand. */
  skeletonAt: (time: number) => Skeleton;
}

/** Speed of a ball in metres per second, forwards and up. */
const flight: Readonly<Record<"ball" | "football", readonly [number, number]>> = {
  ball: [6, 1.6],
  football: [5, 2],
};

/** Metres per square second. */
const gravity = 9.8;

/**
 * Makes the parts of a thing that a person holds, sits on or has set in motion.
 *
 * @param source The person and the camera.
 * @param moment The thing.
 * @returns Its parts.
 */
export function propParts(source: FigureSource, moment: PropMoment): Part[] {
  const { prop, performed, color } = moment;
  const side: Side = performed.side ?? "right";
  const { skeleton, body } = source;
  const h = body.height;
  const tip = along([skeleton.joints[`${side}_wrist`], skeleton.hands[side]], 0.7);
  const disc = (at: Vector, radius: number): Circle => circleOf(source, { at, radius: radius / h });
  switch (prop.kind) {
    case "ball":
    case "football": {
      const radius = prop.kind === "ball" ? 0.05 * h : 0.065 * h;
      const at = ballAt(source, moment);
      return [part(-at[2] - 0.02, [round(disc(at, radius), color)])];
    }
    case "phone": {
      const wrist = skeleton.joints[`${side}_wrist`];
      const direction = unit(subtract(skeleton.hands[side], wrist));
      return [part(-tip[2] - 0.12, [
        bar(
          disc(add(tip, scale(direction, -0.02 * h)), 0.014 * h),
          disc(add(tip, scale(direction, 0.04 * h)), 0.014 * h),
          [
            28,
            30,
            36,
          ],
        ),
      ])];
    }
    case "bar": {
      const hands = (["left", "right"] as const).map((s) =>
        along([skeleton.joints[`${s}_wrist`], skeleton.hands[s]], 0.5)
      );
      const axis = rotate(skeleton.chestAxes, [1, 0, 0]);
      const middle = along([hands[0], hands[1]], 0.5);
      const ends = [0.42, -0.42].map((share) => add(middle, scale(axis, share * h)));
      const weights = ends.map((end) => round(disc(end, 0.075 * h), color));
      const depths = ends.map((end) => -end[2]);
      return [
        part(-middle[2] - 0.1, [bar(disc(ends[0], 0.011 * h), disc(ends[1], 0.011 * h), [150, 152, 158])]),
        part(depths[0], [weights[0]]),
        part(depths[1], [weights[1]]),
      ];
    }
    case "racket": {
      const direction = unit(subtract(skeleton.hands[side], skeleton.joints[`${side}_elbow`]));
      const end = add(tip, scale(direction, 0.17 * h));
      const head = add(tip, scale(direction, 0.26 * h));
      const far = add(tip, scale(direction, 0.33 * h));
      return [part(-head[2] - 0.05, [
        bar(disc(tip, 0.012 * h), disc(end, 0.009 * h), [60, 50, 46]),
        {
          shape: { kind: "polygon", points: hullOfCircles([disc(head, 0.075 * h), disc(far, 0.06 * h)]) },
          color,
        },
        {
          shape: { kind: "polygon", points: hullOfCircles([disc(head, 0.06 * h), disc(far, 0.045 * h)]) },
          color: [226, 226, 216],
          flat: true,
        },
      ])];
    }
    case "stool":
      return [stool(source, color)];
  }
}

function part(depth: number, pieces: Piece[]): Part {
  return { depth, group: "thing", layers: pieces.map((piece) => [piece]) };
}

function round({ center, radius }: Circle, color: Rgb): Piece {
  return { shape: { kind: "capsule", from: center, to: center, radii: [radius, radius] }, color };
}

function bar(a: Circle, b: Circle, color: Rgb): Piece {
  return { shape: { kind: "capsule", from: a.center, to: b.center, radii: [a.radius, b.radius] }, color };
}

/** In the hand or on the ground until it is released, then in free flight. */
function ballAt({ skeleton, body }: FigureSource, moment: PropMoment): Vector {
  const { prop, performed, time, skeletonAt } = moment;
  const side: Side = performed.side ?? "right";
  const released = ((prop.release ?? 0) - performed.middle) * performed.period;
  const isFootball = prop.kind === "football";
  const held = (at: Skeleton): Vector =>
    isFootball
      ? add(at.toes[side], rotate(at.pelvisAxes, [0, 0, 0.05 * body.height]))
      : add(at.hands[side], [0, 0.02 * body.height, 0]);
  const grounded = (at: Vector): Vector => [at[0], 0.065 * body.height, at[2]];
  if (time <= released) return isFootball ? grounded(held(skeletonAt(released))) : held(skeleton);
  const start = skeletonAt(released);
  const from = isFootball ? grounded(held(start)) : held(start);
  const forwards = rotate(start.pelvisAxes, [0, 0, 1]);
  const seconds = time - released;
  const [ahead, up] = flight[isFootball ? "football" : "ball"];
  return [
    from[0] + ahead * seconds * forwards[0],
    Math.max(0.05, from[1] + up * seconds - gravity * seconds * seconds / 2),
    from[2] + ahead * seconds * forwards[2],
  ];
}

/** A box to sit on, under the hips and square to them. */
function stool(source: FigureSource, color: Rgb): Part {
  const { skeleton, body, camera } = source;
  const h = body.height;
  const forwards = rotate(skeleton.pelvisAxes, [0, 0, 1]);
  const flat = unit([forwards[0], 0, forwards[2]]);
  const left: Vector = [flat[2], 0, -flat[0]];
  const top = Math.max(0.05 * h, skeleton.pelvis[1] - 0.055 * h);
  const center: Vector = [
    skeleton.pelvis[0] - 0.01 * h * flat[0],
    0,
    skeleton.pelvis[2] - 0.01 * h * flat[2],
  ];
  const corner = (side: number, front: number, y: number): Vector =>
    add(add(center, scale(left, side * 0.125 * h)), add(scale(flat, front * 0.12 * h), [0, y, 0]));
  const signs = [[-1, -1], [1, -1], [1, 1], [-1, 1]] as const;
  const face = (points: readonly Vector[], light: number): Piece => ({
    shape: { kind: "polygon", points: points.map((point) => project(camera, point).point) },
    color: color.map((value) => Math.min(255, value * light)) as unknown as Rgb,
  });
  const walls = signs.map(([s, f], i) => {
    const [s2, f2] = signs[(i + 1) % 4];
    const points = [corner(s, f, 0), corner(s2, f2, 0), corner(s2, f2, top), corner(s, f, top)];
    return { points, depth: -(points[0][2] + points[1][2]) / 2, light: 0.7 + 0.08 * i };
  }).sort((a, b) => b.depth - a.depth);
  const lid = signs.map(([s, f]) => corner(s, f, top));
  return {
    depth: -center[2] + 0.5, // behind the whole person: the legs hang in front of it, or the box hides nothing
    group: "stool",
    layers: [...walls.map(({ points, light }) => [face(points, light)]), [face(lid, 1.12)]],
  };
}
