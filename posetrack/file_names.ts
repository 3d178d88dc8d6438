import { basename, dirname } from "node:path";

/**
 * The name of an annotation file's sequence: the file name up to its first dot.
 *
 * @param file Path of the file.
 * @returns The name without folder and ending.
 */
export function fileStem(file: string): string {
  return basename(file).split(".")[0];
}

/**
 * The key of the video an image belongs to: the name of its folder up to the first underscore (`003418` for
 * `images/val/003418_mpii_test/000000.jpg`).
 *
 * @param fileName Image file, as an annotation names it.
 * @returns The key, empty when the image lies in no folder.
 */
export function videoOf(fileName: string): string {
  const folder = basename(dirname(fileName));
  return folder === "." ? "" : folder.split("_")[0];
}
