import { type Canvas, createCanvas } from "@napi-rs/canvas";
import type { Camera } from "../camera.ts";
import type { Random } from "../random.ts";
import { drawGym, drawRoom, drawStudio } from "./indoors.ts";
import { drawBeach, drawField, drawPark, drawStreet } from "./outdoors.ts";
import type { Stage } from "./stage.ts";

/** Where a scene takes place. */
export type PlaceName = "park" | "street" | "gym" | "beach" | "room" | "field" | "studio";

/** How each place is drawn. */
const places: Readonly<Record<PlaceName, (stage: Stage) => void>> = {
  park: drawPark,
  street: drawStreet,
  gym: drawGym,
  beach: drawBeach,
  room: drawRoom,
  field: drawField,
  studio: drawStudio,
};

/** The names of the places. */
export const placeNames: readonly PlaceName[] = Object.keys(places) as PlaceName[];

/** By how much a background is larger than a frame on every side: shares of the frame's width and height. */
export const margin: readonly [number, number] = [0.42, 0.2];

/** A background, drawn once for a whole clip. */
export interface Background {
  /** The picture: the still picture with a margin on every side. */
  canvas: Canvas;
  /** Column and row of the still picture's left upper corner in it. */
  origin: readonly [number, number];
}

/**
 * Draws a background.
 *
 * @param place Where the scene takes place.
 * @param options The camera, the distance of a wall in metres, and random numbers.
 * @returns The background.
 */
export function drawBackground(
  place: PlaceName,
  { camera, wall, random }: { camera: Camera; wall: number; random: Random },
): Background {
  const { width, height } = camera.size;
  const origin = [Math.round(margin[0] * width), Math.round(margin[1] * height)] as const;
  const canvas = createCanvas(width + 2 * origin[0], height + 2 * origin[1]);
  const context = canvas.getContext("2d");
  const horizon = camera.horizon + origin[1];
  const stage: Stage = {
    context,
    horizon,
    wallFoot: horizon + camera.focal * camera.eye / wall,
    unit: height,
    random,
  };
  context.fillStyle = "grey"; // shines through where two bands meet within a row of pixels
  context.fillRect(0, 0, canvas.width, canvas.height);
  places[place](stage);
  addGrain(stage);
  addTone(stage);
  context.getImageData(0, 0, 1, 1); // the canvas draws when it is read: into pixels now, not into every frame anew
  return { canvas, origin };
}

/** Fine grain over everything: no surface of a photograph is quite even. */
function addGrain({ context, random }: Stage): void {
  const side = 96;
  const tile = createCanvas(side, side);
  const tileContext = tile.getContext("2d");
  const picture = tileContext.createImageData(side, side);
  const strength = random.between(3, 16);
  for (let i = 0; i < picture.data.length; i += 4) {
    const bits = random.bits();
    picture.data.fill(bits & 128 ? 255 : 0, i, i + 3);
    picture.data[i + 3] = ((bits >>> 8) & 255) / 255 * strength;
  }
  tileContext.putImageData(picture, 0, 0);
  for (let y = 0; y < context.canvas.height; y += side) {
    for (let x = 0; x < context.canvas.width; x += side) context.drawImage(tile, x, y);
  }
}

/** Light of the hour: warm or cold, brighter or darker at the rims. */
function addTone({ context, random }: Stage): void {
  const { width, height } = context.canvas;
  const warm = random.between(-1, 1);
  context.fillStyle = warm > 0
    ? `rgba(255, 190, 110, ${0.14 * warm})`
    : `rgba(90, 140, 255, ${0.12 * -warm})`;
  context.fillRect(0, 0, width, height);
  context.fillStyle = `rgba(0, 0, 0, ${random.between(0, 0.22)})`;
  context.fillRect(0, 0, width, height);
}
