import { parseTrainingConfig, type TrainingConfig } from "../training/training_config.ts";
import { readJson } from "./read_config.ts";

/**
 * Reads the JSON file of a training.
 *
 * @param path The file.
 * @returns The training.
 * @throws {Error} When it cannot be read.
 * @throws {SyntaxError} When it is not JSON.
 * @throws {TypeError} Listing every field that does not fit.
 */
export async function readTraining(path: string): Promise<TrainingConfig> {
  return parseTrainingConfig(await readJson("the training", path), path);
}
