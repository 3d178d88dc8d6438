import type { SKRSContext2D } from "@napi-rs/canvas";
import { css, type Rgb } from "../look.ts";
import type { Random } from "../random.ts";

/** What a background is drawn on; it is larger than a frame, so that the camera can move over it. */
export interface Stage {
  /** Where to draw; the whole canvas is filled. */
  context: SKRSContext2D;
  /** Row of the horizon. */
  horizon: number;
  /** Row where a wall behind the people meets the floor; below the horizon. */
  wallFoot: number;
  /** Height of a frame in pixels: the measure of everything that is drawn. */
  unit: number;
  /** Draws what is where. */
  random: Random;
}

/**
 * Fills a band of rows with a gradient from top to bottom.
 *
 * @param context Where to draw.
 * @param rows First and last row.
 * @param colors Colours at the first and the last row.
 */
export function fillBand(
  context: SKRSContext2D,
  rows: readonly [number, number],
  colors: readonly [Rgb, Rgb],
): void {
  const gradient = context.createLinearGradient(0, rows[0], 0, rows[1]);
  gradient.addColorStop(0, css(colors[0]));
  gradient.addColorStop(1, css(colors[1]));
  context.fillStyle = gradient;
  context.fillRect(0, rows[0], context.canvas.width, rows[1] - rows[0]);
}

/**
 * Scatters short strokes over a ground, smaller and denser towards the horizon: grass, sand, grain of asphalt.
 *
 * @param stage The stage.
 * @param options First row, number of strokes per square frame, height as a share of the frame's, and colours.
 */
export function scatter(
  { context, unit, random }: Stage,
  options: { from: number; count: number; length: number; colors: readonly string[] },
): void {
  const { width, height } = context.canvas;
  const { from, count, length, colors } = options;
  const reach = height - from;
  if (reach <= 0) return;
  const total = Math.round(count * width * reach / (unit * unit));
  context.lineWidth = Math.max(0.6, 0.004 * unit);
  for (const color of colors) {
    context.beginPath();
    for (let i = 0; i < total / colors.length; i++) {
      const depth = random.next() ** 1.6;
      const [x, y] = [random.next() * width, from + depth * reach];
      const size = length * unit * (0.25 + depth);
      context.moveTo(x, y);
      context.lineTo(x + (random.next() - 0.5) * size, y - size * random.between(0.2, 1));
    }
    context.strokeStyle = color;
    context.stroke();
  }
}

/**
 * Draws a tree or a bush.
 *
 * @param stage The stage.
 * @param place Foot, height, and whether it has a trunk.
 */
export function drawTree(
  { context, random }: Stage,
  place: { x: number; y: number; size: number; trunk: boolean },
): void {
  const { x, y, size, trunk } = place;
  if (trunk) {
    context.fillStyle = css([92, 66, 46]);
    context.fillRect(x - 0.045 * size, y - 0.5 * size, 0.09 * size, 0.5 * size);
  }
  const base: Rgb = [random.between(40, 84), random.between(96, 138), random.between(44, 74)];
  for (let i = 0; i < 7; i++) {
    const angle = random.between(0, 2 * Math.PI);
    const away = random.between(0, 0.24) * size;
    context.beginPath();
    context.ellipse(
      x + away * Math.cos(angle),
      y - (trunk ? 0.72 : 0.3) * size + 0.8 * away * Math.sin(angle),
      random.between(0.18, 0.32) * size,
      random.between(0.16, 0.26) * size,
      0,
      0,
      2 * Math.PI,
    );
    context.fillStyle = css(base, random.between(-0.25, 0.18));
    context.fill();
  }
}

/**
 * Draws soft clouds into a sky.
 *
 * @param stage The stage.
 * @param count How many.
 */
export function drawClouds({ context, horizon, unit, random }: Stage, count: number): void {
  for (let i = 0; i < count; i++) {
    const [x, y] = [random.next() * context.canvas.width, random.between(0.05, 0.7) * Math.max(horizon, 1)];
    const size = random.between(0.05, 0.13) * unit;
    context.fillStyle = `rgba(255, 255, 255, ${random.between(0.4, 0.8)})`;
    context.beginPath();
    for (const [dx, dy, r] of [[-1, 0.15, 0.5], [-0.3, -0.15, 0.7], [0.5, 0, 0.6], [1.1, 0.2, 0.4]]) {
      context.ellipse(x + dx * size, y + dy * size, r * size, 0.55 * r * size, 0, 0, 2 * Math.PI);
    }
    context.fill();
  }
}
