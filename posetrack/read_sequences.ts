import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { Field } from "./field.ts";
import { readJsonFile } from "./json_file.ts";
import { readAnnolist } from "./read_annolist.ts";
import { readCoco } from "./read_coco.ts";
import type { Sequence } from "./sequence.ts";

/** What is read of an annotation file. */
export interface ReadSequenceOptions {
  /**
   * Whether ignore regions are read and checked; predictions have none that count.
   *
   * @default true
   */
  regions?: boolean;
}

/**
 * Reads one annotation or result file, telling its format by its content.
 *
 * @param file A PoseTrack 2017, 2018 or 21 file, or a COCO keypoint file.
 * @param options What to read.
 * @returns The sequences of the file, one per video; a file always has at least one.
 * @throws {SyntaxError} If the file is no JSON; with file, line and element.
 * @throws {TypeError} If a field is missing or of the wrong kind; with file and path of the field.
 * @throws {RangeError} If ids repeat.
 */
export async function readSequenceFile(file: string, options: ReadSequenceOptions = {}): Promise<Sequence[]> {
  return readSequenceDocument(await readJsonFile(file), file, options);
}

/**
 * Reads a parsed annotation or result file, telling its format by its content.
 *
 * @param parsed The document.
 * @param file Name of the file, for messages and for the sequences.
 * @param options What to read.
 * @returns The sequences of the document, one per video.
 * @throws {TypeError} If a field is missing or of the wrong kind; with file and path of the field.
 * @throws {RangeError} If ids repeat.
 */
export function readSequenceDocument(
  parsed: unknown,
  file: string,
  options: ReadSequenceOptions = {},
): Sequence[] {
  const regions = options.regions ?? true;
  const document = new Field(parsed, file);
  if (document.key("annolist").value !== undefined) return [readAnnolist(document, { regions })];
  const images = document.key("images");
  if (images.value === undefined) {
    throw images.error("an annotation file with `annolist` (2017) or `images` (2018, 21, COCO)");
  }
  return readCoco(document, { regions });
}

/**
 * Lists the annotation files of a folder by name, or the file itself.
 *
 * @param path A folder with `.json` files, or one file.
 * @returns Paths of the files, sorted.
 * @throws {Error} If there is no such path, or the folder has no JSON file.
 */
export async function listAnnotationFiles(path: string): Promise<string[]> {
  let isFolder: boolean;
  try {
    isFolder = (await stat(path)).isDirectory();
  } catch (error) {
    throw new Error(`Cannot read annotations from ${path}: no such file or folder`, { cause: error });
  }
  if (!isFolder) return [path];
  const names = (await readdir(path)).filter((name) => name.endsWith(".json") && !name.startsWith("."))
    .sort();
  if (names.length === 0) {
    throw new Error(
      `Cannot read annotations from ${path}: the folder has no .json file, expected one per sequence`,
    );
  }
  return names.map((name) => join(path, name));
}

/**
 * Reads the sequences of a folder one file at a time, so that a data set of any size needs the memory of one file.
 *
 * @param path A folder with annotation files, or one file.
 * @param options What to read.
 * @returns The sequences, by file name.
 * @throws {Error} As {@link readSequenceFile} and {@link listAnnotationFiles}.
 */
export async function* readSequences(
  path: string,
  options: ReadSequenceOptions = {},
): AsyncGenerator<Sequence> {
  for (const file of await listAnnotationFiles(path)) {
    yield* await readSequenceFile(file, options);
  }
}
