import type { SKRSContext2D } from "@napi-rs/canvas";
import type { Box } from "./box.ts";
import type { KeypointSet } from "./keypoint_sets.ts";
import type { Keypoint, Pose } from "./pose.ts";
import { measureDigits, strokeDigits } from "./stroke_digits.ts";

/** What is drawn of a pose. */
export interface DrawOptions {
  /** Names and limbs of the joints. */
  keypointSet: KeypointSet;
  /**
   * Joints with a smaller score are left out, and the limbs that end there.
   *
   * @default {0.2}
   */
  threshold?: number;
  /**
   * Draw each person's box.
   *
   * @default {true}
   */
  boxes?: boolean;
  /**
   * Write each person's number and score.
   *
   * @default {true}
   */
  labels?: boolean;
}

/** Which side of the body something is on. */
export type Side = "left" | "right" | "center";

/** Blue, orange and near-white: told apart with any kind of colour vision, and by lightness alone. */
export const sideColors: Readonly<Record<Side, string>> = {
  left: "#3aa0f2",
  right: "#ff9120",
  center: "#f4f1e8",
};

const ink = "rgba(12, 14, 18, 0.85)";
const chip = "rgba(12, 14, 18, 0.72)";
const paper = "#ffffff";

/**
 * Draws poses over a picture: limbs coloured by the body's side (left blue, right orange, the middle white), joints,
 * box, number and score. Lines grow with the person, so that a crowd stays legible.
 *
 * @param context Where the picture is.
 * @param poses The people, in image pixels; small ones are drawn over large ones.
 * @param options What to draw.
 * @throws {TypeError} If a pose has another number of joints than the keypoint set.
 */
export function drawPoses(context: SKRSContext2D, poses: readonly Pose[], options: DrawOptions): void {
  const { keypointSet, threshold = 0.2, boxes = true, labels = true } = options;
  for (const { keypoints } of poses) {
    if (keypoints.length !== keypointSet.keypoints.length) {
      throw new TypeError(
        `Cannot draw a pose of ${keypoints.length} joints, expected the ${keypointSet.keypoints.length} of ${keypointSet.name}`,
      );
    }
  }
  const ordered = [...poses].sort((a, b) => b.box[2] * b.box[3] - a.box[2] * a.box[3]);
  context.save();
  context.lineCap = "round";
  context.lineJoin = "round";
  if (boxes) { for (const { box } of ordered) drawBox(context, box); }
  for (const pose of ordered) drawSkeleton(context, pose, { keypointSet, threshold });
  if (labels) { for (const pose of ordered) drawLabel(context, pose); }
  context.restore();
}

/** Width of a person's limbs in pixels. */
function limbWidth([, , width, height]: Box): number {
  return Math.min(Math.max(0.021 * Math.sqrt(width * height), 1.6), 13);
}

function drawSkeleton(
  context: SKRSContext2D,
  pose: Pose,
  { keypointSet, threshold }: { keypointSet: KeypointSet; threshold: number },
): void {
  const width = limbWidth(pose.box);
  const outline = Math.max(0.28 * width, 0.8);
  const isSeen = ({ x, y, score }: Keypoint) =>
    score >= threshold && Number.isFinite(x) && Number.isFinite(y);
  const sides = keypointSet.keypoints.map(sideOf);
  const limbs = keypointSet.limbs
    .filter(([a, b]) => isSeen(pose.keypoints[a]) && isSeen(pose.keypoints[b]))
    .map(([a, b]) => ({
      from: pose.keypoints[a],
      to: pose.keypoints[b],
      side: sideOfLimb(sides[a], sides[b]),
    }))
    // the trunk lies under the limbs
    .sort((a, b) => Number(b.side === "center") - Number(a.side === "center"));
  for (const { from, to, side } of limbs) {
    context.beginPath();
    context.moveTo(from.x + 0.5, from.y + 0.5);
    context.lineTo(to.x + 0.5, to.y + 0.5);
    stroke(context, ink, width + 2 * outline);
    stroke(context, sideColors[side], width);
  }
  pose.keypoints.forEach((keypoint, k) => {
    if (isSeen(keypoint)) drawJoint(context, keypoint, { color: sideColors[sides[k]], width, outline });
  });
}

