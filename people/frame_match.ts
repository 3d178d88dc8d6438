import { basename, dirname, extname } from "node:path";
import type { BoxEntry } from "./box_entries.ts";

/** What is known of a clip before its frames are read; a `FrameSource` is one. */
export interface ClipFacts {
  /** Name of the clip: its folder, or its video without the ending. */
  readonly clip: string;
  /** Names of the frames, empty if unknown. */
  readonly names: readonly string[];
  /** Number of frames, absent if unknown. */
  readonly length?: number;
}

/** Which frame is asked for. */
export interface FrameKey {
  /** Number in the clip, from 0. */
  index: number;
  /** File name. */
  name?: string;
}

/** Tells whether an entry belongs to a frame, by equality of keys. */
interface Matching {
  keyOf(entry: BoxEntry): string | undefined;
  keyAt(frame: FrameKey): string;
}

/**
 * Finds out how a boxes file counts frames, and sorts its entries by frame.
 *
 * 1. File names: an entry belongs to the frame of the same name, ending and leading zeros aside. If the file knows
 *    several folders, the one that is called like the clip counts.
 * 2. PoseTrack numbers, 1vvvvvvffff: v are the six digits that the clip's name begins with (ignored if the file has
 *    one video only and the clip has no such name), f is the number in the frame's name, or else its index.
 * 3. Other whole numbers: the numbers in the frames' names if all occur there; otherwise they count frames, from 1 if
 *    no 0 occurs and the largest is the number of frames, and from 0 if not. `firstImageId` settles it beforehand.
 *
 * @param entries All entries of a file.
 * @param clip What is known of the clip.
 * @param options The file's name for errors, and the id of the first frame if the caller knows it.
 * @returns The entries of each frame.
 * @throws {TypeError} If names and numbers are mixed, or the file is about other frames.
 */
export function matchFrames(
  entries: readonly BoxEntry[],
  clip: ClipFacts,
  options: { file: string; firstImageId?: 0 | 1 },
): (frame: FrameKey) => readonly BoxEntry[] {
  if (entries.length === 0) return () => [];
  const fail = (found: string, expected: string) =>
    new TypeError(
      `Cannot match ${options.file} to the frames of ${clip.clip}: ${found}, expected ${expected}`,
    );
  const images = [...new Set(entries.map(({ image }) => image))];
  const named = images.filter((image) => typeof image === "string");
  if (named.length > 0 && named.length < images.length) {
    throw fail("it mixes file names and numbers", "one of them");
  }
  const numbers = images as number[];
  const matching = named.length > 0
    ? byFileName(named, clip, fail)
    : numbers.every((id) => id >= 1e10 && id < 2e10)
    ? byPoseTrackId(numbers, clip, fail)
    : byNumber(numbers, clip, options.firstImageId);
  const table = new Map<string, BoxEntry[]>();
  for (const entry of entries) {
    const key = matching.keyOf(entry);
    if (key === undefined) continue;
    const list = table.get(key);
    if (list) list.push(entry);
    else table.set(key, [entry]);
  }
  const isKnown = clip.names.length > 0;
  if (
    isKnown && entries.length > 0 &&
    !clip.names.some((name, index) => table.has(matching.keyAt({ index, name })))
  ) {
    throw fail(
      `none of its ${images.length} images (${String(images[0])}, …) is among the frames (${
        clip.names[0]
      }, …)`,
      "boxes of these frames",
    );
  }
  return (frame) => table.get(matching.keyAt(frame)) ?? [];
}

type Fail = (found: string, expected: string) => TypeError;

function byFileName(images: readonly string[], { clip, names }: ClipFacts, fail: Fail): Matching {
  const folders = new Set(images.map(folderOf).filter((folder) => folder !== ""));
  const wanted = new Set(names.map(folderOf));
  if (folders.size <= 1 && wanted.size <= 1) {
    return { keyOf: ({ image }) => stem(image as string), keyAt: frameStem };
  }
  const folderIn = (name: string) => folderOf(name) || clip;
  if (![clip, ...wanted].some((folder) => folders.has(folder))) {
    throw fail(
      `it is about ${folders.size} clips (${[...folders].slice(0, 5).join(", ")})`,
      "this one among them",
    );
  }
  return {
    keyOf: ({ image }) => `${folderIn(image as string)}/${stem(image as string)}`,
    keyAt: (frame) => `${folderIn(frame.name ?? "")}/${frameStem(frame)}`,
  };
}

function byPoseTrackId(ids: readonly number[], { clip, names }: ClipFacts, fail: Fail): Matching {
  const videoOf = (id: number) => String(Math.floor(id / 1e4) % 1e6).padStart(6, "0");
  const videos = new Set(ids.map(videoOf));
  const digits = (name: string) => name.match(/^(\d{6})(?!\d)/)?.[1];
  const only = videos.size === 1 ? [...videos][0] : undefined;
  const videoAt = (name: string) => digits(folderOf(name)) ?? digits(clip) ?? only;
  const asked = new Set((names.length > 0 ? names : [""]).map(videoAt));
  if (![...asked].some((video) => video !== undefined && videos.has(video))) {
    throw fail(
      `it is about the PoseTrack videos ${[...videos].slice(0, 5).join(", ")}`,
      `a folder or video whose name begins with the six digits of one of them`,
    );
  }
  return {
    keyOf: ({ image }) => `${videoOf(image as number)}/${(image as number) % 1e4}`,
    keyAt: (frame) => `${videoAt(frame.name ?? "")}/${numberIn(frame.name) ?? frame.index}`,
  };
}

function byNumber(ids: readonly number[], { names, length }: ClipFacts, firstImageId?: 0 | 1): Matching {
  const keyOf = ({ image }: BoxEntry) => String(image);
  const from = (first: number): Matching => ({ keyOf, keyAt: ({ index }) => String(index + first) });
  if (firstImageId !== undefined) return from(firstImageId);
  const numbers = new Set(names.map(numberIn));
  if (ids.every((id) => numbers.has(id))) {
    return { keyOf, keyAt: ({ name, index }) => String(numberIn(name) ?? index) };
  }
  const largest = ids.reduce((a, b) => Math.max(a, b), 0);
  return from(!ids.includes(0) && largest === length ? 1 : 0);
}

/** Name of the folder that a file name says it is in; empty if it says none. */
function folderOf(path: string): string {
  const folder = basename(dirname(path.replaceAll("\\", "/")));
  return folder === "." ? "" : folder;
}

/** File name without folder, ending and leading zeros. */
function stem(path: string): string {
  const name = basename(path.replaceAll("\\", "/"));
  return name.slice(0, name.length - extname(name).length).replace(/^0+(?=\d+$)/, "");
}

function frameStem({ name, index }: FrameKey): string {
  return name === undefined ? String(index) : stem(name);
}

/** The number that a name consists of, or ends in. */
function numberIn(name: string | undefined): number | undefined {
  const digits = name === undefined ? undefined : stem(name).match(/(\d+)$/)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
