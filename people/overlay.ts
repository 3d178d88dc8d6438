import { type Canvas, createCanvas, ImageData, type SKRSContext2D } from "@napi-rs/canvas";
import { releaseMemory } from "../files/release_memory.ts";
import { type DrawOptions, drawPoses } from "./draw_pose.ts";
import { checkFrame, type Frame } from "./frame.ts";
import type { Pose } from "./pose.ts";

/** Formats that pictures are written in. */
export type ImageFormat = "png" | "jpeg" | "webp";

/** How a picture is encoded. */
export interface EncodeOptions {
  /**
   * File format.
   *
   * @default {"png"}
   */
  format?: ImageFormat;
  /**
   * Quality of JPEG and WebP, 1 to 100.
   *
   * @default {90}
   */
  quality?: number;
}

/** Paints poses over frames and encodes the pictures, one after another in the same memory. */
export class OverlayPainter {
  readonly #canvas: Canvas = createCanvas(1, 1);
  #context: SKRSContext2D = this.#canvas.getContext("2d");
  readonly #options: DrawOptions;

  /**
   * Makes a painter; its first picture decides nothing about the next.
   *
   * @param options What is drawn of each pose.
   */
  constructor(options: DrawOptions) {
    this.#options = options;
  }

  /**
   * Paints one frame's people. Calls must not overlap.
   *
   * @param frame The picture; it stays as it is.
   * @param poses The people in it.
   * @param options File format and quality.
   * @returns The content of an image file.
   * @throws {TypeError} If the frame is none or a pose has another number of joints than the keypoint set.
   * @throws {RangeError} If format or quality are unknown.
   */
  async paint(
    frame: Frame,
    poses: readonly Pose[],
    options: EncodeOptions = {},
  ): Promise<Uint8Array<ArrayBuffer>> {
    this.#show(frame);
    drawPoses(this.#context, poses, this.#options);
    return await encode(this.#canvas, options);
  }

  #show(frame: Frame): void {
    checkFrame(frame, "the frame to paint on");
    const { width, height, data } = frame;
    if (this.#canvas.width !== width || this.#canvas.height !== height) {
      this.#canvas.width = width;
      this.#canvas.height = height;
      this.#context = this.#canvas.getContext("2d");
    }
    this.#context.putImageData(new ImageData(data, width, height), 0, 0);
  }
}

/**
 * Encodes a frame as an image file.
 *
 * @param frame The picture.
 * @param options File format and quality.
 * @returns The content of the file.
 * @throws {TypeError} If the frame is none.
 * @throws {RangeError} If format or quality are unknown.
 */
export async function encodeImage(
  frame: Frame,
  options: EncodeOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  checkFrame(frame, "the frame to encode");
  const canvas = createCanvas(frame.width, frame.height);
  canvas.getContext("2d").putImageData(new ImageData(frame.data, frame.width, frame.height), 0, 0);
  return await encode(canvas, options);
}

async function encode(
  canvas: Canvas,
  { format = "png", quality = 90 }: EncodeOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  if (!["png", "jpeg", "webp"].includes(format)) {
    throw new RangeError(`Cannot encode an image as "${format}", expected png, jpeg or webp`);
  }
  if (!(quality >= 1 && quality <= 100)) {
    throw new RangeError(`Cannot encode an image with quality ${quality}, expected 1 to 100`);
  }
  const encoded = await (format === "png" ? canvas.encode("png") : canvas.encode(format, quality));
  const copy = new Uint8Array(encoded);
  releaseMemory(encoded);
  return copy;
}
