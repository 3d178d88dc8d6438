/** `eval WEIGHTS --dataset`: one command from weights to table. */
import { basename } from "node:path";
import type { DeviceChoice } from "../estimation/choose_engine.ts";
import { removeTemporaryFolders } from "../estimation/temporary_folders.ts";
import type { DecodeMode } from "../people/decode.ts";
import { readDatasetConfig } from "../posetrack/dataset_config.ts";
import { datasetEstimator } from "./dataset_estimator.ts";
import { readDescriber } from "./describer.ts";
import { evaluateDatasetCommand, type EvaluateDatasetCommandOptions } from "./eval.ts";
import { onInterruption } from "./interruption.ts";
import { loadModel } from "./load_model.ts";

/** Options of the `eval` command with weights. */
export interface EvaluateWeightsOptions extends EvaluateDatasetCommandOptions {
  /** Where to run. */
  device: DeviceChoice;
  /** How weights and activations are kept in GPU memory. */
  dtype?: "f32" | "f16" | undefined;
  /** False does not time kernels at first use. */
  tune?: boolean | undefined;
  /** How a heatmap peak becomes a position. */
  decode: DecodeMode;
}

/** Bytes at either end of a weights file that identify it, beside its size. */
const identifyingBytes = 2 ** 20;

/**
 * Runs a model over a data set, writes the results and evaluates them.
 *
 * @param weights The weights file.
 * @param options Data set, device and outputs.
 */
export async function evaluateWeightsCommand(
  weights: string,
  options: EvaluateWeightsOptions,
): Promise<void> {
  const config = await readDatasetConfig(options.dataset);
  const describe = await readDescriber(config);
  using _ = onInterruption(removeTemporaryFolders);
  await using model = await loadModel(weights, options);
  await evaluateDatasetCommand(options, {
    estimate: datasetEstimator(model, { decode: options.decode, describe }),
    model: `${await identify(weights)}${options.dtype === "f16" ? ", f16" : ""}`,
    keypoints: model.keypoints,
  });
}

/** Name, size and digest of both ends: results of one file are not mixed with those of another. */
async function identify(path: string): Promise<string> {
  using file = await Deno.open(path);
  const { size } = await file.stat();
  const part = Math.min(size, identifyingBytes);
  const bytes = new Uint8Array(2 * part);
  for (const [end, start] of [0, size - part].entries()) {
    await file.seek(start, Deno.SeekMode.Start);
    for (let read = 0; read < part;) {
      read += await file.read(bytes.subarray(end * part + read, (end + 1) * part)) ?? part;
    }
  }
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const hex = [...digest.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${basename(path)}, ${size} bytes, ${hex}`;
}
