/**
 * People in frames: pixels and boxes in, keypoints out.
 *
 * This folder holds frames, boxes, crops, the decoding of heatmaps, keypoint sets, the poses file and drawing. It
 * knows nothing of the model, of devices or of the command line.
 */
import { releaseMemory } from "../files/release_memory.ts";

/** One picture of a clip. */
export interface Frame {
  /** Width in pixels. */
  width: number;
  /** Height in pixels. */
  height: number;
  /** RGBA bytes, row-major, 4 · width · height of them. Alpha is ignored everywhere. */
  data: Uint8ClampedArray;
  /** File name, or the frame's number in a video. */
  name?: string;
}

/**
 * Checks that a value is a frame.
 *
 * @param frame What a caller handed in.
 * @param label How errors call it, for example "frame 3".
 * @returns Nothing; the value is narrowed to a frame.
 * @throws {TypeError} If it has no pixels.
 * @throws {RangeError} If its size is no positive integer or its bytes do not fit the size.
 */
export function checkFrame(frame: unknown, label: string): asserts frame is Frame {
  const { width, height, data } = (frame ?? {}) as { width?: unknown; height?: unknown; data?: unknown };
  if (!(data instanceof Uint8ClampedArray || data instanceof Uint8Array)) {
    throw new TypeError(`Cannot read ${label}: found no RGBA bytes, expected { width, height, data }`);
  }
  if (!isSize(width) || !isSize(height)) {
    throw new RangeError(`Cannot read ${label}: found size ${width}×${height}, expected positive integers`);
  }
  if (data.length !== 4 * width * height) {
    throw new RangeError(
      `Cannot read ${label}: found ${data.length} bytes, expected ${
        4 * width * height
      } (RGBA of ${width}×${height})`,
    );
  }
}

/**
 * Gives a frame's memory back at once instead of when the collector runs, so that memory stays flat over a long clip.
 *
 * @param frame A frame that nobody uses any more; its pixels are gone afterwards.
 */
export function releaseFrame(frame: Frame): void {
  releaseMemory(frame.data.buffer);
}

function isSize(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) > 0;
}
