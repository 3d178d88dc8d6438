/** `convert`: public ViTPose, ViT and BERT checkpoints into one weights file. */
import { basename, dirname, join, resolve } from "node:path";
import { writeWeights } from "../estimation/weights_file.ts";
import type { LaposeConfig } from "../model/config.ts";
import { initialValues } from "../model/initialise.ts";
import { createTokenizer, type Tokenizer } from "../text/tokenizer.ts";
import type { Checkpoint } from "../weights/convert/checkpoint.ts";
import type { ConfigOptions } from "../weights/convert/conversion_config.ts";
import { type Conversion, convert } from "../weights/convert/convert.ts";
import { formatReport } from "../weights/convert/conversion_report.ts";
import { openCheckpoint } from "../weights/convert/open_checkpoint.ts";
import { UsageError } from "./command_error.ts";
import { joinConfig } from "./converted_config.ts";
import { onInterruption, removePartialFiles } from "./interruption.ts";
import { note } from "./note.ts";
import { createProgress } from "./progress.ts";
import { readConfig, readText } from "./read_config.ts";

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

/**
 * Converts the checkpoints and reports where every source tensor went.
 *
 * @param sources Checkpoints: files or folders.
 * @param options The file to write and what no checkpoint says.
 * @throws {UsageError} When a part has no source, or the keypoint set or the tokenizer cannot be told.
 * @throws {TypeError} When a checkpoint does not fit; everything is named, and nothing is written.
 */
export async function convertCommand(sources: string[], options: ConvertCommandOptions): Promise<void> {
  const base = await readConfig(options.config);
  await using checkpoints = new OpenCheckpoints();
  for (const source of sources) await checkpoints.open(source);
  const conversion = convert(checkpoints.all, {
    ...(options.expert === undefined ? {} : { expert: options.expert }),
    ...(options.allow === undefined ? {} : { allow: options.allow }),
    // Only a file of the user's own knows more than the sizes of the tensors do.
    ...(options.config.endsWith(".json") ? { fallback: fallbackOf(base) } : {}),
  });
  checkParts(conversion, options);
  const tokenizer = options.visionOnly ? undefined : await findTokenizer(conversion, options);
  const config = joinConfig(base, { conversion, tokenizer, options });
  const made = new Set<string>();
  using _ = onInterruption(() => removePartialFiles(dirname(resolve(options.to))));
  const progress = createProgress("Writing", { unit: "MB", quiet: options.quiet });
  await writeWeights(options.to, {
    config,
    ...(tokenizer === undefined ? {} : { tokenizer: tokenizer.json }),
    provenance: `converted from ${sources.map((source) => basename(resolve(source))).join(" and ")}`,
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

function fallbackOf({ vision, text, image }: LaposeConfig): ConfigOptions {
  return { visionHeads: vision.heads, textHeads: text.heads, image };
}

/** A part that no source gives must be wanted that way. */
function checkParts({ config }: Conversion, { visionOnly, allow = [] }: ConvertCommandOptions): void {
  if (!config.vision && !allow.includes("missing")) {
    throw new UsageError(
      "Cannot convert without a vision encoder: add a ViTPose checkpoint, or say --allow missing to get a random one",
    );
  }
  if (!config.text && !visionOnly && !allow.includes("missing")) {
    throw new UsageError(
      "Cannot convert without a text encoder: add a BERT checkpoint, or say --vision-only",
    );
  }
  if (config.text && visionOnly) {
    throw new UsageError("Cannot use a text encoder with --vision-only: leave one of them out");
  }
}

/** The tokenizer that the user names, or else the one beside the text checkpoint. */
async function findTokenizer(
  { report: { lines } }: Conversion,
  { tokenizer }: ConvertCommandOptions,
): Promise<Tokenizer> {
  const expected = "a tokenizer.json or vocab.txt";
  if (tokenizer !== undefined) {
    return tokenizerOf(await readText("the tokenizer", tokenizer, expected), tokenizer);
  }
  const source = lines.find(({ to }) => to.some(({ name }) => name.startsWith("text.")))?.checkpoint;
  if (source !== undefined) {
    const folder = dirname(source);
    // Published ONNX exports lie one folder below the tokenizer.
    for (const place of basename(resolve(folder)) === "onnx" ? [folder, dirname(folder)] : [folder]) {
      for (const name of ["tokenizer.json", "vocab.txt"]) {
        const path = join(place, name);
        const info = await Deno.stat(path).catch(() => undefined);
        if (info?.isFile) return tokenizerOf(await readText("the tokenizer", path, expected), path);
      }
    }
  }
  const place = source === undefined ? "" : ` beside ${source}`;
  throw new UsageError(`Cannot find a tokenizer${place}: expected ${expected} there, or --tokenizer FILE`);
}

function tokenizerOf(text: string, path: string): Tokenizer {
  try {
    return createTokenizer(text);
  } catch (error) {
    throw new TypeError(`Cannot use the tokenizer ${path}: ${(error as Error).message}`, { cause: error });
  }
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
