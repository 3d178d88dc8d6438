import type { SKRSContext2D } from "@napi-rs/canvas";
import type { JointMove } from "./joint_moves.ts";
import type { KeypointSet } from "./keypoint_sets.ts";

/** How moves are drawn. */
export interface JointMoveOptions {
  /** Limbs between the joints. */
  set: KeypointSet;
  /** Size of joints in pixels. */
  radius: number;
  /**
   * Moves in which both scores are smaller are left out.
   *
   * @default {0.2}
   */
  threshold?: number;
}

/** Colours of the two estimates. */
export const moveColors = { visual: "#8ecbff", language: "#ff9f3d" } as const;

const ink = "rgba(10, 12, 16, 0.8)";

/**
 * Draws two estimates of one person: the visual-only one as rings, the language-assisted one as dots with its limbs,
 * and an arrow from ring to dot where the two differ by more than a ring.
 *
 * @param context Where the crop is; joints are in its pixels.
 * @param moves One move per joint of the set.
 * @param options Limbs and sizes.
 */
export function drawJointMoves(
  context: SKRSContext2D,
  moves: readonly JointMove[],
  options: JointMoveOptions,
): void {
  const { set, radius } = options;
  const isShown = moves.map((move) => isSeen(move, options));
  context.save();
  context.lineCap = "round";
  context.lineJoin = "round";
  for (const [from, to] of set.limbs) {
    if (!isShown[from] || !isShown[to]) continue;
    line(context, [moves[from].visual, moves[to].visual], {
      color: moveColors.visual,
      width: 0.28 * radius,
      alpha: 0.5,
    });
    line(context, [moves[from].language, moves[to].language], {
      color: "#ffffff",
      width: 0.42 * radius,
      alpha: 0.85,
    });
  }
  const shown = moves.filter((_, k) => isShown[k]);
  for (const { visual } of shown) {
    circle(context, visual, { radius, stroke: ink, width: 0.95 * radius });
    circle(context, visual, { radius, stroke: moveColors.visual, width: 0.45 * radius });
  }
  for (const move of shown) if (move.distance > 1.6 * radius) arrow(context, move, radius);
  for (const { language } of shown) {
    circle(context, language, { radius: 0.98 * radius, fill: ink });
    circle(context, language, { radius: 0.72 * radius, fill: moveColors.language });
  }
  context.restore();
}

/**
 * Tells whether a joint is drawn.
 *
 * @param move The joint.
 * @param options Threshold on the larger of the two scores.
 * @returns Whether either path is sure enough of it.
 */
export function isSeen({ visual, language }: JointMove, options: { threshold?: number }): boolean {
  const { threshold = 0.2 } = options;
  const numbers = [visual.x, visual.y, language.x, language.y];
  return Math.max(visual.score, language.score) >= threshold && numbers.every(Number.isFinite);
}

interface Point {
  x: number;
  y: number;
}

/** From the ring's edge to the dot's edge; a short way is a line without a head. */
function arrow(context: SKRSContext2D, { visual, language, distance }: JointMove, radius: number): void {
  const direction = { x: (language.x - visual.x) / distance, y: (language.y - visual.y) / distance };
  const along = (length: number, aside = 0) => ({
    x: visual.x + direction.x * length - direction.y * aside,
    y: visual.y + direction.y * length + direction.x * aside,
  });
  const tip = distance - 1.1 * radius;
  const head = tip - 1.2 * radius > radius ? 1.7 * radius : 0;
  for (const [color, extra] of [[ink, 0.5 * radius], [moveColors.language, 0]] as const) {
    line(context, [along(1.1 * radius), along(tip - head)], { color, width: 0.42 * radius + extra });
    if (head === 0) continue;
    context.beginPath();
    for (const { x, y } of [along(tip), along(tip - head, 0.5 * head), along(tip - head, -0.5 * head)]) {
      context.lineTo(x, y);
    }
    context.closePath();
    context.fillStyle = color;
    context.fill();
    context.strokeStyle = color;
    context.lineWidth = extra;
    if (extra > 0) context.stroke();
  }
}

function line(
  context: SKRSContext2D,
  points: readonly Point[],
  { color, width, alpha = 1 }: { color: string; width: number; alpha?: number },
): void {
  context.beginPath();
  points.forEach(({ x, y }, i) => i === 0 ? context.moveTo(x, y) : context.lineTo(x, y));
  context.globalAlpha = alpha;
  context.strokeStyle = color;
  context.lineWidth = width;
  context.stroke();
  context.globalAlpha = 1;
}

function circle(
  context: SKRSContext2D,
  { x, y }: Point,
  style: { radius: number; fill?: string; stroke?: string; width?: number },
): void {
  context.beginPath();
  context.arc(x, y, style.radius, 0, 2 * Math.PI);
  if (style.fill) {
    context.fillStyle = style.fill;
    context.fill();
  }
  if (style.stroke) {
    context.strokeStyle = style.stroke;
    context.lineWidth = style.width ?? 1;
    context.stroke();
  }
}
