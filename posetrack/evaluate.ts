import { AveragePrecision } from "./average_precision.ts";
import { evaluationFrames } from "./evaluation_frames.ts";
import { KeypointSimilarityAveragePrecision } from "./keypoint_similarity_ap.ts";
import { pairFiles, readPair, type SequencePair } from "./pair_files.ts";
import type { AnnotationFormat } from "./sequence.ts";
import { TrackingAccuracy } from "./tracking_accuracy.ts";

/** The metrics that can be computed: PoseTrack's AP, COCO's OKS AP, PoseTrack's MOTA. */
export type Metric = "ap" | "oks" | "mota";

/** What to evaluate. */
export interface EvaluateOptions {
  /** Folder with one annotation file per sequence, or one file. */
  groundTruth: string;
  /** Folder with result files of the same names, or one file; a single file may be a COCO results list. */
  prediction: string;
  /**
   * Drop frames whose ground truth says `is_labeled: false`, as PoseTrack21's own tool does.
   *
   * @default false
   */
  labeledOnly?: boolean;
  /** Called after each file with the number done, the number of all, and the file's name. */
  onProgress?: (done: number, total: number, name: string) => void;
}

/** A metric and what was noticed on the way. */
export interface Evaluation<M> {
  /** The metric, with everything added. */
  metric: M;
  /** Format of the first ground truth file. */
  format: AnnotationFormat;
  /** What the numbers do not show, in sentences. */
  notes: string[];
}

/**
 * Evaluates a folder of predictions by PoseTrack's average precision, one sequence in memory at a time.
 *
 * @param options Folders and progress.
 * @returns The metric, ready for `result()` and `curves()`.
 * @throws {Error} If files are missing or wrong; with file and place.
 */
export function evaluateAveragePrecision(options: EvaluateOptions): Promise<Evaluation<AveragePrecision>> {
  return evaluateFrames(new AveragePrecision(), options);
}

/**
 * Evaluates the tracks of a folder of predictions by PoseTrack's MOTA, one sequence in memory at a time.
 *
 * @param options Folders and progress.
 * @returns The metric, ready for `result()`.
 * @throws {Error} If files are missing or wrong; with file and place.
 */
export function evaluateTracking(options: EvaluateOptions): Promise<Evaluation<TrackingAccuracy>> {
  return evaluateFrames(new TrackingAccuracy(), options);
}

/**
 * Evaluates a folder of predictions by COCO's average precision (object keypoint similarity).
 *
 * @param options Folders and progress.
 * @returns The metric, ready for `result()`.
 * @throws {Error} If files are missing or wrong; with file and place.
 */
export function evaluateKeypointSimilarity(
  options: EvaluateOptions,
): Promise<Evaluation<KeypointSimilarityAveragePrecision>> {
  const { labeledOnly = false } = options;
  const metric = new KeypointSimilarityAveragePrecision();
  return forEachPair(metric, options, ({ groundTruth, prediction }) => {
    const [first] = prediction;
    const merged = { ...first, frames: prediction.flatMap(({ frames }) => frames) };
    for (const sequence of groundTruth) metric.add(sequence, merged, { labeledOnly });
  });
}

type FrameMetric = AveragePrecision | TrackingAccuracy;

function evaluateFrames<M extends FrameMetric>(metric: M, options: EvaluateOptions): Promise<Evaluation<M>> {
  const { labeledOnly = false } = options;
  return forEachPair(metric, options, ({ groundTruth, prediction }, notes) => {
    // poseval evaluates the first video of a file and drops the others; so do we, but not silently.
    if (groundTruth.length > 1) {
      notes.push(
        `${groundTruth[0].file} holds ${groundTruth.length} videos; only the first, ` +
          `${groundTruth[0].video}, is evaluated, as poseval does`,
      );
    }
    metric.add(evaluationFrames(groundTruth[0], prediction[0], { labeledOnly }), groundTruth[0].file);
  });
}

async function forEachPair<M>(
  metric: M,
  options: EvaluateOptions,
  visit: (pair: SequencePair, notes: string[]) => void,
): Promise<Evaluation<M>> {
  const pairs = await pairFiles(options.groundTruth, options.prediction);
  const notes: string[] = [];
  let format: AnnotationFormat | undefined;
  for (const [index, files] of pairs.entries()) {
    const pair = await readPair(files);
    format ??= pair.groundTruth[0].format;
    visit(pair, notes);
    options.onProgress?.(index + 1, pairs.length, pair.groundTruth[0].name);
  }
  return { metric, format: format ?? "posetrack2018", notes };
}
