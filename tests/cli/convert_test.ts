/** `convert` as a process of its own: every kind of checkpoint in, one weights file out. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { openWeights } from "../../estimation/weights_file.ts";
import { floats, readGolden } from "../../reference/read_golden.ts";
import { goldenPath } from "../weights/convert/golden_conversion.ts";
import { withTemporaryFolder } from "../support/temporary_folder.ts";
import { entriesOf } from "./run_cli.ts";
import { convertIn, vocabulary } from "./run_convert.ts";

/** Checks every tensor: those of the golden file are its own, all others are the seeded start. */
async function assertWritten(path: string, goldens: readonly string[], bound = 0): Promise<void> {
  await using weights = await openWeights(path);
  const known = new Map<string, Float32Array>();
  for (const golden of goldens) {
    const { weights: own } = await readGolden(goldenPath(`${golden}.safetensors`));
    for (const name of own.keys()) known.set(name, floats(own, name));
  }
  assert.ok(known.size > 10);
  for (const [name, wanted] of known) {
    const values = await weights.read(name);
    assert.equal(values.length, wanted.length, name);
    const worst = values.reduce((top, value, i) => Math.max(top, Math.abs(value - wanted[i])), 0);
    assert.ok(worst <= bound, `${name} is off by ${worst}`);
  }
  assert.equal(weights.config.image.height, 128);
}

interface FamilyCase {
  source: string;
  goldens: string[];
  args?: string[];
  recognised: RegExp;
  keypoints: string;
  bound?: number;
}

const pure = ["--vision-only"];
const sized = ["--vision-only", "--config", "small.json"];

const families: Record<string, FamilyCase> = {
  "a folder of Hugging Face's ViTPose with a classic head": {
    source: "huggingface_vitpose",
    goldens: ["huggingface_vitpose/expected"],
    args: pure,
    recognised: /model\.safetensors: Hugging Face ViTPose, 2 blocks, classic head$/m,
    keypoints: "coco17",
  },
  "shards in bfloat16 with a simple head": {
    source: "huggingface_vitpose_sharded",
    goldens: ["huggingface_vitpose_sharded/expected"],
    args: pure,
    recognised: /model\.safetensors\.index\.json: Hugging Face ViTPose, 2 blocks, simple head$/m,
    keypoints: "coco17",
  },
  "ViTPose+ with its first expert": {
    source: "huggingface_vitpose_plus/model.safetensors",
    goldens: ["huggingface_vitpose_plus/expected_coco"],
    args: pure,
    recognised: /has experts: that of coco is kept$/m,
    keypoints: "coco17",
  },
  "ViTPose+ with an expert by number": {
    source: "huggingface_vitpose_plus",
    goldens: ["huggingface_vitpose_plus/expected_ap10k"],
    args: [...pure, "--expert", "3", "--keypoints", "coco17"],
    recognised: /has experts: that of ap10k is kept$/m,
    keypoints: "coco17",
  },
  "the original ViTPose in float16": {
    source: "original_vitpose",
    goldens: ["original_vitpose/expected"],
    args: sized,
    recognised: /: original ViTPose, 2 blocks, classic head$/m,
    keypoints: "coco17",
  },
  "the original ViTPose+ with an expert by name": {
    source: "original_vitpose_plus",
    goldens: ["original_vitpose_plus/expected_mpii"],
    args: [...sized, "--expert", "mpii"],
    recognised: /has experts: that of mpii is kept$/m,
    keypoints: "mpii16",
  },
  "MMPose 1.x": {
    source: "mmpose",
    goldens: ["mmpose/expected"],
    args: sized,
    recognised: /: MMPose 1\.x ViTPose, 1 blocks, simple head$/m,
    keypoints: "coco17",
  },
  "Hugging Face's plain ViT, whose head is new": {
    source: "huggingface_vit",
    goldens: ["huggingface_vit/expected_antialias"],
    args: sized,
    recognised: /has no head: a new one has to be trained$/m,
    keypoints: "posetrack15",
    bound: 2e-7,
  },
  "timm's plain ViT": {
    source: "timm_vit",
    goldens: ["huggingface_vit/expected_antialias"],
    args: sized,
    recognised: /: timm ViT, 2 blocks, vision encoder$/m,
    keypoints: "posetrack15",
    bound: 2e-7,
  },
  "ViTPose and BERT with a vocabulary named": {
    source: "huggingface_vitpose",
    goldens: ["huggingface_vitpose/expected", "huggingface_bert/expected"],
    args: [goldenPath("convert/huggingface_bert"), "--tokenizer", "vocab.txt"],
    recognised: /model\.safetensors: Hugging Face BERT, 2 blocks, text encoder$/m,
    keypoints: "coco17",
  },
};

for (const [what, { source, goldens, args = [], recognised, keypoints, bound }] of Object.entries(families)) {
  Deno.test(`convert takes ${what}`, () =>
    withTemporaryFolder(async (folder) => {
      const { status, stdout, stderr } = await convertIn(folder, goldenPath(`convert/${source}`), ...args);
      assert.equal(status, 0, stderr);
      assert.match(stdout, recognised);
      assert.match(stdout, /^Wrote out\.onnx$/m);
      assert.doesNotMatch(stdout, /: unused$|^missing /m);
      await assertWritten(join(folder, "out.onnx"), goldens.map((golden) => `convert/${golden}`), bound);
      await using weights = await openWeights(join(folder, "out.onnx"));
      assert.equal(weights.keypoints.name, keypoints);
      assert.equal(weights.config.language, !args.includes("--vision-only"));
      assert.match(weights.provenance, /^converted from [^/]+$/);
      const isPlain = source.endsWith("_vit");
      assert.equal(/^note: parts that find keypoints are untrained/m.test(stderr), isPlain, stderr);
      assert.deepEqual(await entriesOf(folder), ["out.onnx", "small.json", "vocab.txt"]);
    }));
}

