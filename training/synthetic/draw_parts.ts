import type { SKRSContext2D } from "@napi-rs/canvas";
import type { Part, Piece } from "./figure_part.ts";
import { css } from "./look.ts";
import { boundsOf, type Point, type Shape } from "./shape.ts";

/** How light falls on figures. */
export interface Shading {
  /** From which side light comes: −1 the left of the picture, 1 the right. */
  light: -1 | 1;
  /** How strongly light and shade model a figure, 0 to 1. */
  relief: number;
  /** How dark the edges of parts are, 0 to 1. */
  edge: number;
}

/**
 * Draws parts in their order, edges of neighbouring parts of one group melted together.
 *
 * @param context Where to draw.
 * @param parts From the farthest to the nearest.
 * @param shading Light and edges.
 */
export function drawParts(context: SKRSContext2D, parts: readonly Part[], shading: Shading): void {
  context.save();
  context.lineJoin = "round";
  for (let i = 0; i < parts.length;) {
    let end = i + 1;
    while (end < parts.length && parts[end].group === parts[i].group) end++;
    const run = parts.slice(i, end);
    const count = Math.max(...run.map(({ layers }) => layers.length));
    // layer by layer: skin of the whole limb first, then its clothes
    for (let layer = 0; layer < count; layer++) {
      drawLayer(context, run.flatMap(({ layers }) => layers[layer] ?? []), shading);
    }
    i = end;
  }
  context.restore();
}

function drawLayer(context: SKRSContext2D, pieces: readonly Piece[], shading: Shading): void {
  for (const { shape, flat, seamless } of pieces) {
    if (flat || seamless || shading.edge === 0) continue;
    outline(context, shape);
    const [left, top, right, bottom] = boundsOf([shape]);
    context.lineWidth = Math.max(0.7, 0.03 * Math.min(right - left, bottom - top));
    context.strokeStyle = `rgba(22, 18, 24, ${shading.edge})`;
    context.stroke();
  }
  for (const piece of pieces) {
    outline(context, piece.shape);
    context.fillStyle = piece.flat ? css(piece.color) : shaded(context, piece, shading);
    context.fill();
    if (piece.pattern !== undefined) drawPattern(context, piece);
  }
}

function outline(context: SKRSContext2D, shape: Shape): void {
  context.beginPath();
  if (shape.kind === "polygon") {
    shape.points.forEach(([x, y], i) => i === 0 ? context.moveTo(x, y) : context.lineTo(x, y));
  } else {
    const { from, to, radii: [a, b] } = shape;
    const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
    const distance = Math.hypot(dx, dy);
    if (distance <= Math.abs(a - b) + 1e-6) {
      const [center, radius] = a > b ? [from, a] : [to, b];
      context.arc(center[0], center[1], radius, 0, 2 * Math.PI);
    } else {
      const angle = Math.atan2(dy, dx);
      const tangent = Math.acos((a - b) / distance); // where the common tangents touch
      context.arc(from[0], from[1], a, angle + tangent, angle - tangent + 2 * Math.PI);
      context.arc(to[0], to[1], b, angle - tangent, angle + tangent);
    }
  }
  context.closePath();
}

/** Light on one side, shade on the other: across a limb, from side to side of a trunk. */
function shaded(context: SKRSContext2D, { shape, color }: Piece, { light, relief }: Shading) {
  let ends: readonly [Point, Point];
  if (shape.kind === "polygon") {
    const [left, top, right, bottom] = boundsOf([shape]);
    ends = [[left, (top + bottom) / 2], [right, (top + bottom) / 2]];
    if (light === 1) ends = [ends[1], ends[0]];
  } else {
    const { from, to, radii } = shape;
    const radius = Math.max(...radii);
    const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
    const distance = Math.hypot(dx, dy) || 1;
    let normal: Point = [-dy / distance, dx / distance];
    if (Math.hypot(dx, dy) < 1e-6) normal = [light, 0];
    if (normal[0] * light - 0.5 * normal[1] < 0) normal = [-normal[0], -normal[1]];
    const middle: Point = [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2];
    ends = [
      [middle[0] + radius * normal[0], middle[1] + radius * normal[1]],
      [middle[0] - radius * normal[0], middle[1] - radius * normal[1]],
    ];
  }
  const gradient = context.createLinearGradient(ends[0][0], ends[0][1], ends[1][0], ends[1][1]);
  gradient.addColorStop(0, css(color, 0.16 * relief));
  gradient.addColorStop(0.45, css(color));
  gradient.addColorStop(1, css(color, -0.38 * relief));
  return gradient;
}

function drawPattern(context: SKRSContext2D, { shape, pattern }: Piece): void {
  if (pattern === undefined) return;
  const { kind, color, axis: [[x0, y0], [x1, y1]] } = pattern;
  const length = Math.hypot(x1 - x0, y1 - y0) || 1;
  const [left, top, right, bottom] = boundsOf([shape]);
  const reach = Math.hypot(right - left, bottom - top);
  context.save();
  outline(context, shape);
  context.clip();
  context.translate(x0, y0);
  context.rotate(Math.atan2(y1 - y0, x1 - x0));
  context.fillStyle = css(color);
  const step = Math.max(3, 0.16 * length);
  if (kind === "banded") context.fillRect(0.52 * length, -reach, 0.2 * length, 2 * reach);
  if (kind === "striped" || kind === "checked") {
    if (kind === "checked") context.globalAlpha = 0.5;
    for (let x = -step * 3; x < length + 2 * step; x += step) {
      context.fillRect(x, -reach, 0.42 * step, 2 * reach);
    }
  }
  if (kind === "checked") {
    for (let y = -step * 4; y < step * 4; y += step) {
      context.fillRect(-step * 3, y, length + 5 * step, 0.42 * step);
    }
  }
  if (kind === "dotted") {
    context.beginPath();
    for (let x = -step * 3, row = 0; x < length + 2 * step; x += 0.8 * step, row++) {
      for (let y = -step * 4 + (row % 2) * 0.5 * step; y < step * 4; y += step) {
        context.moveTo(x + 0.2 * step, y);
        context.arc(x, y, 0.2 * step, 0, 2 * Math.PI);
      }
    }
    context.fill();
  }
  context.restore();
}
