import { parseTrainingConfig, type TrainingConfig } from "../training/training_config.ts";
import { readText } from "./read_config.ts";

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
  const text = await readText("the training", path, "a JSON file");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new SyntaxError(`Cannot read the training ${path}: ${(error as Error).message}`, { cause: error });
  }
  return parseTrainingConfig(value, path);
}
