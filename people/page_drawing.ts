import { type Canvas, createCanvas, ImageData, type SKRSContext2D } from "@napi-rs/canvas";
import type { Extent } from "./crop_geometry.ts";
import { opaqueCanvas } from "./crop_picture.ts";
import { drawingFont } from "./drawing_font.ts";
import type { Frame } from "./frame.ts";

/** How a line of text is written. */
export interface WriteStyle {
  /** Left edge in pixels, or the right one where `align` is `"right"`. */
  x: number;
  /** Baseline in pixels. */
  y: number;
  /** Size of the letters in pixels. */
  size: number;
  /** Weight, 100 to 900. */
  weight: number;
  /** CSS colour. */
  color: string;
  /**
   * Which edge `x` is.
   *
   * @default {"left"}
   */
  align?: "left" | "right";
  /** Most width in pixels; longer text is set narrower. */
  width?: number;
}

/** Colours of a page. */
export const colors = { paper: "#fbf8f1", ink: "#17191c", muted: "#6d7178" } as const;

/** A rectangle in pixels. */
export interface Place extends Extent {
  /** Left edge. */
  x: number;
  /** Top edge. */
  y: number;
}

/**
 * Writes a line of text.
 *
 * @param context Where to draw.
 * @param text The line.
 * @param style Place, size and colour.
 * @returns Its width in pixels.
 */
export function write(
  context: SKRSContext2D,
  text: string,
  style: WriteStyle,
): number {
  context.font = `${style.weight} ${style.size}px ${drawingFont()}`;
  context.textAlign = style.align ?? "left";
  context.textBaseline = "alphabetic";
  context.fillStyle = style.color;
  context.fillText(text, style.x, style.y, style.width);
  return Math.min(context.measureText(text).width, style.width ?? Infinity);
}

/**
 * A share for readers, for example `7.3 %`.
 *
 * @param share From 0 to 1.
 * @returns The text.
 */
export function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)} %`;
}

/**
 * Draws a picture with round corners.
 *
 * @param context Where to draw.
 * @param picture The picture.
 * @param place Where it goes; it is scaled to it.
 */
export function drawPicture(
  context: SKRSContext2D,
  picture: Canvas,
  place: Place,
): void {
  context.save();
  context.beginPath();
  context.roundRect(place.x, place.y, place.width, place.height, 10);
  context.clip();
  context.drawImage(picture, place.x, place.y, place.width, place.height);
  context.restore();
}

/**
 * Draws a bar with a scale of colours.
 *
 * @param context Where to draw.
 * @param place The bar.
 * @param colorAt Colour of a value from 0 to 1.
 */
export function drawScale(
  context: SKRSContext2D,
  place: Place,
  colorAt: (value: number) => string,
): void {
  const gradient = context.createLinearGradient(place.x, 0, place.x + place.width, 0);
  for (let i = 0; i <= 10; i++) gradient.addColorStop(i / 10, colorAt(i / 10));
  context.fillStyle = gradient;
  context.beginPath();
  context.roundRect(place.x, place.y, place.width, place.height, place.height / 2);
  context.fill();
  context.strokeStyle = "rgba(23, 25, 28, 0.14)";
  context.lineWidth = 1;
  context.stroke();
}

/**
 * Scales a picture to a place on a page.
 *
 * @param picture RGBA pixels; alpha is ignored.
 * @param size Size on the page in pixels.
 * @param density Pixels of the result per pixel of the page.
 * @returns The scaled picture, opaque.
 */
export function resizedPicture(picture: Frame, size: Extent, density: number): Frame {
  const width = Math.round(size.width * density);
  const height = Math.round(size.height * density);
  const context = createCanvas(width, height).getContext("2d");
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = "high";
  context.drawImage(opaqueCanvas(picture), 0, 0, width, height);
  return { width, height, data: new Uint8ClampedArray(context.getImageData(0, 0, width, height).data) };
}

/**
 * A canvas with a picture's pixels.
 *
 * @param picture RGBA pixels.
 * @returns The canvas.
 */
export function pictureCanvas({ width, height, data }: Frame): Canvas {
  const canvas = createCanvas(width, height);
  canvas.getContext("2d").putImageData(new ImageData(data, width, height), 0, 0);
  return canvas;
}
