import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { convertKeypoints, type KeypointSet, keypointSets } from "../people/keypoint_sets.ts";
import {
  annolistDocument,
  cocoLikeSet,
  cocoResultEntries,
  openPoseDocument,
  poseTrack2018Document,
} from "./result_documents.ts";
import type { ResultSequence } from "./results.ts";
import { partialPath } from "../files/partial_file.ts";
import { writeError, writeWholeFile } from "../files/whole_file.ts";

/** The formats that poses are written in. */
export type ResultFormat = "posetrack2018" | "posetrack2017" | "coco" | "openpose";

/** The names of the formats, for the command line. */
export const resultFormats: readonly ResultFormat[] = ["posetrack2018", "posetrack2017", "coco", "openpose"];

/** How results are written. */
export interface WriteResultsOptions {
  /** Format of the files. */
  format: ResultFormat;
}

/** What was written. */
export interface WrittenResults {
  /** Paths of the files, or of the folders of the OpenPose format. */
  files: string[];
  /** Joints of the format that the poses lack; they are zeros in the files, or left out. */
  missing: readonly string[];
  /** Joints of the poses that the format has no place for. */
  unused: readonly string[];
}

/**
 * Writes poses: PoseTrack 2018 and 2017 as one file per sequence, COCO results as one list `results.json`, OpenPose as
 * one folder per sequence with one file per image. Files (and OpenPose folders) appear whole or not at all; numbers
 * keep their full precision.
 *
 * @param folder Where the files go; made when missing.
 * @param sequences Poses, one sequence in memory at a time.
 * @param options Format.
 * @returns Paths, and the joints that could not be written.
 * @throws {TypeError} If a pose is malformed.
 * @throws {RangeError} If track ids repeat within an image, or two images want one OpenPose file.
 * @throws {Error} If a file cannot be written.
 */
export async function writeResults(
  folder: string,
  sequences: Iterable<ResultSequence> | AsyncIterable<ResultSequence>,
  options: WriteResultsOptions,
): Promise<WrittenResults> {
  const { format } = options;
  const files: string[] = [];
  let set: KeypointSet | undefined;
  async function* watched(): AsyncGenerator<ResultSequence> {
    for await (const sequence of sequences) {
      set ??= sequence.keypoints;
      yield sequence;
    }
  }
  if (format === "coco") {
    const file = join(folder, "results.json");
    await writeCocoResults(file, watched());
    files.push(file);
  } else {
    for await (const sequence of watched()) {
      if (format === "openpose") {
        files.push(await writeOpenPose(join(folder, sequence.name), sequence));
      } else {
        const file = join(folder, `${sequence.name}.json`);
        const document = format === "posetrack2018"
          ? poseTrack2018Document(sequence)
          : annolistDocument(sequence);
        await writeWholeFile(file, JSON.stringify(document));
        files.push(file);
      }
    }
  }
  const { missing, unused } = set === undefined
    ? { missing: [], unused: [] }
    : convertKeypoints(set, targetSet(set, format));
  return { files, missing, unused };
}

function targetSet(set: KeypointSet, format: ResultFormat): KeypointSet {
  if (format === "coco") return cocoLikeSet(set);
  if (format === "openpose") return keypointSets.body25;
  return format === "posetrack2018" ? keypointSets.posetrack17 : keypointSets.posetrack15;
}

/**
 * Writes a COCO results list, sequence by sequence, whole or not at all.
 *
 * @param file The file.
 * @param sequences Poses.
 * @throws {Error} If a pose is malformed or the file cannot be written.
 */
async function writeCocoResults(
  file: string,
  sequences: Iterable<ResultSequence> | AsyncIterable<ResultSequence>,
): Promise<void> {
  async function* pieces(): AsyncGenerator<string> {
    let separator = "[";
    for await (const sequence of sequences) {
      for (const image of sequence.images) {
        for (const entry of cocoResultEntries(image, sequence)) {
          yield `${separator}${JSON.stringify(entry)}`;
          separator = ",\n";
        }
      }
    }
    yield separator === "[" ? "[]\n" : "]\n";
  }
  await writeWholeFile(file, pieces());
}

/**
 * Writes an OpenPose folder: `<image>_keypoints.json` per image. The folder appears whole or not at all; an earlier
 * folder of that name is replaced if it holds nothing but such files.
 *
 * @param folder The folder.
 * @param sequence Poses.
 * @returns The folder.
 * @throws {Error} If the folder holds other files, or cannot be written.
 * @throws {RangeError} If two images want the same file name.
 */
export async function writeOpenPose(folder: string, sequence: ResultSequence): Promise<string> {
  const present = await readdir(folder).catch(() => undefined);
  const foreign = present?.find((name) => !name.endsWith("_keypoints.json"));
  if (foreign !== undefined) {
    throw new Error(`Cannot write ${folder}: it holds ${foreign}, expected an empty or missing folder`);
  }
  const partial = partialPath(folder);
  const earlier = `${partial}-earlier`;
  try {
    await mkdir(partial, { recursive: true });
    const names = new Set<string>();
    for (const image of sequence.images) {
      const name = `${basename(image.fileName).replace(/\.[^.]*$/, "")}_keypoints.json`;
      if (names.has(name)) {
        throw new RangeError(
          `Cannot write ${folder}: two images want ${name}, expected different file names`,
        );
      }
      names.add(name);
      await writeFile(join(partial, name), JSON.stringify(openPoseDocument(image, sequence)));
    }
    if (present !== undefined) await rename(folder, earlier);
    await rename(partial, folder);
  } catch (error) {
    await rename(earlier, folder).catch(() => {});
    await rm(partial, { recursive: true, force: true }).catch(() => {});
    throw writeError(folder, error);
  }
  await rm(earlier, { recursive: true, force: true });
  return folder;
}
