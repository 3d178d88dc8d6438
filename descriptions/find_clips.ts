import { basename, extname, join, resolve } from "node:path";
import { imageEndings } from "../people/frames.ts";
import { compareNaturally } from "../people/natural_sort.ts";

/** A clip that was found. */
export interface FoundClip {
  /** Its name: that of the folder or file, with the folders between it and where the search began in front. */
  name: string;
  /** Its path. */
  path: string;
}

/** Endings of files that count as videos when a folder is searched; a file that is named itself needs none of them. */
const videoEndings: readonly string[] = [".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg"];

/**
 * Finds the clips of a dataset: a folder with images is one clip, and of a folder without images the folders and
 * video files in it are searched. A file is a clip itself.
 *
 * @param path A file or a folder.
 * @returns Clips in natural order of their paths.
 * @throws {Error} If there is none, or the path does not exist.
 */
export async function findClips(path: string): Promise<FoundClip[]> {
  const stat = await Deno.stat(path).catch(() => undefined);
  if (stat === undefined) {
    throw new Error(
      `Cannot find clips in ${path}: it does not exist, expected images, a video or folders of them`,
    );
  }
  const name = stat.isDirectory ? basename(resolve(path)) : basename(path, extname(path));
  if (!stat.isDirectory || await holdsImages(path)) return [{ name, path }];
  const clips = await search(path, "");
  if (clips.length === 0) {
    throw new Error(`Cannot find clips in ${path}: it holds no images and no videos, nor do its folders`);
  }
  return clips;
}

async function search(folder: string, prefix: string): Promise<FoundClip[]> {
  const entries = (await Array.fromAsync(Deno.readDir(folder)))
    .filter(({ name }) => !name.startsWith("."))
    .sort((a, b) => compareNaturally(a.name, b.name));
  const clips: FoundClip[] = [];
  for (const entry of entries) {
    const path = join(folder, entry.name);
    const isFolder = entry.isDirectory || (entry.isSymlink && (await Deno.stat(path)).isDirectory);
    if (!isFolder) {
      const ending = extname(entry.name);
      if (videoEndings.includes(ending.toLowerCase())) {
        clips.push({ name: prefix + basename(entry.name, ending), path });
      }
    } else if (await holdsImages(path)) clips.push({ name: prefix + entry.name, path });
    else if (!entry.isSymlink) clips.push(...await search(path, `${prefix}${entry.name}/`));
  }
  return clips;
}

async function holdsImages(folder: string): Promise<boolean> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (!isDirectory && !name.startsWith(".") && imageEndings.includes(extname(name).toLowerCase())) {
      return true;
    }
  }
  return false;
}
