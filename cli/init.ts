/** `init`: a weights file with seeded random weights, so that everything runs before any checkpoint exists. */
import { dirname, resolve } from "node:path";
import { writeWeights } from "../estimation/weights_file.ts";
import { initialValues } from "../model/initialise.ts";
import { keypointSetByName } from "../people/keypoint_sets.ts";
import { tinyVocabulary } from "../text/tiny_vocabulary.ts";
import { createTokenizer } from "../text/tokenizer.ts";
import { onInterruption, removePartialFiles } from "./interruption.ts";
import { createProgress } from "./progress.ts";
import { readConfig, readText } from "./read_config.ts";

/** Options of the `init` command. */
export interface InitOptions {
  /** A configuration's name, or the path of a JSON file. */
  config: string;
  /** Seed of the random weights. */
  seed: number;
  /** The weights file to write. */
  to: string;
  /** Path of a vocab.txt or tokenizer.json; our own small vocabulary when absent. */
  vocabulary?: string | undefined;
  /** Keypoint set, the configuration's own when absent. */
  keypoints?: string | undefined;
  /** Element type of the stored weights. */
  dtype: "f32" | "f16";
  /** No progress. */
  quiet?: boolean | undefined;
  /** Nothing on standard output: the caller says what is to be said. */
  silent?: boolean | undefined;
}

/** Writes the file and says plainly that it is untrained. */
export async function initCommand(options: InitOptions): Promise<void> {
  const config = await readConfig(options.config);
  if (options.keypoints !== undefined) config.keypoints = keypointSetByName(options.keypoints).name;
  const source = options.vocabulary === undefined
    ? tinyVocabulary
    : await readText("the vocabulary", options.vocabulary, "a vocab.txt or tokenizer.json");
  const tokenizer = createTokenizer(source);
  const { clsId, sepId, padId, vocabularySize } = tokenizer;
  // A table larger than the vocabulary is sized for a checkpoint's own; a smaller one would be read out of bounds.
  const rows = options.config === "tiny"
    ? vocabularySize
    : Math.max(config.text.vocabularySize, vocabularySize);
  Object.assign(config.text, { vocabularySize: rows, clsId, sepId, padId });
  using _ = onInterruption(() => removePartialFiles(dirname(resolve(options.to))));
  const progress = createProgress("Writing", { unit: "MB", quiet: options.quiet });
  await writeWeights(options.to, {
    config,
    tokenizer: tokenizer.json,
    provenance: `untrained: random weights, seed ${options.seed}`,
    values: (name, shape) => initialValues(name, shape, options.seed),
  }, {
    dataType: options.dtype === "f16" ? "float16" : "float32",
    onProgress: (written) => progress.update(Math.round(written / 1e6)),
  });
  progress.finish();
  if (options.silent) return;
  console.log(
    `Wrote ${options.to}: configuration ${options.config}, UNTRAINED random weights (seed ${options.seed}).`,
  );
  console.log("Its poses mean nothing. Use it to try the program, to measure speed, or to start training.");
}
