/** Weights over a data set to one figure, by the ordinary path: as training validates, as an ablation measures. */
import { evaluateAveragePrecision } from "../posetrack/evaluate.ts";
import { readDatasetConfig } from "../posetrack/dataset_config.ts";
import { runDataset } from "../posetrack/run_dataset.ts";
import { datasetEstimator } from "./dataset_estimator.ts";
import { readDescriber } from "./describer.ts";
import { loadModel } from "./load_model.ts";
import { createProgress } from "./progress.ts";

/** What is evaluated, and where. */
export interface DatasetEvaluation {
  /** Path of the description of the data set. */
  dataset: string;
  /** Folder for the result files, in place of the data set's own. */
  results: string;
  /** What the progress line begins with. */
  label: string;
  /** No progress. */
  quiet?: boolean | undefined;
}

/**
 * Evaluates weights on a data set.
 *
 * @param weights The weights file.
 * @param evaluation Data set, results and progress.
 * @returns Mean average precision in percent; null where no joint is annotated.
 * @throws {Error} If images are missing or files are wrong.
 */
export async function evaluateOnDataset(
  weights: string,
  { dataset, results, label, quiet }: DatasetEvaluation,
): Promise<number | null> {
  const config = { ...await readDatasetConfig(dataset), results };
  const describe = await readDescriber(config);
  await using model = await loadModel(weights, { device: "auto", tune: false, quiet: true });
  let progress: ReturnType<typeof createProgress> | undefined;
  await runDataset(config, {
    estimate: datasetEstimator(model, { decode: "dark", describe }),
    model: weights,
    keypoints: model.keypoints,
    fresh: true,
    onProgress: ({ framesDone, frames }) => {
      progress ??= createProgress(label, { unit: "frames", total: frames, quiet });
      progress.update(framesDone);
    },
  });
  progress?.finish();
  const { metric } = await evaluateAveragePrecision({
    groundTruth: config.annotations,
    prediction: config.results,
  });
  return metric.result().ap.mean;
}
