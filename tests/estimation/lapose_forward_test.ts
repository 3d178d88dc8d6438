/** `LAPose.forward()` on WebGPU through the public API: against PyTorch, and with parts switched off. */
import assert from "node:assert/strict";
import { type ForwardInputs, type ForwardOutputs, LAPose } from "@lapose/lapose";
import { writeWeights } from "../../estimation/weights_file.ts";
import { type Golden, readGolden } from "../../reference/read_golden.ts";
import { tinyVocabulary } from "../../text/tiny_vocabulary.ts";
import { createTokenizer } from "../../text/tokenizer.ts";
import { assertClose } from "../support/compare.ts";
import { normals } from "../support/random.ts";
import { smallConfig, temporaryFolder, writeSmallWeights } from "./small_weights.ts";

const { vocabularySize } = smallConfig().text;

async function withSmallModel(
  options: { language?: boolean; temporal?: boolean },
  use: (model: LAPose) => Promise<void>,
): Promise<void> {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/small.onnx`;
  await writeSmallWeights(path);
  await using model = await LAPose.load(path, { device: "webgpu", ...options });
  await use(model);
}

function shapesOf(outputs: ForwardOutputs): Record<string, number[]> {
  for (const [name, { data, shape }] of Object.entries(outputs)) {
    assert.ok(data instanceof Float32Array, name);
    assert.ok(Array.isArray(shape), name);
    assert.equal(data.length, shape.reduce((a: number, b: number) => a * b, 1), name);
  }
  return Object.fromEntries(Object.entries(outputs).map(([name, { shape }]) => [name, shape]));
}

function crops(batch: number, frames = 3): Float32Array {
  return normals(batch * frames * 3 * 64 * 48, 11);
}

function tokens(batch: number, count: number): Required<Omit<ForwardInputs, "pixels">> {
  const inputIds = Int32Array.from({ length: batch * count }, (_, i) => (7 * i + 3) % vocabularySize);
  return { inputIds, attentionMask: new Int32Array(batch * count).fill(1) };
}

Deno.test("LAPose.forward() returns the five outputs with the shapes of the contract", async () => {
  await withSmallModel({}, async (model) => {
    const [B, N, K, M, D] = [2, 6, 15, 12, 32];
    assert.deepEqual(shapesOf(await model.forward({ pixels: crops(B), ...tokens(B, N) })), {
      heatmaps: [B, K, 64 / 4, 48 / 4],
      visual: [B, M, D],
      text: [B, N, D],
      transportPlan: [B, M, N],
      transportCost: [B],
    });
  });
});

Deno.test("LAPose.forward() without text takes the visual-only path, as language: false does", async () => {
  const pixels = crops(2);
  let whole: ForwardOutputs | undefined;
  await withSmallModel({}, async (model) => {
    whole = await model.forward({ pixels });
    const described = await model.forward({ pixels, ...tokens(2, 6) });
    assert.notDeepEqual(described.heatmaps.data, whole.heatmaps.data, "text changes the heatmaps");
  });
  assert.deepEqual(shapesOf(whole!), { heatmaps: [2, 15, 16, 12], visual: [2, 12, 32] });
  await withSmallModel({ language: false }, async (model) => {
    assert.equal(model.config.language, false);
    const off = await model.forward({ pixels });
    assert.deepEqual(shapesOf(off), shapesOf(whole!));
    assertClose(off.heatmaps.data, whole!.heatmaps.data, 1e-6);
    assertClose(off.visual.data, whole!.visual.data, 1e-6);
    await assert.rejects(model.forward({ pixels, ...tokens(2, 6) }), /its language part is off/);
    assert.equal(model.tokenize("a person jumps"), undefined);
  });
});

Deno.test("LAPose.forward() with temporal: false reads one frame", async () => {
  await withSmallModel({ temporal: false }, async (model) => {
    assert.equal(model.config.temporal, false);
    const outputs = await model.forward({ pixels: crops(2, 1), ...tokens(2, 5) });
    assert.deepEqual(outputs.heatmaps.shape, [2, 15, 16, 12]);
    assert.deepEqual(outputs.transportPlan?.shape, [2, 12, 5]);
    await assert.rejects(model.forward({ pixels: crops(1, 2).subarray(0, 64 * 48 * 4) }), TypeError);
  });
});

Deno.test("LAPose.forward() refuses bad tensors and goes on with good ones", async () => {
  await withSmallModel({}, async (model) => {
    const pixels = crops(1);
    const wrongId = { inputIds: Int32Array.of(2, vocabularySize), attentionMask: Int32Array.of(1, 1) };
    await assert.rejects(model.forward({ pixels, ...wrongId }), RangeError);
    const masked = { inputIds: Int32Array.of(2, 3), attentionMask: Int32Array.of(0, 0) };
    await assert.rejects(model.forward({ pixels, ...masked }), RangeError);
    await assert.rejects(model.forward({ pixels: pixels.subarray(1) }), TypeError);
    assert.deepEqual((await model.forward({ pixels })).visual.shape, [1, 12, 32]);
  });
});

Deno.test("LAPose.forward() does not look at padding", async () => {
  await withSmallModel({}, async (model) => {
    const pixels = crops(1);
    const { inputIds } = tokens(1, 8);
    const attentionMask = Int32Array.of(1, 1, 1, 1, 1, 0, 0, 0);
    const short = await model.forward({
      pixels,
      inputIds: inputIds.slice(0, 5),
      attentionMask: attentionMask.slice(0, 5),
    });
    const padded = await model.forward({ pixels, inputIds, attentionMask });
    assertClose(padded.heatmaps.data, short.heatmaps.data, 1e-5);
    assertClose(padded.visual.data, short.visual.data, 1e-5);
    assertClose(padded.transportCost!.data, short.transportCost!.data, 1e-5);
    const row = (values: Float32Array, m: number) => values.subarray(8 * m, 8 * m + 8);
    for (let m = 0; m < 12; m++) {
      const plan = row(padded.transportPlan!.data, m);
      assertClose(plan.subarray(0, 5), short.transportPlan!.data.subarray(5 * m, 5 * m + 5), 1e-6);
      assert.deepEqual([...plan.subarray(5)], [0, 0, 0]);
    }
  });
});

/** The text of padding means nothing; its rows are left out. */
function keptRows(name: string, values: ArrayLike<number>, golden: Golden): ArrayLike<number> {
  const mask = golden.inputs.get("attentionMask");
  if (name !== "text" || !mask) return values;
  const D = golden.expected.get("text")!.shape[2];
  return Array.from(values).filter((_, i) => mask.data[Math.floor(i / D)] === 1);
}

for (
  const name of [
    "vitpose_simple",
    "lapose_whole",
    "lapose_language_off",
    "lapose_temporal_off",
    "lapose_literal",
    "lapose_widths",
    "lapose_span_2",
    "lapose_without_csi",
  ]
) {
  Deno.test(`LAPose.forward() on WebGPU, from a file: ${name} equals PyTorch`, async () => {
    const golden = await readGolden(new URL(`../golden/model/${name}.safetensors`, import.meta.url));
    await using folder = await temporaryFolder();
    const path = `${folder.path}/golden.onnx`;
    await writeWeights(path, {
      config: golden.config,
      tokenizer: createTokenizer(tinyVocabulary).json,
      provenance: "golden",
      values: (tensor) => golden.weights.get(tensor)!.data as Float32Array<ArrayBuffer>,
    });
    await using model = await LAPose.load(path, { device: "webgpu" });
    const value = (input: string) => golden.inputs.get(input)?.data;
    const text = value("inputIds")
      ? { inputIds: value("inputIds") as Int32Array, attentionMask: value("attentionMask") as Int32Array }
      : {};
    const outputs = new Map(
      Object.entries(await model.forward({ pixels: value("pixels") as Float32Array, ...text })),
    );
    assert.deepEqual([...outputs.keys()].sort(), [...golden.expected.keys()].sort());
    for (const [output, { data, shape }] of golden.expected) {
      assert.deepEqual(outputs.get(output)!.shape, shape, output);
      assertClose(keptRows(output, outputs.get(output)!.data, golden), keptRows(output, data, golden), 1e-4);
    }
  });
}
