import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { Field } from "./field.ts";
import { readJsonFile } from "./json_file.ts";
import { readCocoResults } from "./read_coco_results.ts";
import { listAnnotationFiles, readSequenceDocument, readSequenceFile } from "./read_sequences.ts";
import type { Sequence } from "./sequence.ts";

/** A ground truth file and the predictions for it. */
export interface FilePair {
  /** Path of the ground truth file. */
  groundTruth: string;
  /** Path of the prediction file. */
  prediction: string;
}

/** The sequences of one pair of files. */
export interface SequencePair {
  /** Annotated sequences of the ground truth file, at least one. */
  groundTruth: Sequence[];
  /** Predicted sequences of the prediction file, at least one. */
  prediction: Sequence[];
}

/**
 * Pairs the ground truth files of a folder with the prediction files of the same names; two single files make one pair.
 *
 * @param groundTruth Folder with one annotation file per sequence, or one file.
 * @param prediction Folder with result files, or one file.
 * @returns The pairs, by name.
 * @throws {Error} If prediction files are missing; all are named.
 */
export async function pairFiles(groundTruth: string, prediction: string): Promise<FilePair[]> {
  const files = await listAnnotationFiles(groundTruth);
  const exists = async (path: string) => await stat(path).then((found) => found, () => undefined);
  const found = await exists(prediction);
  if (found === undefined) {
    throw new Error(`Cannot read predictions from ${prediction}: no such file or folder`);
  }
  if (found.isFile()) {
    if (files.length !== 1) {
      throw new Error(
        `Cannot evaluate ${prediction}: it is one file, expected a folder with ${files.length} files as ${groundTruth}`,
      );
    }
    return [{ groundTruth: files[0], prediction }];
  }
  const pairs: FilePair[] = [];
  const missing: string[] = [];
  for (const file of files) {
    const partner = join(prediction, basename(file));
    if (await exists(partner) === undefined) missing.push(basename(file));
    else pairs.push({ groundTruth: file, prediction: partner });
  }
  if (missing.length > 0) {
    const count = missing.length === 1 ? "1 file" : `${missing.length} files`;
    throw new Error(`Cannot evaluate ${prediction}: ${count} missing, expected ${missing.join(", ")}`);
  }
  return pairs;
}

/**
 * Reads one pair of files.
 *
 * @param pair Paths.
 * @returns The sequences of both sides.
 * @throws {Error} As the readers.
 */
export async function readPair(pair: FilePair): Promise<SequencePair> {
  const groundTruth = await readSequenceFile(pair.groundTruth);
  return { groundTruth, prediction: await readPrediction(pair.prediction, groundTruth) };
}

/**
 * Reads a prediction file; a COCO results list takes images and joint names from the ground truth.
 *
 * @param file Path of the file.
 * @param groundTruth The sequences it belongs to.
 * @returns The predicted sequences, at least one.
 * @throws {Error} As the readers.
 */
export async function readPrediction(file: string, groundTruth: readonly Sequence[]): Promise<Sequence[]> {
  const document = await readJsonFile(file);
  return Array.isArray(document)
    ? readCocoResults(new Field(document, file), groundTruth)
    : readSequenceDocument(document, file, { regions: false });
}
