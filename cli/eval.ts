/** `eval`: predictions against ground truth, by PoseTrack's AP, COCO's OKS AP or PoseTrack's MOTA. */
import { basename } from "node:path";
import type { KeypointSet } from "../people/keypoint_sets.ts";
import { readDatasetConfig } from "../posetrack/dataset_config.ts";
import {
  evaluateAveragePrecision,
  evaluateKeypointSimilarity,
  type EvaluateOptions,
  evaluateTracking,
  type Metric,
} from "../posetrack/evaluate.ts";
import { precisionRecallSvg } from "../posetrack/precision_recall_svg.ts";
import { markdownTables, textTables } from "../posetrack/result_tables.ts";
import type { PoseEstimator } from "../posetrack/estimate_sequence.ts";
import { runDataset } from "../posetrack/run_dataset.ts";
import { writeWholeFile } from "../files/whole_file.ts";
import { UsageError } from "./command_error.ts";
import { createProgress } from "./progress.ts";

/** Options of {@linkcode evaluateCommand}. */
export interface EvaluateCommandOptions {
  /** Folder with one annotation file per sequence, or one file. */
  gt: string;
  /** Folder with result files of the same names, or one file. */
  pred: string;
  /** Print one JSON object instead of tables. */
  json?: boolean | undefined;
  /** What to compute; average precision when absent. */
  metric?: Metric | undefined;
  /** File for the precision–recall curves; only with the metric `ap`. */
  svg?: string | undefined;
  /** File for a Markdown table beside the paper's; only with the metric `ap`. */
  markdown?: string | undefined;
  /** Drop frames whose ground truth says `is_labeled: false`. */
  labeledOnly?: boolean | undefined;
  /** No progress. */
  quiet?: boolean | undefined;
  /** Where the result goes; standard output when absent. */
  print?: ((text: string) => void) | undefined;
}

/**
 * Evaluates a folder of predictions and prints tables or JSON.
 *
 * `--json` prints, in percent and full precision with `null` where undefined: for `ap`
 * `{"ap": {…}, "precision": {…}, "recall": {…}, "frames": n}`, for `mota` `{"mota": {…}, "motp": {…}, "precision": {…},
 * "recall": {…}, "frames": n}`, each map keyed by joint, group and `mean`; for `oks` `{"oks": {"AP": …, "AP50": …, …},
 * "frames": n}`.
 *
 * @param options Folders, metric and outputs.
 * @throws {UsageError} If `svg` or `markdown` is asked for with another metric than `ap`.
 * @throws {Error} If files are missing or wrong; with file and place.
 */
export async function evaluateCommand(options: EvaluateCommandOptions): Promise<void> {
  const { metric = "ap", print = console.log } = options;
  if (metric !== "ap" && (options.svg !== undefined || options.markdown !== undefined)) {
    throw new UsageError(`Cannot draw curves or the paper's table of ${metric}: expected --metric ap`);
  }
  let progress: ReturnType<typeof createProgress> | undefined;
  const common: EvaluateOptions = {
    groundTruth: options.gt,
    prediction: options.pred,
    labeledOnly: options.labeledOnly ?? false,
    onProgress(done, total, name) {
      progress ??= createProgress("Evaluating", { unit: "files", total, quiet: options.quiet });
      progress.update(done, name);
    },
  };
  try {
    const { document, text, notes } = await evaluateMetric(common, { ...options, metric });
    progress?.finish();
    for (const note of notes) console.error(`note: ${note}`);
    print(options.json ? JSON.stringify(document) : text);
  } catch (error) {
    progress?.finish();
    throw error;
  }
}

interface Report {
  document: unknown;
  text: string;
  notes: string[];
}

async function evaluateMetric(
  common: EvaluateOptions,
  options: EvaluateCommandOptions & { metric: Metric },
): Promise<Report> {
  const { metric } = options;
  if (metric === "oks") {
    const { metric: similarity, notes } = await evaluateKeypointSimilarity(common);
    const { frames, ...oks } = similarity.result();
    const lines = Object.entries(oks).map(([name, value]) =>
      `${name.padEnd(5)} ${(value === null ? "–" : value.toFixed(1)).padStart(6)}`
    );
    return { document: { oks, frames }, text: `${lines.join("\n")}\n\n${frames} frames`, notes };
  }
  if (metric === "mota") {
    const { metric: tracking, notes } = await evaluateTracking(common);
    const result = tracking.result();
    const rows = [
      { name: "MOTA", values: result.mota },
      { name: "MOTP", values: result.motp },
      { name: "Precision", values: result.precision },
      { name: "Recall", values: result.recall },
    ];
    return { document: result, text: `${textTables(rows)}\n\n${result.frames} frames`, notes };
  }
  const { metric: average, format, notes } = await evaluateAveragePrecision(common);
  const result = average.result();
  if (options.svg !== undefined) {
    await writeWholeFile(options.svg, precisionRecallSvg(average.curves(), result.ap));
  }
  if (options.markdown !== undefined) {
    await writeWholeFile(options.markdown, markdownTables(result, { name: basename(options.pred), format }));
  }
  const rows = [
    { name: "AP", values: result.ap },
    { name: "Precision", values: result.precision },
    { name: "Recall", values: result.recall },
  ];
  return { document: result, text: `${textTables(rows)}\n\n${result.frames} frames`, notes };
}

/** Options of {@linkcode evaluateDatasetCommand}: those of an evaluation, and a data set instead of its folders. */
export interface EvaluateDatasetCommandOptions extends Omit<EvaluateCommandOptions, "gt" | "pred"> {
  /** JSON file that describes the data set. */
  dataset: string;
  /** Forget the results of earlier runs. */
  fresh?: boolean | undefined;
}

/** A loaded model, as {@linkcode evaluateDatasetCommand} needs it. */
export interface DatasetModel {
  /** Estimates the poses of a sequence. */
  estimate: PoseEstimator;
  /** What identifies the weights, for example path and digest. */
  model: string;
  /** Keypoint set of the poses. */
  keypoints: KeypointSet;
}

/**
 * Runs a model over a data set, writes its results, then evaluates them; a run that was killed continues where it was.
 *
 * @param options Data set, metric and outputs.
 * @param model The loaded model.
 * @throws {Error} If images are missing, files are wrong, or the results folder belongs to another model.
 */
export async function evaluateDatasetCommand(
  options: EvaluateDatasetCommandOptions,
  model: DatasetModel,
): Promise<void> {
  const config = await readDatasetConfig(options.dataset);
  let progress: ReturnType<typeof createProgress> | undefined;
  try {
    const run = await runDataset(config, {
      ...model,
      fresh: options.fresh ?? false,
      onProgress({ framesDone, frames, filesDone, files, sequence }) {
        progress ??= createProgress("Estimating", { unit: "frames", total: frames, quiet: options.quiet });
        progress.update(framesDone, `${filesDone} of ${files} files, ${sequence}`);
      },
    });
    if (run.resumed > 0) {
      console.error(`note: ${run.resumed} of ${run.resumed + run.estimated} files were done before`);
    }
  } finally {
    progress?.finish();
  }
  await evaluateCommand({ ...options, gt: config.annotations, pred: config.results });
}
