import { basename, dirname, extname, join, resolve } from "node:path";
import type { Frame } from "./frame.ts";
import { imageKind } from "./image_container.ts";
import { ImageDecoder } from "./image_decoder.ts";
import { compareNaturally } from "./natural_sort.ts";
import { probeVideo, videoFrames } from "./video_file.ts";

/** Frames in the order of time; every iteration begins anew. */
export interface FrameSource extends AsyncIterable<Frame> {
  /** What the frames come from. */
  readonly kind: "images" | "video";
  /** Name of the clip: the images' folder, or the video file without its ending. */
  readonly clip: string;
  /** Number of frames; of a video what its container declares, which may be wrong. Absent if unknown. */
  readonly length?: number;
  /** Frames per second of a video. */
  readonly frameRate?: number;
  /**
   * Names of the frames: the images' file names, with their folder in front if they come from several. Empty for a
   * video, whose frames are named `000000`, `000001`, ….
   */
  readonly names: readonly string[];
}

/** Endings of files that a folder is searched for. */
export const imageEndings: readonly string[] = [".jpg", ".jpeg", ".png", ".webp", ".bmp"];

/**
 * Opens frames: one image, several, a folder of images, or a video file.
 *
 * Of a folder the images are taken that are not hidden, in natural order (`9.jpg` before `10.jpg`); of several paths
 * the given order is kept. Videos are read through ffmpeg, which must be on the PATH. Frames are read one by one as
 * the iteration asks for them.
 *
 * @param input One path or several paths of images.
 * @returns The frames with what is known before reading them.
 * @throws {TypeError} If no path is given.
 * @throws {Error} If a path does not exist, a folder holds no image, a file is empty, or a video cannot be read.
 */
export async function openFrames(input: string | readonly string[]): Promise<FrameSource> {
  const paths = typeof input === "string" ? [input] : [...input];
  if (paths.length === 0 || !paths.every((path) => typeof path === "string" && path !== "")) {
    throw new TypeError("Cannot open frames: found no path, expected images, a folder or a video file");
  }
  if (paths.length > 1) return await imageSource(paths);
  const [path] = paths;
  const stat = await statOf(path);
  if (stat.isDirectory) return await imageSource(await imagesIn(path), basename(resolve(path)));
  if (stat.size === 0) {
    throw new Error(`Cannot read ${path}: it is empty (0 bytes), expected an image or a video`);
  }
  return await isImage(path) ? await imageSource(paths) : await videoSource(path);
}

async function imageSource(paths: readonly string[], clip?: string): Promise<FrameSource> {
  await checkFiles(paths);
  const folders = new Set(paths.map((path) => dirname(resolve(path))));
  const names = paths.map((path) => folders.size === 1 ? basename(path) : lastTwo(path));
  return {
    kind: "images",
    clip: clip ?? basename(dirname(resolve(paths[0]))),
    length: paths.length,
    names,
    async *[Symbol.asyncIterator]() {
      const decoder = new ImageDecoder();
      for (const [i, path] of paths.entries()) {
        const frame = await decoder.decodeFile(path);
        yield { ...frame, name: names[i] };
      }
    },
  };
}

async function videoSource(path: string): Promise<FrameSource> {
  return {
    kind: "video",
    clip: basename(path, extname(path)),
    ...await probeVideo(path),
    names: [],
    [Symbol.asyncIterator]: () => videoFrames(path),
  };
}

async function imagesIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  let others = 0;
  for await (const entry of Deno.readDir(folder)) {
    const isWanted = !entry.isDirectory && !entry.name.startsWith(".") && hasImageEnding(entry.name);
    if (isWanted) names.push(entry.name);
    else others++;
  }
  if (names.length === 0) {
    const found = others === 0 ? "nothing" : `${others} other ${others === 1 ? "entry" : "entries"}`;
    throw new Error(
      `Cannot read frames from folder ${folder}: found ${found}, expected images (${
        imageEndings.join(", ")
      })`,
    );
  }
  return names.sort(compareNaturally).map((name) => join(folder, name));
}

/** Finds what is missing, empty or a folder before the first frame is read; tells ten at most. */
async function checkFiles(paths: readonly string[]): Promise<void> {
  const problems: string[] = [];
  for (const path of paths) {
    const stat = await statOf(path);
    if (stat.isDirectory) problems.push(`${path} is a folder`);
    else if (stat.size === 0) problems.push(`${path} is empty (0 bytes)`);
    else if (paths.length > 1 && !await isImage(path)) problems.push(`${path} is no image`);
  }
  if (problems.length === 0) return;
  const shown = problems.slice(0, 10).join("; ");
  const more = problems.length > 10 ? `; and ${problems.length - 10} more` : "";
  throw new Error(`Cannot read frames: ${shown}${more}, expected images (${imageEndings.join(", ")})`);
}

/** By ending, and by content where the ending says nothing. */
async function isImage(path: string): Promise<boolean> {
  if (hasImageEnding(path)) return true;
  using file = await Deno.open(path);
  const head = new Uint8Array(12);
  await file.read(head);
  return imageKind(head) !== undefined;
}

function hasImageEnding(path: string): boolean {
  return imageEndings.includes(extname(path).toLowerCase());
}

async function statOf(path: string): Promise<Deno.FileInfo> {
  try {
    return await Deno.stat(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(`Cannot read ${path}: it does not exist, expected images, a folder or a video file`, {
      cause: error,
    });
  }
}

function lastTwo(path: string): string {
  return `${basename(dirname(resolve(path)))}/${basename(path)}`;
}
