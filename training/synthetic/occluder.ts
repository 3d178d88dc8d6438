import type { SKRSContext2D } from "@napi-rs/canvas";
import { css, type Rgb } from "./look.ts";
import type { Random } from "./random.ts";
import { boundsOf, contains, type Point, type Shape } from "./shape.ts";

/** A thing that stands between the camera and a person. */
export interface Occluder {
  /** What it is, in a word. */
  name: OccluderName;
  /** What it hides, in the still picture. */
  shapes: readonly Shape[];
  /** Its colour. */
  color: Rgb;
}

/** Things that stand in front of people. */
export type OccluderName = "post" | "board" | "bush" | "box" | "fence";

/** Left, top, right and bottom of a person in the still picture. */
export type Bounds = readonly [number, number, number, number];

const names: readonly (readonly [number, OccluderName])[] = [
  [4, "post"],
  [4, "board"],
  [3, "bush"],
  [3, "box"],
  [2, "fence"],
];

const colors: Readonly<Record<OccluderName, readonly Rgb[]>> = {
  post: [[120, 122, 126], [92, 70, 52], [200, 200, 196], [60, 84, 70]],
  board: [[214, 208, 190], [52, 84, 140], [190, 60, 50], [236, 196, 70], [80, 80, 86]],
  bush: [[58, 110, 58], [86, 126, 62], [44, 84, 60]],
  box: [[176, 134, 90], [70, 90, 112], [120, 120, 116], [60, 110, 70]],
  fence: [[150, 116, 82], [210, 208, 200], [90, 92, 98]],
};

/**
 * Draws something that hides part of a person. With a larger amount it grows where it stands, so that it hides all
 * that it hid before.
 *
 * @param random Where the numbers come from.
 * @param options Bounds of the person in the middle of the clip, height of a frame, and the amount from 0 to 1.
 * @returns The thing.
 */
export function randomOccluder(
  random: Random,
  options: { bounds: Bounds; frameHeight: number; amount: number },
): Occluder {
  const { bounds: [left, top, right, bottom], frameHeight, amount } = options;
  const name = random.weighted(names);
  const [width, height] = [right - left, bottom - top];
  const color = random.pick(colors[name]);
  const x = left + random.between(0.2, 0.8) * width;
  const y = top + random.between(0.25, 0.75) * height;
  const floor = bottom + random.between(0.01, 0.06) * height;
  const grown = amount * random.between(0.85, 1.15);
  const rect = (l: number, t: number, r: number, b: number): Shape => ({
    kind: "polygon",
    points: [[l, t], [r, t], [r, b], [l, b]],
  });
  const half = (share: number) => share * grown * Math.max(width, 0.36 * height) / 2;
  const high = (share: number) => share * grown * height;
  switch (name) {
    case "post":
      return {
        name,
        color,
        shapes: [rect(x - half(0.6), -0.3 * frameHeight, x + half(0.6), 1.3 * frameHeight)],
      };
    case "board": {
      const [w, h] = [half(1.1), high(0.34)];
      const legs = [-0.6, 0.6].map((side) =>
        rect(x + side * w - 0.02 * height, y, x + side * w + 0.02 * height, floor)
      );
      return { name, color, shapes: [...legs, rect(x - w, y - h, x + w, y + h)] };
    }
    case "box":
      return { name, color, shapes: [rect(x - half(1.25), floor - high(0.75), x + half(1.25), floor)] };
    case "bush": {
      const blobs = Array.from({ length: 9 }, (_, i): Shape => {
        const at: Point = [
          x + half(1.15) * ((i + 0.5) / 4.5 - 1),
          floor - high(0.26) - high(random.between(0, 0.34)),
        ];
        const radius = 0.06 * grown * height + high(random.between(0.08, 0.12));
        return { kind: "capsule", from: at, to: [at[0], floor], radii: [radius, radius] };
      });
      return { name, color, shapes: blobs };
    }
    case "fence": {
      const posts = Array.from({ length: 9 }, (_, i) => {
        const at = x + (i - 4) * 0.19 * Math.max(width, 0.36 * height);
        const w = 0.065 * height * Math.sqrt(grown);
        return rect(at - w, floor - high(0.8), at + w, floor);
      });
      const reach = 0.9 * Math.max(width, 0.36 * height);
      const rails = [0.18, 0.5].map((share) =>
        rect(
          x - reach,
          floor - high(share) - 0.025 * height * grown,
          x + reach,
          floor - high(share) + 0.025 * height * grown,
        )
      );
      return { name, color, shapes: [...rails, ...posts] };
    }
  }
}

/**
 * Whether a thing hides a point.
 *
 * @param occluder The thing.
 * @param point A point of the still picture.
 * @returns Whether it does.
 */
export function hides({ shapes }: Occluder, point: Point): boolean {
  return shapes.some((shape) => contains(shape, point));
}

/**
 * Draws a thing.
 *
 * @param context Where to draw, in coordinates of the still picture.
 * @param occluder The thing.
 */
export function drawOccluder(context: SKRSContext2D, { name, shapes, color }: Occluder): void {
  shapes.forEach((shape, i) => {
    const [left, top, right, bottom] = boundsOf([shape]);
    const gradient = context.createLinearGradient(
      left,
      top,
      name === "bush" ? left : right,
      name === "bush" ? bottom : top,
    );
    gradient.addColorStop(0, css(color, 0.18 - 0.04 * (i % 3)));
    gradient.addColorStop(1, css(color, -0.3 + 0.05 * (i % 3)));
    context.fillStyle = gradient;
    context.beginPath();
    if (shape.kind === "capsule") {
      const { from, to, radii: [radius] } = shape;
      context.arc(from[0], from[1], radius, Math.PI, 0);
      context.lineTo(to[0] + radius, to[1]);
      context.lineTo(to[0] - radius, to[1]);
    } else {
      shape.points.forEach(([x, y], k) => k === 0 ? context.moveTo(x, y) : context.lineTo(x, y));
    }
    context.closePath();
    context.fill();
    if (name === "board" && i === shapes.length - 1) {
      context.strokeStyle = css(color, -0.45);
      context.lineWidth = Math.max(1, 0.03 * (bottom - top));
      context.stroke();
      context.fillStyle = css(color, -0.4);
      for (const row of [0.25, 0.5, 0.72]) {
        context.fillRect(
          left + 0.14 * (right - left),
          top + row * (bottom - top),
          0.72 * (right - left) * (1 - 0.3 * (row === 0.72 ? 1 : 0)),
          0.07 * (bottom - top),
        );
      }
    }
  });
}
