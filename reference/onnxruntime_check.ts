/**
 * Makes weights files of a configuration and runs them here, for onnxruntime_check.py to run once more:
 *
 *     deno run -A reference/onnxruntime_check.ts CONFIG DIRECTORY [f32|f16]
 *
 * CONFIG is tiny, small or base. DIRECTORY gets `<config>.onnx`, the same without language, and per case (1 or 5
 * people, texts of up to 3 or 100 tokens) a golden file without weights whose expected values are those of our
 * WebGPU forward pass. Prints how far onnxruntime-node is off, and the largest magnitude; exit status 1 above 1e-4.
 * All weights are random: those that start at zero would hide what stands before them.
 */
import { join } from "node:path";
import { LAPose } from "@lapose/lapose";
import type { ForwardInputs } from "../estimation/forward_inputs.ts";
import { writeWeights } from "../estimation/weights_file.ts";
import { frameCount, type LaposeConfig, namedConfig } from "../model/config.ts";
import { tinyVocabulary } from "../text/tiny_vocabulary.ts";
import { createTokenizer } from "../text/tokenizer.ts";
import { livelyValues } from "../tests/estimation/small_weights.ts";
import { normals, uniform } from "../tests/support/random.ts";
import { joinSafetensors } from "../tests/weights/safetensors_files.ts";

const bound = 1e-4;

interface Case {
  config: LaposeConfig;
  weights: string;
  batch: number;
  tokens: number;
}

/** Random crops, and texts whose lengths differ, padded with words that must not be read. */
function randomInputs({ config, batch, tokens }: Case): ForwardInputs {
  const { height, width } = config.image;
  const pixels = Float32Array.from(normals(batch * frameCount(config) * 3 * height * width, 1));
  if (!config.language) return { pixels };
  const { clsId, sepId, vocabularySize } = config.text;
  const next = uniform(2);
  const inputIds = Int32Array.from({ length: batch * tokens }, () => Math.floor(next() * vocabularySize));
  const attentionMask = new Int32Array(batch * tokens);
  for (let b = 0; b < batch; b++) {
    const length = Math.max(2, tokens - b * Math.ceil(tokens / 5));
    inputIds[b * tokens] = clsId;
    inputIds[b * tokens + length - 1] = sepId;
    attentionMask.fill(1, b * tokens, b * tokens + length);
  }
  return { pixels, inputIds, attentionMask };
}

type Outputs = [string, { data: Float32Array; shape: number[] }][];

async function run(path: string, device: "webgpu" | "cpu", inputs: ForwardInputs): Promise<Outputs> {
  await using model = await LAPose.load(path, { device });
  return Object.entries(await model.forward(inputs)) as Outputs;
}

/** What is compared of one output. */
interface Difference {
  name: string;
  difference: number;
  magnitude: number;
}

/** Largest difference of the values that count: rows of padding in the text mean nothing. */
function differences(actual: Outputs, expected: Outputs, mask: Int32Array | undefined): Difference[] {
  return expected.map(([name, { data, shape }]) => {
    const found = new Map(actual).get(name)!.data;
    let [difference, magnitude] = [0, 0];
    for (const [i, value] of data.entries()) {
      if (name === "text" && mask![Math.floor(i / shape[2])] === 0) continue;
      const error = Math.abs(value - found[i]);
      if (!(error <= difference)) difference = error;
      magnitude = Math.max(magnitude, Math.abs(value));
    }
    return { name, difference, magnitude };
  });
}

/** A tensor of a case. */
interface Stored {
  shape: number[];
  data: Float32Array | Int32Array;
}

function encode(tensors: Record<string, Stored>, weights: string): Uint8Array<ArrayBuffer> {
  const header: Record<string, unknown> = { __metadata__: { weights } };
  let length = 0;
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    const dtype = data instanceof Int32Array ? "I32" : "F32";
    header[name] = { dtype, shape, data_offsets: [length, length + data.byteLength] };
    length += data.byteLength;
  }
  const bytes = new Uint8Array(length);
  let position = 0;
  for (const { data } of Object.values(tensors)) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), position);
    position += data.byteLength;
  }
  return joinSafetensors(header, bytes);
}

async function check(directory: string, one: Case): Promise<boolean> {
  const { config, weights, batch, tokens } = one;
  const inputs = randomInputs(one);
  const path = join(directory, weights);
  const start = performance.now();
  const webgpu = await run(path, "webgpu", inputs);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const found = differences(webgpu, await run(path, "cpu", inputs), inputs.attentionMask);
  const right = found.every(({ difference }) => difference <= bound);
  const text = config.language ? `${tokens} tokens` : "no text";
  const figures = found.map(({ name, difference, magnitude }) =>
    `${name} ${difference.toExponential(1)} of ${magnitude.toPrecision(2)}`
  ).join(", ");
  console.log(`${weights}, ${batch} people, ${text}: ${figures}${right ? "" : " EXCEEDS"} (${seconds} s)`);
  const { height, width } = config.image;
  const stored: Record<string, Stored> = {
    "input.pixels": {
      shape: [batch, frameCount(config), 3, height, width],
      data: inputs.pixels as Float32Array,
    },
  };
  if (config.language) {
    const shape = [batch, tokens];
    stored["input.inputIds"] = { shape, data: inputs.inputIds as Int32Array };
    stored["input.attentionMask"] = { shape, data: inputs.attentionMask as Int32Array };
  }
  for (const [name, value] of webgpu) stored[`expected.${name}`] = value;
  const name = `${weights.replace(".onnx", "")}_b${batch}_n${tokens}.safetensors`;
  await Deno.writeFile(join(directory, name), encode(stored, weights));
  return right;
}

async function main([name, directory, dtype = "f32"]: string[]): Promise<boolean> {
  if (name === undefined || directory === undefined) {
    throw new TypeError("Cannot check: usage is onnxruntime_check.ts tiny|small|base DIRECTORY [f32|f16]");
  }
  await Deno.mkdir(directory, { recursive: true });
  const tokenizer = createTokenizer(tinyVocabulary);
  const { clsId, sepId, padId, vocabularySize } = tokenizer;
  let right = true;
  for (const language of [true, false]) {
    const config = { ...namedConfig(name), language };
    Object.assign(config.text, { clsId, sepId, padId });
    if (name === "tiny") config.text.vocabularySize = vocabularySize;
    const weights = `${name}${language ? "" : "_visual"}${dtype === "f16" ? "_f16" : ""}.onnx`;
    await writeWeights(join(directory, weights), {
      config,
      ...(language ? { tokenizer: tokenizer.json } : {}),
      provenance: "random",
      values: livelyValues,
    }, { dataType: dtype === "f16" ? "float16" : "float32" });
    for (const batch of [1, 5]) {
      for (const tokens of language ? [3, 100] : [0]) {
        right = await check(directory, { config, weights, batch, tokens }) && right;
      }
    }
  }
  return right;
}

if (import.meta.main) Deno.exit(await main(Deno.args) ? 0 : 1);
