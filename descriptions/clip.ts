import { join } from "node:path";
import type { Frame } from "../people/frame.ts";
import { type FrameSource, openFrames } from "../people/frames.ts";
import { sampleIndices, type SampleWindow } from "./sample_indices.ts";

/** Frames of a clip that were picked. */
export interface ClipSample {
  /** The frames. */
  frames: Frame[];
  /** Number of each of them in the clip, from 0. */
  sampled: number[];
}

/** A clip of which some frames are wanted, by number. */
export class Clip {
  /** Name of the clip, as descriptions carry it. */
  readonly name: string;
  /** File names of the frames; empty for a video. */
  readonly frameNames: readonly string[];
  /** Frames per second, if it is a video that says so. */
  readonly frameRate: number | undefined;
  readonly #source: FrameSource;
  /** Path of each frame's file, where frames are files. */
  readonly #paths: readonly string[];
  #length: number;

  private constructor(
    source: FrameSource,
    options: { name: string; paths: readonly string[]; length: number },
  ) {
    this.name = options.name;
    this.frameNames = source.names;
    this.frameRate = source.frameRate;
    this.#source = source;
    this.#paths = options.paths;
    this.#length = options.length;
  }

  /**
   * Opens a clip: one image, several, a folder of images, or a video file. A video that does not say how many frames
   * it has is read once to count them.
   *
   * @param input One path or several paths of images.
   * @param name Name of the clip, if not that of the folder or file.
   * @returns The clip.
   * @throws {Error} As {@linkcode openFrames} does.
   */
  static async open(input: string | readonly string[], name?: string): Promise<Clip> {
    const source = await openFrames(input);
    const paths = source.kind === "video" ? [] : await framePaths(input, source.names);
    const length = source.length ?? await count(source);
    return new Clip(source, { name: name ?? source.clip, paths, length });
  }

  /** Number of frames; of a video what it declares, until reading shows otherwise. */
  get length(): number {
    return this.#length;
  }

  /**
   * Reads some frames.
   *
   * @param indices Frame numbers, ascending.
   * @returns The frames in that order.
   * @throws {RangeError} If the clip ends before the last of them; its `length` is then corrected.
   */
  async read(indices: readonly number[]): Promise<Frame[]> {
    if (this.#paths.length > 0) return await this.#readFiles(indices);
    const frames: Frame[] = [];
    let index = 0;
    for await (const frame of this.#source) {
      if (index++ === indices[frames.length]) frames.push(frame);
      if (frames.length === indices.length) return frames;
    }
    this.#length = index;
    throw new RangeError(
      `Cannot read frame ${indices[frames.length]} of ${this.name}: it has ${index} frames`,
    );
  }

  /**
   * Picks frames evenly over the clip or a part of it.
   *
   * @param count How many, at most.
   * @param window Part of the clip.
   * @returns The frames with their numbers.
   * @throws {RangeError} If the window begins beyond the clip.
   */
  async sample(count: number, window?: SampleWindow): Promise<ClipSample> {
    const declared = this.#length;
    const sampled = sampleIndices(declared, count, window);
    try {
      return { frames: await this.read(sampled), sampled };
    } catch (error) {
      if (this.#length === declared || this.#length === 0) throw error;
      const corrected = sampleIndices(this.#length, count, window);
      return { frames: await this.read(corrected), sampled: corrected };
    }
  }

  async #readFiles(indices: readonly number[]): Promise<Frame[]> {
    const paths = indices.map((index) => {
      if (index < this.#paths.length) return this.#paths[index];
      throw new RangeError(`Cannot read frame ${index} of ${this.name}: it has ${this.#paths.length} frames`);
    });
    const frames: Frame[] = [];
    for await (const frame of await openFrames(paths)) frames.push(frame);
    return frames;
  }
}

async function framePaths(input: string | readonly string[], names: readonly string[]): Promise<string[]> {
  if (typeof input !== "string") return [...input];
  const { isDirectory } = await Deno.stat(input);
  return isDirectory ? names.map((name) => join(input, name)) : [input];
}

async function count(source: FrameSource): Promise<number> {
  let length = 0;
  for await (const _ of source) length++;
  return length;
}
