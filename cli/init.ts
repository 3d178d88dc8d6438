/** `init`: a weights file with seeded random weights, so that everything runs before any checkpoint exists. */
import { dirname, resolve } from "node:path";
import { openWeights, writeWeights } from "../estimation/weights_file.ts";
import type { LaposeConfig } from "../model/config.ts";
import { parameterShapes } from "../model/forward_graph.ts";
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
  /** Leaves language and the neighbours in time out: a plain ViTPose. */
  visionOnly?: boolean | undefined;
  /** Weights file whose tensors stand in for random ones of the same name; none: all are random. */
  pretrained?: string | undefined;
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
  if (options.visionOnly) Object.assign(config, { language: false, temporal: false });
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
  await using pretrained = options.pretrained === undefined
    ? undefined
    : await openPretrained(options.pretrained, config);
  using _ = onInterruption(() => removePartialFiles(dirname(resolve(options.to))));
  const progress = createProgress("Writing", { unit: "MB", quiet: options.quiet });
  await writeWeights(options.to, {
    config,
    tokenizer: tokenizer.json,
    provenance: provenanceOf(pretrained, options),
    values: (name, shape) =>
      pretrained?.names.has(name) ? pretrained.read(name) : initialValues(name, shape, options.seed),
  }, {
    dataType: options.dtype === "f16" ? "float16" : "float32",
    onProgress: (written) => progress.update(Math.round(written / 1e6)),
  });
  progress.finish();
  if (options.silent) return;
  if (pretrained) {
    const { names, isWhole } = pretrained;
    console.log(
      `Wrote ${options.to}: configuration ${options.config}, ` +
        (isWhole ? "all" : `${names.size}`) + ` tensors of ${options.pretrained}` +
        (isWhole ? "." : `, the others random (seed ${options.seed}).`),
    );
    return;
  }
  console.log(
    `Wrote ${options.to}: configuration ${options.config}, UNTRAINED random weights (seed ${options.seed}).`,
  );
  console.log("Its poses mean nothing. Use it to try the program, to measure speed, or to start training.");
}

/** A weights file, and which of its tensors the new model has. */
interface Pretrained extends AsyncDisposable {
  readonly names: ReadonlySet<string>;
  /** Whether these are all that the new model has. */
  readonly isWhole: boolean;
  readonly provenance: string;
  read(name: string): Promise<Float32Array<ArrayBuffer>>;
}

function provenanceOf(pretrained: Pretrained | undefined, { seed }: InitOptions): string {
  if (!pretrained) return `untrained: random weights, seed ${seed}`;
  const { names, isWhole, provenance } = pretrained;
  return isWhole ? provenance : `${names.size} tensors of (${provenance}), the others random, seed ${seed}`;
}

/** Opens weights to start from; what both models have must have one shape. */
async function openPretrained(path: string, config: LaposeConfig): Promise<Pretrained> {
  const file = await openWeights(path);
  const has = new Map(parameterShapes(file.config, file.keypoints.keypoints.length));
  const wanted = parameterShapes(config, keypointSetByName(config.keypoints).keypoints.length);
  const shared = [...wanted].filter(([name]) => has.has(name));
  const faults = shared.filter(([name, shape]) => `${has.get(name)}` !== `${shape}`)
    .map(([name, shape]) => `${name} is [${has.get(name)}], expected [${shape}]`);
  if (shared.length === 0) faults.push("no tensor has a name of this model's, expected weights of LAPose");
  if (faults.length > 0) {
    await file.close();
    throw new TypeError(`Cannot start from ${path}: ${faults.join("; ")}`);
  }
  return {
    names: new Set(shared.map(([name]) => name)),
    isWhole: shared.length === wanted.size,
    provenance: file.provenance,
    read: (name) => file.read(name),
    [Symbol.asyncDispose]: () => file.close(),
  };
}
