import { resolve } from "node:path";
import type { TrainingConfig } from "../training/training_config.ts";
import { initCommand } from "./init.ts";

/**
 * The weights file that a training starts from; random weights are made in its output folder when it names a model
 * instead; `pretrained` stands in for those of the same names. The same seed gives the same bytes, so that a resumed
 * training starts from the same frozen text encoder.
 *
 * @param config The training.
 * @returns Path of the file.
 */
export async function startingWeights(config: TrainingConfig): Promise<string> {
  const { weights, model, pretrained, visionOnly, output, seed } = config;
  if (weights !== undefined) return weights;
  const to = resolve(output, "start.onnx");
  await Deno.mkdir(output, { recursive: true });
  const silent = { quiet: true, silent: true };
  await initCommand({ config: model!, visionOnly, pretrained, seed, to, dtype: "f32", ...silent });
  return to;
}
