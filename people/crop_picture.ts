import { type Canvas, createCanvas, ImageData } from "@napi-rs/canvas";
import { type Box, boxFault } from "./box.ts";
import { cropTransform, type Extent } from "./crop_geometry.ts";
import { checkFrame, type Frame } from "./frame.ts";

/** The part of a picture that shows a frame, as shares of its width and height. */
export interface VisiblePart {
  /** Where it begins, from the left. */
  left: number;
  /** Where it begins, from above. */
  top: number;
  /** Where it ends, from the left. */
  right: number;
  /** Where it ends, from above. */
  bottom: number;
}

/** A person cut out of a frame, for the eye. */
export interface CropPicture {
  /** The crop, opaque, black beyond the frame. */
  picture: Frame;
  /** The part that lies in the frame; the rest is black. */
  visible: VisiblePart;
  /** Pixels of the crop per pixel of the frame. */
  scale: number;
  /**
   * Finds a point of the frame in the crop.
   *
   * @param point A point in pixels of the frame, 0 the centre of the first pixel.
   * @returns The point in pixels of the crop.
   */
  place(point: { x: number; y: number }): { x: number; y: number };
}

/**
 * Cuts a person out of a frame exactly where the model's crop lies, at any size, smoothly scaled.
 *
 * @param frame RGBA pixels; alpha is ignored.
 * @param box The person's box in pixels.
 * @param size Size of the crop in pixels; its aspect should be the model's, 3:4.
 * @returns The crop.
 * @throws {RangeError} If the box is none or lies wholly outside the frame, or the size is no use.
 */
export function cropPicture(frame: Frame, box: Box, size: Extent): CropPicture {
  checkFrame(frame, frame.name ?? "a frame");
  const fault = boxFault(box, frame);
  if (fault) throw new RangeError(`Cannot crop a person from ${frame.name ?? "a frame"}: ${fault}`);
  const { width, height } = size;
  const { center, scale } = cropTransform(box, size);
  const [boxWidth, boxHeight] = [scale[0] * 200, scale[1] * 200];
  const [left, top] = [center[0] - boxWidth / 2, center[1] - boxHeight / 2];
  // the crop's corner pixels have their centres on the corners of the box
  const [scaleX, scaleY] = [(width - 1) / boxWidth, (height - 1) / boxHeight];
  const place = ({ x, y }: { x: number; y: number }) => ({ x: (x - left) * scaleX, y: (y - top) * scaleY });
  const context = createCanvas(width, height).getContext("2d");
  context.fillStyle = "black";
  context.fillRect(0, 0, width, height);
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = "high";
  // a canvas counts from the corner of a pixel, half a pixel before its centre
  const corner = place({ x: -0.5, y: -0.5 });
  const [x, y] = [corner.x + 0.5, corner.y + 0.5];
  const [drawnWidth, drawnHeight] = [frame.width * scaleX, frame.height * scaleY];
  context.drawImage(opaqueCanvas(frame), x, y, drawnWidth, drawnHeight);
  const share = (value: number) => Math.min(Math.max(value, 0), 1);
  const data = new Uint8ClampedArray(context.getImageData(0, 0, width, height).data);
  return {
    picture: { width, height, data, ...(frame.name === undefined ? {} : { name: frame.name }) },
    visible: {
      left: share(x / width),
      top: share(y / height),
      right: share((x + drawnWidth) / width),
      bottom: share((y + drawnHeight) / height),
    },
    scale: (scaleX + scaleY) / 2,
    place,
  };
}

/**
 * A canvas with a frame's colours, every alpha 255.
 *
 * @param frame RGBA pixels.
 * @returns The canvas, of the frame's size.
 */
export function opaqueCanvas({ width, height, data }: Frame): Canvas {
  const canvas = createCanvas(width, height);
  const pixels = new Uint8ClampedArray(data);
  for (let i = 3; i < pixels.length; i += 4) pixels[i] = 255;
  canvas.getContext("2d").putImageData(new ImageData(pixels, width, height), 0, 0);
  return canvas;
}
