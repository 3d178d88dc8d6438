import { resolve } from "node:path";
import type { TrainingConfig } from "../training/training_config.ts";
import { initCommand } from "./init.ts";

/**
 * The weights file that a training starts from; random weights are made in its output folder when it names a model
 * instead, beside those of
 * `pretrained`. The same seed gives the same bytes, so that a resumed training starts from the same frozen text encoder.
 *
 * @param config The training.
 * @returns Path of the file.
 */
export async function startingWeights(
  { weights, model, pretrained, output, seed }: TrainingConfig,
): Promise<string> {
  if (weights !== undefined) return weights;
  const to = resolve(output, "start.onnx");
  await Deno.mkdir(output, { recursive: true });
  await initCommand({ config: model!, pretrained, seed, to, dtype: "f32", quiet: true, silent: true });
  return to;
}
