import { basename, join } from "node:path";
import type { KeypointSet } from "../people/keypoint_sets.ts";
import type { DatasetConfig } from "./dataset_config.ts";
import { estimateSequence, type PoseEstimator, type SequenceJob } from "./estimate_sequence.ts";
import { imagePath, requireImages } from "./images.ts";
import { readPrediction } from "./pair_files.ts";
import { annotatedBoxes, readDetections } from "./person_boxes.ts";
import { listAnnotationFiles, readSequenceFile } from "./read_sequences.ts";
import { annolistDocument, cocoResultEntries, poseTrack2018Document } from "./result_documents.ts";
import type { ResultSequence } from "./results.ts";
import { openRun } from "./run_manifest.ts";
import type { Sequence, SequenceFrame } from "./sequence.ts";
import { writeWholeFile } from "../files/whole_file.ts";

/** Where a run stands; frames count only those that this run has to estimate. */
export interface DatasetProgress {
  /** Name of the sequence in work. */
  sequence: string;
  /** Wanted frames estimated so far. */
  framesDone: number;
  /** Wanted frames of the sequences that were not finished before. */
  frames: number;
  /** Files finished so far, earlier runs included. */
  filesDone: number;
  /** Files of the data set. */
  files: number;
}

/** What a run needs besides the data set. */
export interface RunDatasetOptions {
  /** Estimates the poses. */
  estimate: PoseEstimator;
  /** What identifies the model; results of another are not mixed in. */
  model: string;
  /** Keypoint set of the estimated poses. */
  keypoints: KeypointSet;
  /**
   * Forget the results of earlier runs.
   *
   * @default false
   */
  fresh?: boolean;
  /** Called after every estimated frame and file. */
  onProgress?: (progress: DatasetProgress) => void;
}

/** What a run did. */
export interface DatasetRun {
  /** Folder with one result file per annotation file, ready to be evaluated. */
  results: string;
  /** Files that an earlier run had finished. */
  resumed: number;
  /** Files that this run estimated. */
  estimated: number;
  /** Frames that this run estimated. */
  frames: number;
}

/**
 * Runs an estimator over a data set and writes one result file per annotation file, in its format. Every file appears
 * when it is complete, so a run that was killed continues where it was; one annotation file is in memory at a time.
 *
 * @param config Data set.
 * @param options Estimator, model and progress.
 * @returns What was done.
 * @throws {Error} If images are missing (all are named, before anything is estimated), or the results folder belongs
 * to another model or other settings.
 * @throws {RangeError} If the estimator yields too few or too many lists, or poses.
 */
export async function runDataset(config: DatasetConfig, options: RunDatasetOptions): Promise<DatasetRun> {
  const files = await listAnnotationFiles(config.annotations);
  const detections = config.boxes.kind === "detections"
    ? await readDetections(config.boxes.file, { threshold: config.boxes.threshold })
    : undefined;
  await openRun(config, options.model, { fresh: options.fresh ?? false });
  const { pending, frames } = await survey(files, config);
  const run: DatasetRun = {
    results: config.results,
    resumed: files.length - pending.length,
    estimated: 0,
    frames: 0,
  };
  const report = (sequence: string) =>
    options.onProgress?.({
      sequence,
      framesDone: run.frames,
      frames,
      filesDone: run.resumed + run.estimated,
      files: files.length,
    });
  for (const file of pending) {
    const results: ResultSequence[] = [];
    const sequences = await readSequenceFile(file);
    for (const sequence of sequences) {
      const job: SequenceJob = {
        sequence,
        config,
        frames: sequence.frames.map((frame) => ({
          frame,
          imagePath: imagePath(config.images, frame.fileName),
          boxes: detections === undefined ? annotatedBoxes(frame) : detections.get(frame.imageId ?? "") ?? [],
          wanted: isWanted(frame, config),
        })),
      };
      const onFrame = () => {
        run.frames++;
        report(sequence.name);
      };
      const images = await estimateSequence(job, { ...options, onFrame });
      results.push({ name: sequence.name, keypoints: options.keypoints, images });
    }
    const merged: ResultSequence = { ...results[0], images: results.flatMap(({ images }) => images) };
    await writeWholeFile(resultFile(config, file), JSON.stringify(documentOf(merged, sequences[0])));
    run.estimated++;
    report(merged.name);
  }
  return run;
}

function isWanted(frame: SequenceFrame, config: DatasetConfig): boolean {
  return config.frames === "all" || frame.people.length > 0;
}

function resultFile(config: DatasetConfig, file: string): string {
  return join(config.results, basename(file));
}

/** Checks all images and finds the files that have no complete result yet, with their number of wanted frames. */
async function survey(
  files: readonly string[],
  config: DatasetConfig,
): Promise<{ pending: string[]; frames: number }> {
  const pending: string[] = [];
  let frames = 0;
  async function* sequences(): AsyncGenerator<Sequence> {
    for (const file of files) {
      const found = await readSequenceFile(file);
      yield* found;
      if (await isComplete(resultFile(config, file), found)) continue;
      pending.push(file);
      for (const { frames: all } of found) frames += all.filter((frame) => isWanted(frame, config)).length;
    }
  }
  await requireImages(sequences(), config.images);
  return { pending, frames };
}

async function isComplete(result: string, groundTruth: readonly Sequence[]): Promise<boolean> {
  const count = (sequences: readonly Sequence[]) =>
    sequences.reduce((sum, { frames }) => sum + frames.length, 0);
  const found = await readPrediction(result, groundTruth).catch(() => undefined);
  return found !== undefined && count(found) === count(groundTruth);
}

function documentOf(results: ResultSequence, source: Sequence): unknown {
  if (source.format === "posetrack2017") return annolistDocument(results);
  if (source.format === "coco") return results.images.flatMap((image) => cocoResultEntries(image, results));
  return poseTrack2018Document(results);
}
