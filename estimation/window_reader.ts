/** Windows around chosen frames of a sequence of image files: only what a window needs is decoded, once. */
import { type Frame, releaseFrame } from "../people/frame.ts";
import { ImageDecoder } from "../people/image_decoder.ts";

/** Reads the frames around keyframes that are asked for in order of time. */
export class WindowReader {
  readonly #paths: readonly string[];
  readonly #span: number;
  readonly #decoder = new ImageDecoder();
  readonly #frames = new Map<number, Frame>();

  /**
   * @param paths Image files in order of time.
   * @param span Temporal span ω.
   */
  constructor(paths: readonly string[], span: number) {
    this.#paths = paths;
    this.#span = span;
  }

  /**
   * The 2ω+1 frames around a keyframe; at the ends the end frame is repeated.
   *
   * @param index Number of the keyframe.
   * @returns Frames in order of time.
   * @throws {Error} When an image cannot be read.
   */
  async window(index: number): Promise<Frame[]> {
    const frames: Frame[] = [];
    for (let offset = -this.#span; offset <= this.#span; offset++) {
      frames.push(await this.#frame(Math.min(Math.max(index + offset, 0), this.#paths.length - 1)));
    }
    return frames;
  }

  /** Frees frames that no window from keyframe `index` on needs. */
  release(index: number): void {
    for (const [at, frame] of this.#frames) {
      if (at >= index - this.#span) continue;
      releaseFrame(frame);
      this.#frames.delete(at);
    }
  }

  async #frame(index: number): Promise<Frame> {
    let frame = this.#frames.get(index);
    if (!frame) {
      frame = await this.#decoder.decodeFile(this.#paths[index]);
      this.#frames.set(index, frame);
    }
    return frame;
  }
}
