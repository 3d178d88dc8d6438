/** `convert`: public ViTPose, ViT and BERT checkpoints into one weights file. */
import { basename, dirname, join } from "node:path";
import { writeWeights } from "../estimation/weights_file.ts";
import { type LaposeConfig, namedConfig } from "../model/config.ts";
import { initialValues } from "../model/initialise.ts";
import { parseConfig } from "../model/parse_config.ts";
import { keypointSetByName, keypointSets } from "../people/keypoint_sets.ts";
import { createTokenizer, type Tokenizer } from "../text/tokenizer.ts";
import type { Checkpoint } from "../weights/convert/checkpoint.ts";
import { type Conversion, convert } from "../weights/convert/convert.ts";
import { formatReport } from "../weights/convert/conversion_report.ts";
import { openCheckpoint } from "../weights/convert/open_checkpoint.ts";
import { UsageError } from "./command_error.ts";
import { note } from "./note.ts";
import { createProgress } from "./progress.ts";

/** Options of the `convert` command. */
export interface ConvertCommandOptions {
  /** The weights file to write. */
  to: string;
  /** A configuration's name or JSON file, for what no checkpoint says. */
  config: string;
  /** Expert of a ViTPose+ checkpoint, by the name of its data set or by number. */
  expert?: string | undefined;
  /** Leave language and temporal parts out. */
  visionOnly?: boolean | undefined;
  /** A tokenizer.json or vocab.txt, when none stands beside the text checkpoint. */
  tokenizer?: string | undefined;
  /** Keypoint set, when the number of keypoints does not tell. */
  keypoints?: string | undefined;
  /** What may be wrong. */
  allow?: ("unused" | "missing")[] | undefined;
  /** Element type of the stored weights. */
  dtype: "f32" | "f16";
  /** Seed of the parts that no checkpoint gives. */
  seed: number;
  /** Print one JSON object. */
  json?: boolean | undefined;
  /** No progress. */
  quiet?: boolean | undefined;
}

/** Converts the checkpoints and reports where every source tensor went. */
export async function convertCommand(sources: string[], options: ConvertCommandOptions): Promise<void> {
  await using checkpoints = new OpenCheckpoints();
  for (const source of sources) await checkpoints.open(source);
  const base = await baseConfig(options.config);
  const conversion = convert(checkpoints.all, {
    ...(options.expert === undefined ? {} : { expert: expertOf(options.expert) }),
    ...(options.allow === undefined ? {} : { allow: options.allow }),
  });
  const tokenizer = options.visionOnly ? undefined : await findTokenizer(sources, conversion, options);
  const config = joinConfig(base, { conversion, tokenizer, options });
  const made = new Set<string>();
  const progress = createProgress("Writing", { unit: "MB", quiet: options.quiet });
  await writeWeights(options.to, {
    config,
    ...(tokenizer === undefined ? {} : { tokenizer: tokenizer.json }),
    provenance: `converted from ${sources.map((source) => basename(source)).join(" and ")}`,
    values: (name, shape) => {
      const converted = conversion.tensors.get(name);
      if (converted) return converted.read();
      made.add(name);
      return initialValues(name, shape, options.seed);
    },
  }, {
    dataType: options.dtype === "f16" ? "float16" : "float32",
    onProgress: (written) => progress.update(Math.round(written / 1e6)),
  });
  progress.finish();
  report(conversion, { options, made: [...made] });
}

/** Checkpoints that are closed together. */
class OpenCheckpoints implements AsyncDisposable {
  readonly all: Checkpoint[] = [];

  async open(path: string): Promise<void> {
    this.all.push(await openCheckpoint(path));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const checkpoint of this.all) await checkpoint.close();
  }
}

async function baseConfig(name: string): Promise<LaposeConfig> {
  if (!name.endsWith(".json")) return namedConfig(name);
  return parseConfig(JSON.parse(await Deno.readTextFile(name)), name);
}

function expertOf(text: string): string | number {
  return /^\d+$/.test(text) ? Number(text) : text;
}

interface Parts {
  conversion: Conversion;
  tokenizer: Tokenizer | undefined;
  options: ConvertCommandOptions;
}