function drawJoint(
  context: SKRSContext2D,
  { x, y }: Keypoint,
  { color, width, outline }: { color: string; width: number; outline: number },
): void {
  const radius = 0.78 * width;
  for (const [size, fill] of [[radius + outline, ink], [radius, color], [0.42 * radius, ink]] as const) {
    context.beginPath();
    context.arc(x + 0.5, y + 0.5, size, 0, 2 * Math.PI);
    context.fillStyle = fill;
    context.fill();
  }
}

/** A hairline all round, and strong corners, which stay readable where boxes overlap. */
function drawBox(context: SKRSContext2D, [x, y, width, height]: Box): void {
  const corner = 0.16 * Math.min(width, height);
  const weight = Math.min(Math.max(0.006 * Math.sqrt(width * height), 1.2), 3);
  context.beginPath();
  context.rect(x, y, width, height);
  context.globalAlpha = 0.3;
  stroke(context, ink, 2.4);
  context.globalAlpha = 0.6;
  stroke(context, paper, 1);
  context.globalAlpha = 1;
  context.beginPath();
  for (
    const [cx, cy, dx, dy] of [[x, y, 1, 1], [x + width, y, -1, 1], [x + width, y + height, -1, -1], [
      x,
      y + height,
      1,
      -1,
    ]]
  ) {
    context.moveTo(cx + dx * corner, cy);
    context.lineTo(cx, cy);
    context.lineTo(cx, cy + dy * corner);
  }
  stroke(context, ink, weight + 2);
  stroke(context, paper, weight);
}

/** A chip on the box's top edge, kept within the picture. */
function drawLabel(context: SKRSContext2D, { box, score, trackId }: Pose): void {
  const height = Math.min(Math.max(0.045 * Math.sqrt(box[2] * box[3]), 8), 17);
  const texts = [
    ...(trackId === undefined ? [] : [`#${trackId}`]),
    ...(Number.isFinite(score) ? [score.toFixed(2)] : []),
  ];
  if (texts.length === 0) return;
  const [pad, space] = [0.5 * height, 0.7 * height];
  const widths = texts.map((text) => measureDigits(text, height));
  const full = widths.reduce((sum, width) => sum + width, 0) + space * (texts.length - 1) + 2 * pad;
  const size = { width: context.canvas.width, height: context.canvas.height };
  const x = Math.min(Math.max(box[0], 1), Math.max(size.width - full - 1, 1));
  const above = box[1] - 2 * height - 3;
  const y = Math.min(above >= 1 ? above : Math.max(box[1], 0) + 4, Math.max(size.height - 2 * height - 1, 1));
  context.beginPath();
  context.roundRect(x, y, full, 2 * height, 0.45 * height);
  context.fillStyle = chip;
  context.fill();
  context.strokeStyle = paper;
  let at = x + pad;
  texts.forEach((text, i) => {
    const isId = i === 0 && texts.length > 1;
    context.globalAlpha = isId ? 1 : 0.92;
    strokeDigits(context, text, {
      x: at,
      y: y + 0.5 * height,
      height,
      weight: (isId ? 0.175 : 0.135) * height,
    });
    at += widths[i] + space;
  });
  context.globalAlpha = 1;
}

function stroke(context: SKRSContext2D, color: string, width: number): void {
  context.strokeStyle = color;
  context.lineWidth = width;
  context.stroke();
}

function sideOf(joint: string): Side {
  if (joint.startsWith("left_")) return "left";
  return joint.startsWith("right_") ? "right" : "center";
}

/** Between both sides lies the middle; between a side and the middle that side. */
function sideOfLimb(a: Side, b: Side): Side {
  if (a === b) return a;
  if (a === "center") return b;
  return b === "center" ? a : "center";
}