/** Copies golden checkpoints into a folder, under names of the test's choice. */
async function copyGolden(folder: string, copies: Readonly<Record<string, string>>): Promise<void> {
  for (const [to, from] of Object.entries(copies)) {
    await Deno.mkdir(join(folder, to, ".."), { recursive: true });
    await Deno.copyFile(goldenPath(`convert/${from}`), join(folder, to));
  }
}

Deno.test("convert tells files by content, and finds vocab.txt and config.json beside the text", () =>
  withTemporaryFolder(async (folder) => {
    await copyGolden(folder, {
      "a/first.bin": "huggingface_bert/model.safetensors",
      "a/config.json": "huggingface_bert/config.json",
      "b/second.bin": "huggingface_vitpose/model.safetensors",
      "b/config.json": "huggingface_vitpose/config.json",
    });
    await Deno.writeTextFile(join(folder, "a/vocab.txt"), vocabulary);
    await Deno.writeTextFile(join(folder, "b/vocab.txt"), "not\nthis\none\n");
    const { status, stdout, stderr } = await convertIn(folder, "b/second.bin", "a/first.bin");
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^initialised, seed 7: \d+ tensors of fusion, adapter, interaction$/m);
    await using weights = await openWeights(join(folder, "out.onnx"));
    assert.equal(weights.config.text.heads, 3);
    assert.deepEqual([...weights.tokenizer!.encode("A man", { maxTokens: 8 }).inputIds], [2, 5, 6, 3]);
    assert.equal(weights.provenance, "converted from second.bin and first.bin");
  }));

Deno.test("convert reads the tokenizer.json above an onnx folder, before any vocab.txt", () =>
  withTemporaryFolder(async (folder) => {
    await copyGolden(folder, { "minilm/onnx/model.onnx": "onnx_bert_pooler/model.onnx" });
    await using small = await openTokenizer(folder);
    await Deno.writeTextFile(join(folder, "minilm/tokenizer.json"), small.json);
    await Deno.writeTextFile(join(folder, "minilm/vocab.txt"), "nothing\n");
    const { status, stderr } = await convertIn(
      folder,
      "minilm",
      goldenPath("convert/huggingface_vitpose"),
      "--config",
      "small.json",
    );
    assert.equal(status, 0, stderr);
    await using weights = await openWeights(join(folder, "out.onnx"));
    assert.deepEqual([...weights.tokenizer!.encode("A man", { maxTokens: 8 }).inputIds], [2, 5, 6, 3]);
  }));

/** The text of a tokenizer.json with the words above, made by a conversion. */
async function openTokenizer(folder: string): Promise<{ json: string } & AsyncDisposable> {
  const sources = ["huggingface_vitpose", "huggingface_bert"].map((name) => goldenPath(`convert/${name}`));
  const { status, stderr } = await convertIn(folder, ...sources, "--tokenizer", "vocab.txt");
  assert.equal(status, 0, stderr);
  const weights = await openWeights(join(folder, "out.onnx"));
  return { json: weights.tokenizer!.json, [Symbol.asyncDispose]: () => weights.close() };
}

Deno.test("convert --dtype f16 stores halves, each the nearest", () =>
  withTemporaryFolder(async (folder) => {
    const source = goldenPath("convert/huggingface_vitpose");
    assert.equal((await convertIn(folder, source, ...pure)).status, 0);
    const { size } = await Deno.stat(join(folder, "out.onnx"));
    const { status, stderr } = await convertIn(folder, source, ...pure, "--dtype", "f16");
    assert.equal(status, 0, stderr);
    await using weights = await openWeights(join(folder, "out.onnx"));
    assert.deepEqual(weights.dataTypes, ["float16"]);
    assert.equal(2 * weights.parameterBytes, 4 * weights.parameterCount);
    assert.ok((await Deno.stat(join(folder, "out.onnx"))).size < size);
    const golden = await readGolden(goldenPath("convert/huggingface_vitpose/expected.safetensors"));
    for (const name of golden.weights.keys()) {
      const halves = Float16Array.from(floats(golden.weights, name));
      assert.deepEqual(await weights.read(name), Float32Array.from(halves), name);
    }
  }));

Deno.test("convert --json prints where every source tensor went", () =>
  withTemporaryFolder(async (folder) => {
    const { status, stdout } = await convertIn(
      folder,
      goldenPath("convert/huggingface_vitpose"),
      ...pure,
      "--json",
    );
    assert.equal(status, 0);
    const report = JSON.parse(stdout);
    assert.equal(report.to, "out.onnx");
    assert.deepEqual([report.unused, report.missing, report.initialised], [[], [], []]);
    const query = "backbone.encoder.layer.1.attention.attention.query.weight";
    const line = report.lines.find(({ tensor }: { tensor: string }) => tensor === query);
    assert.deepEqual(line.to, [{ name: "vision.blocks.1.attention.qkv.weight", recipe: "concatenateRows" }]);
  }));