/** What the checkpoints say goes over the base configuration; widths that follow from them follow. */
function joinConfig(base: LaposeConfig, { conversion, tokenizer, options }: Parts): LaposeConfig {
  const { image, vision, head, text, keypointCount } = conversion.config;
  const config = structuredClone(base);
  if (image) config.image = image;
  if (vision) {
    config.vision = vision;
    const { width, heads, hidden } = vision;
    Object.assign(config.interaction, { heads, hidden, bottleneck: Math.max(1, Math.floor(width / 4)) });
  }
  if (head) config.head = head;
  if (text) {
    config.text = { ...config.text, ...text, maxTokens: Math.min(base.text.maxTokens, text.positions) };
  }
  if (tokenizer) {
    const { clsId, sepId, padId, vocabularySize } = tokenizer;
    Object.assign(config.text, { clsId, sepId, padId });
    if (vocabularySize > config.text.vocabularySize) {
      throw new TypeError(
        `Cannot convert: the tokenizer has ${vocabularySize} tokens, expected at most the ` +
          `${config.text.vocabularySize} rows of the word embedding`,
      );
    }
  }
  if (options.visionOnly) Object.assign(config, { language: false, temporal: false });
  config.keypoints = keypointsOf(keypointCount, options.keypoints ?? undefined) ?? config.keypoints;
  return parseConfig(config, options.config);
}

/** The keypoint set by name, or by the number that the head finds. */
function keypointsOf(count: number | undefined, name: string | undefined): string | undefined {
  if (name !== undefined) {
    const set = keypointSetByName(name);
    if (count !== undefined && set.keypoints.length !== count) {
      throw new UsageError(
        `Cannot use keypoints ${name}: ${set.keypoints.length} of them, expected ${count}`,
      );
    }
    return set.name;
  }
  if (count === undefined) return undefined;
  // ViTPose's public heads of 17 are COCO's; PoseTrack's 17 must be asked for.
  const usual: Readonly<Record<number, string>> = {
    15: "posetrack15",
    16: "mpii16",
    17: "coco17",
    25: "body25",
  };
  const found = usual[count];
  if (found === undefined) {
    throw new UsageError(
      `Cannot tell the keypoint set of a head with ${count} keypoints, expected --keypoints with one of ${
        Object.keys(keypointSets).join(", ")
      }`,
    );
  }
  return found;
}

async function findTokenizer(
  sources: readonly string[],
  conversion: Conversion,
  options: ConvertCommandOptions,
): Promise<Tokenizer> {
  if (options.tokenizer !== undefined) return createTokenizer(await Deno.readTextFile(options.tokenizer));
  if (!conversion.config.text) {
    throw new UsageError(
      "Cannot convert without a text encoder: add a BERT checkpoint, or say --vision-only",
    );
  }
  for (const source of sources) {
    const info = await Deno.stat(source);
    const folders = info.isDirectory ? [source] : [dirname(source), dirname(dirname(source))];
    for (const folder of folders) {
      for (const name of ["tokenizer.json", "vocab.txt"]) {
        const text = await Deno.readTextFile(join(folder, name)).catch(() => undefined);
        if (text !== undefined) return createTokenizer(text);
      }
    }
  }
  throw new UsageError(
    "Cannot find a tokenizer beside the text checkpoint, expected tokenizer.json or vocab.txt there, or --tokenizer FILE",
  );
}

function report(
  conversion: Conversion,
  { options, made }: { options: ConvertCommandOptions; made: string[] },
): void {
  if (options.json) {
    console.log(JSON.stringify({ to: options.to, ...conversion.report, initialised: made }));
    return;
  }
  for (const line of formatReport(conversion.report)) console.log(line);
  if (made.length > 0) {
    const modules = [...new Set(made.map((name) => name.split(".")[0]))];
    console.log(`initialised, seed ${options.seed}: ${made.length} tensors of ${modules.join(", ")}`);
    if (modules.some((module) => module === "vision" || module === "head")) {
      note("parts that find keypoints are untrained: poses mean nothing until they are trained", options);
    }
  }
  console.log(`Wrote ${options.to}`);
}
