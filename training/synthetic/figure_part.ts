import type { Body } from "./body.ts";
import { type Camera, project } from "./camera.ts";
import type { Look, Pattern, Rgb } from "./look.ts";
import type { Circle, Point, Shape } from "./shape.ts";
import type { Skeleton } from "./skeleton.ts";
import type { Vector } from "./vector.ts";

/** A piece of one colour. */
export interface Piece {
  /** Its outline in the still picture. */
  shape: Shape;
  /** Its colour. */
  color: Rgb;
  /** Pattern on it. */
  pattern?: { kind: Pattern; color: Rgb; axis: readonly [Point, Point] };
  /** Not rounded by light and shade, and without an edge: eyes, mouth. */
  flat?: boolean;
  /** Without an edge. */
  seamless?: boolean;
}

/** Pieces that are drawn together, their edges melted into one. */
export interface Part {
  /** Distance from the camera, in metres; farther parts are drawn first. */
  depth: number;
  /** Parts of one group that follow each other are melted together. */
  group: string;
  /** Pieces from the lowest layer to the topmost; those of one layer are melted together. */
  layers: readonly (readonly Piece[])[];
}

/** What a figure is made of. */
export interface FigureSource {
  /** Sizes. */
  body: Body;
  /** Colours and clothes. */
  look: Look;
  /** Where its joints are. */
  skeleton: Skeleton;
  /** Who sees it. */
  camera: Camera;
}

/**
 * The outlines of a part.
 *
 * @param part The part.
 * @returns The shapes of all its pieces.
 */
export function shapesOf({ layers }: Part): Shape[] {
  return layers.flatMap((pieces) => pieces.map(({ shape }) => shape));
}

/**
 * Projects a ball of the body.
 *
 * @param source Body and camera.
 * @param ball Its middle, and its radius in body heights.
 * @returns A circle in the still picture.
 */
export function circleOf({ body, camera }: FigureSource, ball: { at: Vector; radius: number }): Circle {
  const { point, scale } = project(camera, ball.at);
  return { center: point, radius: ball.radius * body.height * scale };
}
