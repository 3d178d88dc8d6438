/** Decoded frames for batches: images are decoded by workers and kept while there is room. */
import type { Frame } from "../people/frame.ts";

/** What a worker answers. */
export interface DecodeReply {
  /** The image file that was asked for. */
  path: string;
  /** Its pixels. */
  frame?: Frame;
  /** Why there are none. */
  error?: string;
}

interface Waiting {
  resolve: (frame: Frame) => void;
  reject: (error: Error) => void;
}

/** Decoded frames kept for samples that share them, in bytes. */
const keptBytes = 256 * 2 ** 20;
const mostWorkers = 8;

/** Decodes images in other threads, so that the device never waits for them. */
export class FramePool {
  readonly #workers: Worker[] = [];
  /** Frames by path, the least recently used first. */
  readonly #frames = new Map<string, Promise<Frame>>();
  readonly #waiting = new Map<string, Waiting>();
  #bytes = 0;
  #next = 0;

  /**
   * The frame of an image file.
   *
   * @param path The file.
   * @returns Its pixels; they belong to the pool.
   * @throws {Error} When it cannot be read or is no image.
   */
  get(path: string): Promise<Frame> {
    let frame = this.#frames.get(path);
    this.#frames.delete(path);
    frame ??= this.#decode(path);
    this.#frames.set(path, frame);
    return frame;
  }

  /** Ends the workers; frames that are waited for never come. */
  close(): void {
    for (const worker of this.#workers) worker.terminate();
    this.#workers.length = 0;
    this.#frames.clear();
  }

  async #decode(path: string): Promise<Frame> {
    const frame = await new Promise<Frame>((resolve, reject) => {
      this.#waiting.set(path, { resolve, reject });
      this.#worker().postMessage(path);
    }).catch((error: unknown) => {
      this.#frames.delete(path);
      throw error;
    });
    this.#bytes += frame.data.length;
    for (const [oldest, kept] of this.#frames) {
      if (this.#bytes <= keptBytes || oldest === path) break;
      this.#frames.delete(oldest);
      this.#bytes -= await kept.then(({ data }) => data.length, () => 0);
    }
    return frame;
  }

  /** The workers in turn; started at first use, one core is left for the device. */
  #worker(): Worker {
    const count = Math.min(mostWorkers, Math.max(1, navigator.hardwareConcurrency - 1));
    const index = this.#next++ % count;
    if (this.#workers[index] === undefined) {
      const worker = new Worker(new URL("./decode_worker.ts", import.meta.url), { type: "module" });
      worker.onmessage = ({ data }: MessageEvent<DecodeReply>) => this.#answer(data);
      worker.onerror = (event) => {
        event.preventDefault();
        const error = new Error(`Cannot decode images: ${event.message}`);
        for (const { reject } of this.#waiting.values()) reject(error);
        this.#waiting.clear();
      };
      this.#workers[index] = worker;
    }
    return this.#workers[index];
  }

  #answer({ path, frame, error }: DecodeReply): void {
    const waiting = this.#waiting.get(path);
    this.#waiting.delete(path);
    if (frame) waiting?.resolve(frame);
    else waiting?.reject(new Error(error));
  }
}
