import { stat } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import type { Sequence } from "./sequence.ts";

/**
 * Resolves the images of sequences against a root and checks that all are there.
 *
 * @param sequences Sequences to check, one in memory at a time.
 * @param root Folder that the file names of the annotations start from.
 * @returns Number of images found.
 * @throws {Error} If images are missing: all are named, at once.
 */
export async function requireImages(
  sequences: Iterable<Sequence> | AsyncIterable<Sequence>,
  root: string,
): Promise<number> {
  const missing: string[] = [];
  let found = 0;
  for await (const sequence of sequences) {
    for (const frame of sequence.frames) {
      if (frame.fileName === "") {
        missing.push(`${sequence.file}: ${frame.place} names no image`);
        continue;
      }
      const present = await stat(imagePath(root, frame.fileName)).then((file) => file.isFile(), () => false);
      if (present) found++;
      else missing.push(frame.fileName);
    }
  }
  if (missing.length > 0) {
    const count = missing.length === 1 ? "1 image is" : `${missing.length} images are`;
    throw new Error(`Cannot find the images under ${root}: ${count} missing:\n  ${missing.join("\n  ")}`);
  }
  return found;
}

/**
 * The path of an image.
 *
 * @param root Folder that the file names of the annotations start from.
 * @param fileName Image file, as the annotation names it.
 * @returns Its path.
 */
export function imagePath(root: string, fileName: string): string {
  return isAbsolute(fileName) ? fileName : join(root, fileName);
}
