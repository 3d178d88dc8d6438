import type { SKRSContext2D } from "@napi-rs/canvas";

/**
 * Draws a park on a sunny day.
 *
 * @param context Where to draw; the whole canvas is filled.
 * @param random Numbers from 0 to 1 that place trees and blades of grass.
 */
export function drawPark(context: SKRSContext2D, random: () => number): void {
  const { width, height } = context.canvas;
  const horizon = 0.5 * height;
  const sky = context.createLinearGradient(0, 0, 0, horizon);
  sky.addColorStop(0, "#7db9e8");
  sky.addColorStop(1, "#dceefa");
  context.fillStyle = sky;
  context.fillRect(0, 0, width, height);
  for (let i = 0; i < 4; i++) {
    drawCloud(context, [random() * width, (0.06 + 0.16 * random()) * height], 0.05 * width);
  }
  drawHills(context, { base: horizon, height: 0.13 * height, color: "#8fb6a0", phase: random() * 6 });
  drawHills(context, { base: horizon + 4, height: 0.07 * height, color: "#6c9d78", phase: random() * 6 });
  const grass = context.createLinearGradient(0, horizon, 0, height);
  grass.addColorStop(0, "#7fb25a");
  grass.addColorStop(1, "#4f8a3c");
  context.fillStyle = grass;
  context.fillRect(0, horizon, width, height - horizon);
  for (let i = 0; i < 7; i++) {
    drawTree(context, {
      x: (i + 0.2 + 0.6 * random()) * width / 7,
      y: horizon + 3 + 8 * random(),
      size: (0.1 + 0.07 * random()) * height,
    });
  }
  drawPath(context, horizon);
  for (let i = 0; i < 260; i++) {
    const depth = random();
    const [x, y] = [random() * width, horizon + 8 + depth * (height - horizon - 8)];
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x + 2 * random() - 1, y - 1.5 - 3 * depth);
    context.lineWidth = 0.8;
    context.strokeStyle = random() < 0.5 ? "rgba(36, 84, 30, 0.35)" : "rgba(190, 220, 120, 0.3)";
    context.stroke();
  }
}

/**
 * Darkens the ground under a figure.
 *
 * @param context Where to draw.
 * @param place Point on the ground, half widths, and how dark, 0 to 1.
 */
export function drawShadow(
  context: SKRSContext2D,
  place: { x: number; y: number; radii: readonly [number, number]; strength: number },
): void {
  context.save();
  context.translate(place.x, place.y);
  context.scale(1, place.radii[1] / place.radii[0]);
  const shade = context.createRadialGradient(0, 0, 0, 0, 0, place.radii[0]);
  shade.addColorStop(0, `rgba(18, 34, 14, ${place.strength})`);
  shade.addColorStop(0.6, `rgba(18, 34, 14, ${0.7 * place.strength})`);
  shade.addColorStop(1, "rgba(18, 34, 14, 0)");
  context.fillStyle = shade;
  context.beginPath();
  context.arc(0, 0, place.radii[0], 0, 2 * Math.PI);
  context.fill();
  context.restore();
}

function drawCloud(context: SKRSContext2D, [x, y]: readonly [number, number], size: number): void {
  context.fillStyle = "rgba(255, 255, 255, 0.75)";
  for (const [dx, dy, r] of [[-0.9, 0.1, 0.45], [-0.35, -0.15, 0.6], [0.3, -0.05, 0.55], [0.85, 0.15, 0.4]]) {
    context.beginPath();
    context.ellipse(x + dx * size, y + dy * size, r * size, 0.6 * r * size, 0, 0, 2 * Math.PI);
    context.fill();
  }
}

function drawHills(
  context: SKRSContext2D,
  { base, height, color, phase }: { base: number; height: number; color: string; phase: number },
): void {
  const { width } = context.canvas;
  context.beginPath();
  context.moveTo(0, base + 4);
  for (let x = 0; x <= width; x += 4) {
    const wave = Math.sin(phase + 6 * x / width) + 0.5 * Math.sin(2.3 * phase + 13 * x / width);
    context.lineTo(x, base - height * (0.5 + 0.33 * wave));
  }
  context.lineTo(width, base + 4);
  context.fillStyle = color;
  context.fill();
}

function drawTree(context: SKRSContext2D, { x, y, size }: { x: number; y: number; size: number }): void {
  context.fillStyle = "#6b4a32";
  context.fillRect(x - 0.05 * size, y - 0.5 * size, 0.1 * size, 0.5 * size);
  for (
    const [dx, dy, r, color] of [
      [0, -0.78, 0.42, "#3f7a3d"],
      [-0.22, -0.6, 0.3, "#386f38"],
      [0.22, -0.62, 0.3, "#478543"],
      [-0.08, -0.9, 0.24, "#558f4b"],
    ] as const
  ) {
    context.beginPath();
    context.arc(x + dx * size, y + dy * size, r * size, 0, 2 * Math.PI);
    context.fillStyle = color;
    context.fill();
  }
}

function drawPath(context: SKRSContext2D, horizon: number): void {
  const { width, height } = context.canvas;
  context.beginPath();
  context.moveTo(0, 0.93 * height);
  context.bezierCurveTo(
    0.35 * width,
    0.8 * height,
    0.65 * width,
    0.72 * height,
    width,
    horizon + 0.17 * height,
  );
  context.lineTo(width, horizon + 0.24 * height);
  context.bezierCurveTo(0.7 * width, 0.86 * height, 0.4 * width, 0.95 * height, 0.14 * width, height);
  context.lineTo(0, height);
  context.closePath();
  context.fillStyle = "#d9c79c";
  context.fill();
}
