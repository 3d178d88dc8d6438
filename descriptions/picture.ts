import { createCanvas } from "@napi-rs/canvas";
import type { Box } from "../people/box.ts";
import { cropPicture, opaqueCanvas } from "../people/crop_picture.ts";
import { checkFrame, type Frame } from "../people/frame.ts";

/** Size of the pictures that are sent. */
export interface PictureOptions {
  /** Length of the longer side in pixels. */
  longSide: number;
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
  const context = createCanvas(width, height).getContext("2d");
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = "high";
  context.drawImage(opaqueCanvas(frame), 0, 0, width, height);
  const data = new Uint8ClampedArray(context.getImageData(0, 0, width, height).data);
  for (let i = 3; i < data.length; i += 4) data[i] = 255;
  return { width, height, data, ...(frame.name === undefined ? {} : { name: frame.name }) };
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
  const height = checkedSide(options);
  return cropPicture(frame, box, { width: Math.round(height * personAspect), height }).picture;
}

/**
 * Encodes a picture as JPEG.
 *
 * @param picture An opaque picture.
 * @param quality 1 to 100.
 * @returns The file's bytes.
 */
export async function encodeJpeg(picture: Frame, quality = 88): Promise<Uint8Array> {
  return await opaqueCanvas(picture).encode("jpeg", quality);
}

function checkedSide({ longSide }: PictureOptions): number {
  if (!Number.isInteger(longSide) || longSide < 32 || longSide > 4096) {
    throw new RangeError(`Cannot make pictures of ${longSide} pixels, expected an integer from 32 to 4096`);
  }
  return longSide;
}
