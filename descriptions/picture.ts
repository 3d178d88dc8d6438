import { type Canvas, createCanvas, ImageData } from "@napi-rs/canvas";
import { type Box, boxFault } from "../people/box.ts";
import { cropTransform } from "../people/crop_geometry.ts";
import { checkFrame, type Frame } from "../people/frame.ts";

/** Size of the pictures that are sent. */
export interface PictureOptions {
  /** Length of the longer side in pixels. */
  longSide: number;
}

/** A rectangle of a frame, in pixels; it may reach beyond the frame. */
interface Region {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Width and height of a person's crop stand as the model's: 192 to 256. */
const personAspect = 3 / 4;

/**
 * Makes the picture of a whole frame, smaller where it is too large, never larger.
 *
 * @param frame RGBA pixels; alpha is ignored.
 * @param options Size.
 * @returns An opaque picture of its own memory.
 */
export function framePicture(frame: Frame, options: PictureOptions): Frame {
  checkFrame(frame, frame.name ?? "a frame");
  const scale = Math.min(1, checkedSide(options) / Math.max(frame.width, frame.height));
  const width = Math.max(1, Math.round(frame.width * scale));
  const height = Math.max(1, Math.round(frame.height * scale));
  return draw(frame, { x: 0, y: 0, width: frame.width, height: frame.height }, { width, height });
}

/**
 * Makes the picture of one person: the box grown to 3:4 and then by 1.25, as the model crops it, black beyond the
 * frame. All pictures have the same size, however large the person is.
 *
 * @param frame RGBA pixels; alpha is ignored.
 * @param box The person's box in pixels.
 * @param options Size; the longer side is the height.
 * @returns An opaque picture.
 * @throws {RangeError} If the box lies wholly outside the frame, or is no box.
 */
export function personPicture(frame: Frame, box: Box, options: PictureOptions): Frame {
  checkFrame(frame, frame.name ?? "a frame");
  const fault = boxFault(box, frame);
  if (fault) throw new RangeError(`Cannot crop a person from ${frame.name ?? "a frame"}: ${fault}`);
  const height = checkedSide(options);
  const width = Math.max(2, Math.round(height * personAspect));
  const { center, scale } = cropTransform(box, { width, height });
  const region = { width: scale[0] * 200, height: scale[1] * 200 };
  return draw(
    frame,
    { x: center[0] + 0.5 - region.width / 2, y: center[1] + 0.5 - region.height / 2, ...region },
    { width, height },
  );
}

/**
 * Encodes a picture as JPEG.
 *
 * @param picture An opaque picture.
 * @param quality 1 to 100.
 * @returns The file's bytes.
 */
export async function encodeJpeg(picture: Frame, quality = 88): Promise<Uint8Array> {
  return await canvasOf(picture).encode("jpeg", quality);
}

function draw(frame: Frame, region: Region, size: { width: number; height: number }): Frame {
  const { width, height } = size;
  const target = createCanvas(width, height);
  const context = target.getContext("2d");
  context.fillStyle = "black";
  context.fillRect(0, 0, width, height);
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = "high";
  const [scaleX, scaleY] = [width / region.width, height / region.height];
  context.drawImage(
    canvasOf(frame),
    -region.x * scaleX,
    -region.y * scaleY,
    frame.width * scaleX,
    frame.height * scaleY,
  );
  const data = new Uint8ClampedArray(context.getImageData(0, 0, width, height).data);
  return { width, height, data, ...(frame.name === undefined ? {} : { name: frame.name }) };
}

/** A canvas with the frame's colours, every alpha 255. */
function canvasOf({ width, height, data }: Frame): Canvas {
  const canvas = createCanvas(width, height);
  const pixels = new Uint8ClampedArray(data);
  for (let i = 3; i < pixels.length; i += 4) pixels[i] = 255;
  canvas.getContext("2d").putImageData(new ImageData(pixels, width, height), 0, 0);
  return canvas;
}

function checkedSide({ longSide }: PictureOptions): number {
  if (!Number.isInteger(longSide) || longSide < 32 || longSide > 4096) {
    throw new RangeError(`Cannot make pictures of ${longSide} pixels, expected an integer from 32 to 4096`);
  }
  return longSide;
}
