/** The weights file that a forward pass is measured with: our own format, random values, the real graph inside. */
import { writeWeights } from "../estimation/weights_file.ts";
import type { LaposeConfig } from "../model/config.ts";
import { initialValues } from "../model/initialise.ts";
import { tinyVocabulary } from "../text/tiny_vocabulary.ts";
import { createTokenizer } from "../text/tokenizer.ts";

const seed = 7;

/**
 * Writes seeded random weights for measurements, whose tokenizer is not used.
 *
 * @param path The `.onnx` file; 974 MB for the base configuration.
 * @param config The model's configuration.
 */
export async function writeForwardWeights(path: string, config: LaposeConfig): Promise<void> {
  await writeWeights(path, {
    config,
    tokenizer: createTokenizer(tinyVocabulary).json,
    provenance: `untrained: random weights, seed ${seed}`,
    values: (name, shape) => initialValues(name, shape, seed),
  });
}
