import type { Box } from "../people/box.ts";
import type { Frame } from "../people/frame.ts";
import type { Clip } from "./clip.ts";
import { framePicture, personPicture } from "./picture.ts";
import { sampleIndices, type SampleWindow } from "./sample_indices.ts";

/** What a model is shown. */
export interface Sight {
  /** Opaque pictures in the order of time. */
  pictures: Frame[];
  /** Number of each picture's frame in the clip, from 0. */
  sampled: number[];
  /** Number of frames of the clip. */
  clipLength: number;
  /** Frames per second of the clip. */
  frameRate?: number | undefined;
}

/** Something to describe: a clip, or one person in it. */
export interface Subject {
  /** Name of the clip. */
  clip: string;
  /** Track id of the person. */
  person?: number;
  /** Reads the pictures; they are held no longer than the question takes. */
  look(): Promise<Sight>;
}

/** Which pictures are taken. */
export interface SubjectOptions {
  /**
   * How many frames, at most.
   *
   * @default {8}
   */
  frames?: number;
  /** Part of the clip. */
  window?: SampleWindow | undefined;
  /**
   * Longer side of the pictures in pixels.
   *
   * @default {512}
   */
  longSide?: number;
}

/** A person's boxes in a clip. */
export interface PersonTrack {
  /** Track id. */
  person: number;
  /** Box in pixels by frame number, from 0. */
  boxes: ReadonlyMap<number, Box>;
}

/**
 * A whole clip as a subject.
 *
 * @param clip The clip.
 * @param options Which frames.
 * @returns The subject; nothing is read yet.
 */
export function clipSubject(clip: Clip, options: SubjectOptions = {}): Subject {
  const { frames: count = 8, window, longSide = 512 } = options;
  return {
    clip: clip.name,
    async look() {
      const { frames, sampled } = await clip.sample(count, window);
      const pictures = frames.map((frame) => framePicture(frame, { longSide }));
      return { pictures, sampled, clipLength: clip.length, frameRate: clip.frameRate };
    },
  };
}

/**
 * Each person of a clip as a subject: crops from frames picked evenly among those in which the person has a box.
 *
 * @param clip The clip.
 * @param tracks The people.
 * @param options Which frames; people without a box in the window are left out.
 * @returns The subjects; nothing is read yet.
 */
export function personSubjects(
  clip: Clip,
  tracks: readonly PersonTrack[],
  options: SubjectOptions = {},
): Subject[] {
  const { frames: count = 8, window = { first: 0, last: Infinity }, longSide = 512 } = options;
  return tracks.flatMap(({ person, boxes }) => {
    const seen = [...boxes.keys()].filter((index) => index >= window.first && index <= window.last)
      .sort((a, b) => a - b);
    if (seen.length === 0) return [];
    const sampled = sampleIndices(seen.length, count).map((position) => seen[position]);
    return [{
      clip: clip.name,
      person,
      async look() {
        const frames = await clip.read(sampled);
        const pictures = frames.map((frame, i) => personPicture(frame, boxes.get(sampled[i])!, { longSide }));
        return { pictures, sampled, clipLength: clip.length, frameRate: clip.frameRate };
      },
    }];
  });
}
