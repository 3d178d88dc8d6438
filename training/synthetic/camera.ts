import type { Random } from "./random.ts";
import type { Point } from "./shape.ts";
import type { Vector } from "./vector.ts";

/** Width and height in pixels. */
export interface Size {
  /** Columns. */
  width: number;
  /** Rows. */
  height: number;
}

/**
 * A camera that stands at one place and looks level; what it shows when nothing moves is called the still picture.
 * Turning and zooming a camera shifts and scales its picture, so that motion is one affine map of the still picture.
 */
export interface Camera {
  /** Size of the frames. */
  size: Size;
  /** Focal length in pixels. */
  focal: number;
  /** Row of the horizon in the still picture. */
  horizon: number;
  /** Height of the camera above the ground, in metres. */
  eye: number;
  /** How it moves. */
  motion: CameraMotion;
}

/** How a camera moves; times are seconds from the middle of the clip. */
export interface CameraMotion {
  /** Pixels per second to the right and down. */
  pan: Point;
  /** Growth of the picture per second: 0.2 for a fifth. */
  zoom: number;
  /** Strongest shake, in pixels. */
  shake: number;
  /** Where the shake begins, in radians. */
  shakePhase: number;
}

/** A point of the still picture. */
export interface Projected {
  /** Where it is, in pixels. */
  point: Point;
  /** Pixels per metre at its depth. */
  scale: number;
  /** Distance from the camera's plane, in metres. */
  depth: number;
}

/** An affine map of the plane as a canvas takes it: x' = a·x + c·y + e, y' = b·x + d·y + f. */
export type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/**
 * Projects a point of space into the still picture.
 *
 * @param camera The camera.
 * @param point The point, in metres; z is minus its depth.
 * @returns Where it is seen.
 */
export function project(camera: Camera, [x, y, z]: Vector): Projected {
  const scale = camera.focal / Math.max(0.2, -z);
  return {
    point: [camera.size.width / 2 + scale * x, camera.horizon + scale * (camera.eye - y)],
    scale,
    depth: -z,
  };
}

/**
 * The map from the still picture into the frame of a moment.
 *
 * @param camera The camera.
 * @param time Seconds from the middle of the clip.
 * @returns The map.
 */
export function viewAt({ size, motion }: Camera, time: number): Affine {
  const { pan, zoom, shake, shakePhase } = motion;
  const [cx, cy] = [size.width / 2, size.height / 2];
  const jolt = (rate: number, offset: number) => shake * Math.sin(rate * time + shakePhase + offset);
  const x = pan[0] * time + 0.7 * jolt(23, 0) + 0.3 * jolt(41, 1);
  const y = pan[1] * time + 0.7 * jolt(19, 2) + 0.3 * jolt(37, 4);
  const roll = 0.004 * jolt(13, 5);
  const scale = 1 + zoom * time;
  const [a, b] = [scale * Math.cos(roll), scale * Math.sin(roll)];
  return [a, b, -b, a, cx - a * (cx + x) + b * (cy + y), cy - b * (cx + x) - a * (cy + y)];
}

/** Applies an affine map to a point. */
export function applyAffine([a, b, c, d, e, f]: Affine, [x, y]: Point): Point {
  return [a * x + c * y + e, b * x + d * y + f];
}

/**
 * Draws how a camera moves.
 *
 * @param random Where the numbers come from.
 * @param options Size of the frames, and by how much the filmed person moves, in pixels per second.
 * @returns The motion; a camera follows somebody who moves fast.
 */
export function randomCameraMotion(
  random: Random,
  options: { size: Size; subjectSpeed: number; seconds: number },
): CameraMotion {
  const { size, subjectSpeed, seconds } = options;
  const limit = 0.5 * size.width / Math.max(0.5, seconds);
  const follow = Math.abs(subjectSpeed) > 0.12 * size.width ? random.between(0.7, 1) : random.between(0, 0.8);
  const kind = random.weighted([[4, "still"], [2, "pan"], [2, "zoom"], [2, "hand"]] as const);
  const drift = kind === "pan" ? random.between(-0.16, 0.16) * size.width : 0;
  return {
    pan: [
      Math.max(-limit, Math.min(limit, follow * subjectSpeed + drift)),
      kind === "pan" ? random.between(-0.02, 0.02) * size.height : 0,
    ],
    zoom: kind === "zoom" ? random.between(-0.08, 0.2) : 0,
    shake: kind === "hand"
      ? random.between(0.004, 0.012) * size.height
      : random.between(0, 0.0015) * size.height,
    shakePhase: random.between(0, 2 * Math.PI),
  };
}
