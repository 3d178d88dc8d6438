/**
 * One weights file, two engines: its graph in onnxruntime against our own WebGPU forward pass, for every output and
 * for batches and texts of several lengths. Bound of design.md §5: 1e-4.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { TensorValue } from "../../estimation/engine.ts";
import type { ForwardInputs } from "../../estimation/forward_inputs.ts";
import { LAPose } from "../../estimation/lapose.ts";
import { writeWeights } from "../../estimation/weights_file.ts";
import { frameCount, type LaposeConfig, namedConfig } from "../../model/config.ts";
import { tinyVocabulary } from "../../text/tiny_vocabulary.ts";
import { createTokenizer } from "../../text/tokenizer.ts";
import { assertClose } from "../support/compare.ts";
import { normals, uniform } from "../support/random.ts";
import { livelyValues, smallConfig, temporaryFolder, writeSmallWeights } from "./small_weights.ts";

const bound = 1e-4;

/** The `tiny` configuration as `init` makes it: its table of words is the shipped vocabulary's. */
function tinyConfig(): LaposeConfig {
  const config = namedConfig("tiny");
  const { vocabularySize, clsId, sepId, padId } = createTokenizer(tinyVocabulary);
  Object.assign(config.text, { vocabularySize, clsId, sepId, padId });
  return config;
}

/** Random crops, and texts of `tokens`, `tokens − 1`, … tokens, padded with words that must not be read. */
function randomInputs(config: LaposeConfig, batch: number, tokens: number): ForwardInputs {
  const { height, width } = config.image;
  const pixels = Float32Array.from(normals(batch * frameCount(config) * 3 * height * width, 1));
  if (!config.language) return { pixels };
  const { clsId, sepId, vocabularySize } = config.text;
  const next = uniform(2);
  const inputIds = Int32Array.from({ length: batch * tokens }, () => Math.floor(next() * vocabularySize));
  const attentionMask = new Int32Array(batch * tokens);
  for (let b = 0; b < batch; b++) {
    // One text is empty; the longest fills its row.
    const length = b === batch - 1 && batch > 1 ? 2 : Math.max(2, tokens - b * (tokens >> 2));
    inputIds[b * tokens] = clsId;
    inputIds[b * tokens + length - 1] = sepId;
    attentionMask.fill(1, b * tokens, b * tokens + length);
  }
  return { pixels, inputIds, attentionMask };
}

/** Compares all outputs; rows of padding in the text mean nothing. */
async function assertSame(path: string, inputs: ForwardInputs, options: { language?: boolean } = {}) {
  const run = async (device: "webgpu" | "cpu") => {
    await using model = await LAPose.load(path, { ...options, device });
    return Object.entries(await model.forward(inputs)) as [string, TensorValue][];
  };
  const expected = new Map(await run("cpu"));
  const actual = new Map(await run("webgpu"));
  assert.deepEqual([...actual.keys()].sort(), [...expected.keys()].sort());
  for (const [name, { data, shape }] of expected) {
    const found = actual.get(name)!;
    assert.deepEqual(found.shape, shape, name);
    const counts = (i: number) => name !== "text" || inputs.attentionMask![Math.floor(i / shape[2])] === 1;
    const largest = data.reduce((top: number, value: number) => Math.max(top, Math.abs(value)), 0);
    assert.ok(largest > 1e-6, `${name} says something`);
    assertClose(found.data.filter((_, i) => counts(i)), data.filter((_, i) => counts(i)), bound);
  }
  return expected.size;
}

for (const language of [true, false]) {
  for (const batch of [1, 5]) {
    for (const tokens of language ? [3, 100] : [0]) {
      const text = language ? `texts of up to ${tokens} tokens` : "no text";
      Deno.test(`tiny weights, ${batch} people, ${text}: onnxruntime equals WebGPU`, async () => {
        await using folder = await temporaryFolder();
        const path = join(folder.path, "tiny.onnx");
        const config = { ...tinyConfig(), language };
        await writeSmallWeights(path, { config });
        const count = await assertSame(path, randomInputs(config, batch, tokens));
        assert.equal(count, language ? 5 : 2);
      });
    }
  }
}

const odd: Record<string, (config: LaposeConfig) => void> = {
  "widths that are no multiple of four": (config) => {
    Object.assign(config.vision, { width: 6, heads: 3, hidden: 10 });
    Object.assign(config.text, { width: 10, heads: 2, hidden: 7 });
    Object.assign(config.interaction, { heads: 2, hidden: 9, bottleneck: 1 });
    Object.assign(config.head, { channels: 5 });
  },
  "one channel": (config) => {
    Object.assign(config.vision, { width: 1, heads: 1, hidden: 1 });
    Object.assign(config.text, { width: 1, heads: 1, hidden: 1 });
    Object.assign(config.interaction, { heads: 1, hidden: 1, bottleneck: 1 });
  },
  "a simple head, five frames and no interaction": (config) => {
    Object.assign(config.head, { kind: "simple" });
    Object.assign(config, { temporalSpan: 2 });
    Object.assign(config.interaction, { layers: 0 });
  },
  "Eq. 4 as printed": (config) => Object.assign(config.interaction, { literal: true }),
};

for (const [what, change] of Object.entries(odd)) {
  Deno.test(`weights with ${what}: onnxruntime equals WebGPU`, async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "odd.onnx");
    const config = smallConfig();
    change(config);
    await writeSmallWeights(path, { config });
    await assertSame(path, randomInputs(config, 2, 7));
  });
}

Deno.test("a part that is switched off when loading: onnxruntime equals WebGPU", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "small.onnx");
  const config = smallConfig();
  await writeSmallWeights(path, { config });
  const { pixels } = randomInputs(config, 2, 7);
  assert.equal(await assertSame(path, { pixels }, { language: false }), 2);
});

Deno.test("weights stored as halves: onnxruntime equals WebGPU", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "half.onnx");
  const config = smallConfig();
  const { json } = createTokenizer(tinyVocabulary);
  const content = { config, tokenizer: json, provenance: "random, for tests", values: livelyValues };
  await writeWeights(path, content, { dataType: "float16" });
  await assertSame(path, randomInputs(config, 2, 7));
});
