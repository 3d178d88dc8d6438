/**
 * The CPU engine's forward pass beside onnxruntime on Hugging Face's own exports of the encoders it is made of:
 * ViTPose on all frames of the window, and BERT.
 *
 * Both run in the same process and in turns. Ours does more: spatial, temporal and cross-modal layers, transport.
 */
import { join } from "node:path";
import { CpuEngine } from "../estimation/cpu_engine.ts";
import type { ForwardBatch } from "../estimation/engine.ts";
import { openWeights, writeWeights } from "../estimation/weights_file.ts";
import { frameCount, type LaposeConfig } from "../model/config.ts";
import { initialValues } from "../model/initialise.ts";
import { tinyVocabulary } from "../text/tiny_vocabulary.ts";
import { createTokenizer } from "../text/tokenizer.ts";
import { randomValues } from "./inputs.ts";
import { importPeer } from "./peers/peer.ts";
import { medianOf, speedup } from "./statistics.ts";

/** Figures of one run, medians in milliseconds. */
export interface CpuForwardFigures {
  /** The CPU engine: 1 person, all frames, text. */
  ours: number;
  /** ViTPose's export on the same frames as one batch; null without exports. */
  vitpose: number | null;
  /** BERT's export on the same text; null without exports. */
  bert: number | null;
  /** Ours divided by the sum of the two; null without exports. */
  ratio: number | null;
}

/** What to measure. */
export interface CpuForwardOptions {
  /** The configuration; weights are random. */
  config: LaposeConfig;
  /** Text tokens. */
  tokens: number;
  /** Measured rounds. */
  rounds: number;
  /** Folder with `vitpose.onnx` and `bert.onnx`, as `reference/checkpoint_check.py --exports` makes them. */
  exports?: string | undefined;
}

/** A run that takes inputs from main memory and gives all outputs back to it. */
interface Contestant {
  run(): Promise<unknown>;
  close(): Promise<void>;
}

interface OrtSession {
  readonly inputNames: readonly string[];
  run(feeds: Record<string, unknown>): Promise<Record<string, unknown>>;
  release(): Promise<void>;
}

interface OrtNode {
  InferenceSession: { create(path: string): Promise<OrtSession> };
  Tensor: new (type: string, data: Float32Array | BigInt64Array, dims: readonly number[]) => unknown;
}

/**
 * Measures the CPU engine and, where they are given, the exports.
 *
 * @param options Configuration, rounds and exports.
 * @returns Medians.
 * @throws {Error} When an export cannot be opened or reads other inputs.
 */
export async function measureCpuForward(options: CpuForwardOptions): Promise<CpuForwardFigures> {
  const folder = await Deno.makeTempDir({ prefix: "lapose-bench-" });
  const contestants = new Map<"ours" | "vitpose" | "bert", Contestant>();
  try {
    contestants.set("ours", await openOurs(join(folder, "weights.onnx"), options));
    if (options.exports !== undefined) {
      const { vitpose, bert } = await openExports(options.exports, options);
      contestants.set("vitpose", vitpose).set("bert", bert);
    }
    const times = await medianOf(
      Object.fromEntries([...contestants].map(([name, { run }]) => [name, async () => {
        const start = performance.now();
        await run();
        return performance.now() - start;
      }])),
      { rounds: options.rounds, warmups: 2 },
    );
    const { ours, vitpose = null, bert = null } = times as { ours: number; vitpose?: number; bert?: number };
    const ratio = vitpose === null || bert === null ? null : speedup(vitpose + bert, ours);
    return { ours, vitpose, bert, ratio };
  } finally {
    for (const contestant of contestants.values()) await contestant.close();
    await Deno.remove(folder, { recursive: true });
  }
}

async function openOurs(path: string, options: CpuForwardOptions): Promise<Contestant> {
  const { json, clsId, sepId, padId } = createTokenizer(tinyVocabulary);
  const config = structuredClone(options.config);
  Object.assign(config.text, { clsId, sepId, padId });
  await writeWeights(path, {
    config,
    tokenizer: json,
    provenance: "random",
    values: (name, shape) => initialValues(name, shape, 7),
  });
  const weights = await openWeights(path);
  const engine = new CpuEngine(weights, { config });
  const { pixels, ids } = inputsOf(options);
  const shape = [1, options.tokens] as const;
  const text = { inputIds: Int32Array.from(ids), attentionMask: new Int32Array(ids.length).fill(1), shape };
  const batch: ForwardBatch = { pixels, batch: 1, text };
  return {
    run: () => engine.forward(batch),
    async close() {
      await engine.close();
      await weights.close();
    },
  };
}

async function openExports(folder: string, options: CpuForwardOptions) {
  const module = await importPeer<OrtNode & { default?: OrtNode }>("onnxruntime-node");
  const { InferenceSession, Tensor } = module.default ?? module;
  const open = async (file: string, feedsOf: (names: readonly string[]) => Record<string, unknown>) => {
    const session = await InferenceSession.create(join(folder, file));
    const feeds = feedsOf(session.inputNames);
    return { run: () => session.run(feeds), close: () => session.release() };
  };
  const { pixels, ids } = inputsOf(options);
  const { height, width } = options.config.image;
  const vitpose = await open("vitpose.onnx", ([name]) => ({
    [name]: new Tensor("float32", pixels, [frameCount(options.config), 3, height, width]),
  }));
  const integers = (values: readonly number[]) =>
    new Tensor("int64", BigInt64Array.from(values, BigInt), [1, options.tokens]);
  const bert = await open("bert.onnx", (names) =>
    Object.fromEntries(names.map((name) => [
      name,
      integers(name === "input_ids" ? ids : ids.map(() => 1)),
    ])));
  return { vitpose, bert };
}

/** The same frames and words for everybody. */
function inputsOf(
  { config, tokens }: CpuForwardOptions,
): { pixels: Float32Array<ArrayBuffer>; ids: number[] } {
  const { height, width } = config.image;
  return {
    pixels: randomValues(frameCount(config) * 3 * height * width, 1),
    ids: Array.from({ length: tokens }, (_, i) => (i * 7) % config.text.vocabularySize),
  };
}
