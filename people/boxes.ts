import { basename } from "node:path";
import { type Box, boxFault } from "./box.ts";
import { readBoxEntries } from "./box_entries.ts";
import { type ClipFacts, type FrameKey, matchFrames } from "./frame_match.ts";

/** A person to pose. */
export interface PersonBox {
  /** The box in pixels. */
  box: Box;
  /** The detector's score; 1 where there was none. */
  score: number;
  /** The person's number in the clip, where the source has one. */
  trackId?: number;
}

/** A frame whose people are asked for. */
export interface FramePlace extends FrameKey {
  /** Width in pixels. */
  width: number;
  /** Height in pixels. */
  height: number;
}

/** The people of each frame. */
export interface BoxSource {
  /**
   * Gives the people of one frame.
   *
   * @param frame Number, name and size of the frame.
   * @returns The people in the source's order; none if the source knows nobody there.
   * @throws {RangeError} If a box lies wholly outside the frame.
   */
  of(frame: FramePlace): PersonBox[];
}

/** How boxes are read. */
export interface BoxesOptions {
  /**
   * People with a smaller score are left out.
   *
   * @default {0}
   */
  threshold?: number;
  /**
   * Number of the first frame in a file that counts frames.
   *
   * @default {found out as `matchFrames` describes}
   */
  firstImageId?: 0 | 1;
}

/**
 * Opens the people of a clip: a file of COCO detections, PoseTrack 2018 annotations or our own `poses.json`, or the
 * word `full` for one person who fills each frame.
 *
 * @param source Path of the file, or `full`.
 * @param clip What is known of the frames.
 * @param options Threshold, and how the file counts.
 * @returns The people of each frame.
 * @throws {RangeError} If the threshold is no number.
 * @throws {Error} If the file cannot be read.
 * @throws {SyntaxError} If it is not JSON.
 * @throws {TypeError} If it is another kind of file, has faulty entries, or is about other frames.
 */
export async function openBoxes(
  source: string,
  clip: ClipFacts,
  options: BoxesOptions = {},
): Promise<BoxSource> {
  const { threshold = 0, firstImageId } = options;
  if (!Number.isFinite(threshold)) {
    throw new RangeError(`Cannot filter boxes by a score of ${threshold}, expected a number`);
  }
  if (source === "full") return fullFrames;
  const file = basename(source);
  const entries = readBoxEntries(await readText(source), file);
  const entriesAt = matchFrames(entries, clip, {
    file,
    ...(firstImageId === undefined ? {} : { firstImageId }),
  });
  return {
    of(frame) {
      return entriesAt(frame).filter(({ score }) => score >= threshold).map(
        ({ where, image: _, ...person }) => {
          const fault = boxFault(person.box, frame);
          if (!fault) return person;
          const name = frame.name ?? String(frame.index);
          throw new RangeError(`Cannot use ${where} of ${file} in frame ${name}: ${fault}`);
        },
      );
    },
  };
}

/** One person who fills the frame. */
const fullFrames: BoxSource = {
  of: ({ width, height }) => [{ box: [0, 0, width, height], score: 1 }],
};

async function readText(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound
      ? "it does not exist"
      : error instanceof Error
      ? error.message
      : String(error);
    throw new Error(`Cannot read boxes from ${path}: ${reason}, expected a JSON file or the word full`, {
      cause: error,
    });
  }
}
