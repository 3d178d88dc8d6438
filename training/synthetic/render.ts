import { type Canvas, createCanvas, type SKRSContext2D } from "@napi-rs/canvas";
import { type Background, drawBackground } from "./backgrounds/background.ts";
import { type Camera, project, viewAt } from "./camera.ts";
import { darken } from "./darken.ts";
import { drawParts } from "./draw_parts.ts";
import { figureParts } from "./figure.ts";
import type { Part } from "./figure_part.ts";
import { drawOccluder } from "./occluder.ts";
import { propParts } from "./props.ts";
import type { Scene, ScenePerson } from "./scene.ts";
import type { Skeleton } from "./skeleton.ts";

/** A person at one moment, cut into parts. */
export interface PersonMoment {
  /** The person's track id. */
  index: number;
  /** Where the joints are. */
  skeleton: Skeleton;
  /** The body, from the farthest part to the nearest. */
  parts: readonly Part[];
  /** The body and the things that belong to it. */
  all: readonly Part[];
}

/**
 * Cuts the people of a scene into parts.
 *
 * @param scene The scene.
 * @param time Seconds from the middle of the clip.
 * @returns The people from the farthest to the nearest.
 */
export function peopleAt({ people, camera }: Scene, time: number): PersonMoment[] {
  return people.map((person, index) => {
    const { body, look, activity, propColors, skeletonAt } = person;
    const skeleton = skeletonAt(time);
    const source = { body, look, skeleton, camera };
    const parts = figureParts(source);
    const things = activity.props.flatMap(({ prop, performed }, i) =>
      propParts(source, { prop, performed, time, color: propColors[i], skeletonAt })
    );
    return { index, skeleton, parts, all: [...parts, ...things].sort((a, b) => b.depth - a.depth) };
  }).sort((a, b) => distance(b) - distance(a));
}

function distance({ skeleton }: PersonMoment): number {
  return -skeleton.pelvis[2];
}

/** Draws the frames of one scene. */
export class Renderer {
  readonly #scene: Scene;
  readonly #background: Background;
  readonly #canvas: Canvas;
  readonly #sharp: Canvas;

  /**
   * Prepares the canvases.
   *
   * @param scene The scene.
   */
  constructor(scene: Scene) {
    this.#scene = scene;
    const { width, height } = scene.camera.size;
    this.#background = drawBackground(scene.place, {
      camera: scene.camera,
      wall: scene.wall,
      random: scene.scenery.stream("drawing"), // drawn anew, the same again
    });
    this.#canvas = createCanvas(width, height);
    this.#sharp = createCanvas(width, height);
  }

  /**
   * Draws a frame with all that makes it hard to see.
   *
   * @param time Seconds from the middle of the clip.
   * @returns The frame; the next call draws over it.
   */
  render(time: number): Canvas {
    const { exposure, noise } = this.#scene;
    const context = this.#canvas.getContext("2d");
    const sharp = this.#sharp.getContext("2d");
    exposure.moments.forEach((offset, i) => {
      this.#drawMoment(sharp, time + offset, offset);
      context.globalAlpha = 1 / (i + 1); // the mean of all moments so far
      context.drawImage(this.#sharp, 0, 0);
    });
    context.globalAlpha = 1;
    if (exposure.blur > 0) {
      sharp.drawImage(this.#canvas, 0, 0);
      context.filter = `blur(${exposure.blur}px)`;
      context.drawImage(this.#sharp, 0, 0);
      context.filter = "none";
    }
    if (exposure.gain < 1) {
      darken(context, { ...exposure, random: noise.stream(`at ${time.toFixed(6)}`) });
    }
    return this.#canvas;
  }

  /** One sharp moment; `offset` seconds from the frame's own, meanwhile the camera sweeps. */
  #drawMoment(context: SKRSContext2D, time: number, offset: number): void {
    const { people, camera, shading, occluders, exposure: { sweep } } = this.#scene;
    const { canvas, origin } = this.#background;
    context.setTransform(...viewAt(camera, time));
    context.translate(sweep[0] * offset, sweep[1] * offset);
    context.drawImage(canvas, -origin[0], -origin[1]);
    const moments = peopleAt(this.#scene, time);
    for (const { index, skeleton } of moments) {
      drawShadow(context, camera, { skeleton, person: people[index] });
    }
    for (const { all } of moments) drawParts(context, all, shading);
    for (const occluder of occluders) drawOccluder(context, occluder);
    context.resetTransform();
  }
}

/** A soft dark spot on the ground under the feet, fainter under somebody who jumps. */
function drawShadow(
  context: SKRSContext2D,
  camera: Camera,
  { skeleton, person }: { skeleton: Skeleton; person: ScenePerson },
): void {
  const { left_ankle: left, right_ankle: right } = skeleton.joints;
  const h = person.body.height;
  const air = Math.max(0, Math.min(left[1], right[1]) - person.body.ankle);
  const { point: [x, y], scale } = project(camera, [
    (left[0] + right[0] + skeleton.pelvis[0]) / 3,
    0,
    (left[2] + right[2] + skeleton.pelvis[2]) / 3,
  ]);
  const radius = scale * (0.13 * h + Math.abs(left[0] - right[0]) / 2);
  const flat = scale * (0.05 * h + 0.1 * Math.abs(left[2] - right[2]));
  context.save();
  context.translate(x, y);
  context.scale(1, flat / radius);
  const shade = context.createRadialGradient(0, 0, 0, 0, 0, radius);
  const strength = 0.5 * Math.exp(-air / (0.12 * h));
  shade.addColorStop(0, `rgba(16, 18, 24, ${strength})`);
  shade.addColorStop(0.55, `rgba(16, 18, 24, ${0.65 * strength})`);
  shade.addColorStop(1, "rgba(16, 18, 24, 0)");
  context.fillStyle = shade;
  context.beginPath();
  context.arc(0, 0, radius, 0, 2 * Math.PI);
  context.fill();
  context.restore();
}
