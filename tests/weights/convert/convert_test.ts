import assert from "node:assert/strict";
import { join } from "node:path";
import { readGolden } from "../../../reference/read_golden.ts";
import { convert, type ConvertOptions } from "../../../weights/convert/convert.ts";
import { openCheckpoint } from "../../../weights/convert/open_checkpoint.ts";
import { floatTensor } from "../safetensors_files.ts";
import { withTemporaryFolder } from "../../support/temporary_folder.ts";
import { assertConverted, goldenPath } from "./golden_conversion.ts";
import { copyCheckpoint, makeVitpose } from "./made_checkpoints.ts";

/** Sizes of every vision source but the one block of some. */
const vision = { patchSize: 8, patchPadding: 2, width: 8, layers: 2, heads: 2, hidden: 16, epsilon: 1e-12 };
const image = { height: 128, width: 96 };
const text = {
  vocabularySize: 41,
  typeVocabularySize: 2,
  positions: 20,
  width: 12,
  layers: 2,
  heads: 3,
  hidden: 20,
  epsilon: 1e-12,
};
const classic = { head: { kind: "classic", channels: 6, epsilon: 1e-5 }, keypointCount: 17 };
const simple = { head: { kind: "simple", channels: 256, epsilon: 1e-5 }, keypointCount: 17 };

interface GoldenCase {
  source: string;
  expected: string;
  options?: ConvertOptions;
  config: unknown;
  bounds?: Record<string, number>;
}

/** Widths of 8 are of no usual size: where no config.json tells the heads, the caller does. */
const given = { visionHeads: 2, image };

const cases: Record<string, GoldenCase> = {
  "Hugging Face ViTPose, classic head": {
    source: "huggingface_vitpose",
    expected: "huggingface_vitpose/expected",
    config: { image, vision, ...classic },
  },
  "Hugging Face ViTPose, simple head, bfloat16 shards": {
    source: "huggingface_vitpose_sharded",
    expected: "huggingface_vitpose_sharded/expected",
    config: { image, vision, ...simple },
  },
  "Hugging Face ViTPose+, the first expert when none is named": {
    source: "huggingface_vitpose_plus",
    expected: "huggingface_vitpose_plus/expected_coco",
    config: { image, vision, ...simple },
  },
  "Hugging Face ViTPose+, an expert by name": {
    source: "huggingface_vitpose_plus",
    expected: "huggingface_vitpose_plus/expected_ap10k",
    options: { expert: "ap10k" },
    config: { image, vision, ...simple },
  },
  "Hugging Face ViTPose+, an expert by number": {
    source: "huggingface_vitpose_plus",
    expected: "huggingface_vitpose_plus/expected_ap10k",
    options: { expert: "3" },
    config: { image, vision, ...simple },
  },
  "original ViTPose in float16": {
    source: "original_vitpose",
    expected: "original_vitpose/expected",
    options: given,
    config: { image, vision: { ...vision, epsilon: 1e-6 }, ...classic },
  },
  "original ViTPose+ under state_dict, its own head": {
    source: "original_vitpose_plus",
    expected: "original_vitpose_plus/expected_coco",
    options: given,
    config: { image, vision: { ...vision, layers: 1, epsilon: 1e-6 }, ...classic },
  },
  "original ViTPose+ with the expert and the head of another data set": {
    source: "original_vitpose_plus",
    expected: "original_vitpose_plus/expected_mpii",
    options: { ...given, expert: "mpii" },
    config: { image, vision: { ...vision, layers: 1, epsilon: 1e-6 }, ...classic, keypointCount: 16 },
  },
  "MMPose 1.x": {
    source: "mmpose",
    expected: "mmpose/expected",
    options: given,
    config: { image, vision: { ...vision, layers: 1, epsilon: 1e-6 }, ...simple },
  },
  "Hugging Face ViT, positions filtered like timm": {
    source: "huggingface_vit",
    expected: "huggingface_vit/expected_antialias",
    options: { image },
    config: { image, vision },
    bounds: { "vision.position_embedding": 2e-7 },
  },
  "Hugging Face ViT, positions filtered like PyTorch": {
    source: "huggingface_vit",
    expected: "huggingface_vit/expected_plain",
    options: { image, antialias: false },
    config: { image, vision },
    bounds: { "vision.position_embedding": 2e-7 },
  },
  "timm ViT": {
    source: "timm_vit",
    expected: "huggingface_vit/expected_antialias",
    options: given,
    config: { image, vision: { ...vision, epsilon: 1e-6 } },
    bounds: { "vision.position_embedding": 2e-7 },
  },
  "Hugging Face BERT with bert., gamma and beta": {
    source: "huggingface_bert",
    expected: "huggingface_bert/expected",
    config: { text },
  },
  "Hugging Face BERT without a prefix": {
    source: "huggingface_bert_bare",
    expected: "huggingface_bert_bare/expected",
    config: { text },
  },
};

for (const [name, { source, expected, options = {}, config, bounds }] of Object.entries(cases)) {
  Deno.test(`convert() gives the canonical weights of ${name}`, async () => {
    await using checkpoint = await openCheckpoint(goldenPath(`convert/${source}`));
    const conversion = convert([checkpoint], options);
    await assertConverted(
      conversion,
      `convert/${expected}.safetensors`,
      bounds === undefined ? {} : { bounds },
    );
    assert.deepEqual(conversion.config, config);
    const { report } = conversion;
    assert.deepEqual(report.lines.map(({ module }) => module), [...checkpoint.tensors.keys()]);
    for (const { module, to, dropped } of report.lines) {
      assert.equal(to.length > 0, dropped === undefined, `${module} is either used or not needed`);
    }
    assert.deepEqual([report.unused, report.missing], [[], []]);
  });
}

Deno.test("convert() joins a vision and a text checkpoint", async () => {
  await using pose = await openCheckpoint(goldenPath("convert/huggingface_vitpose"));
  await using bert = await openCheckpoint(goldenPath("convert/huggingface_bert"));
  const { config, tensors, report } = convert([bert, pose]);
  assert.deepEqual(config, { image, vision, ...classic, text });
  const [visionWeights, textWeights] = await Promise.all(
    ["huggingface_vitpose", "huggingface_bert"].map((name) =>
      readGolden(goldenPath(`convert/${name}/expected.safetensors`))
    ),
  );
  assert.equal(tensors.size, visionWeights.weights.size + textWeights.weights.size);
  assert.deepEqual(report.recognised, [
    `${bert.path}: Hugging Face BERT, 2 blocks, text encoder`,
    `${pose.path}: Hugging Face ViTPose, 2 blocks, classic head`,
  ]);
});

Deno.test("convert() says which expert it keeps, and that a plain encoder has no head", async () => {
  await using plus = await openCheckpoint(goldenPath("convert/huggingface_vitpose_plus"));
  assert.deepEqual(convert([plus]).report.notes, [`${plus.path} has experts: that of coco is kept`]);
  await using plain = await openCheckpoint(goldenPath("convert/huggingface_vit"));
  assert.deepEqual(convert([plain], { image }).report.notes, [
    `${plain.path} has no head: a new one has to be trained`,
  ]);
});

Deno.test("convert() makes tensors when they are read, so that a closed checkpoint shows", async () => {
  const checkpoint = await openCheckpoint(goldenPath("convert/huggingface_bert"));
  const { tensors } = convert([checkpoint]);
  await checkpoint.close();
  await assert.rejects(tensors.get("text.embeddings.word")?.read() ?? Promise.resolve(), /it is closed$/);
});

Deno.test("convert() takes the usual crop, heads and epsilon where nothing else tells", () =>
  withTemporaryFolder(async (folder) => {
    const path = await makeVitpose(join(folder, "model.safetensors"), {
      width: 384,
      patch: 16,
      positions: 192,
    });
    await using checkpoint = await openCheckpoint(path);
    const { config } = convert([checkpoint]);
    assert.deepEqual(config.image, { height: 256, width: 192 });
    assert.equal(config.vision?.heads, 12);
    assert.equal(config.vision?.epsilon, 1e-12);
  }));

Deno.test("convert() believes the settings before it guesses", () =>
  withTemporaryFolder(async (folder) => {
    const path = await makeVitpose(join(folder, "model.safetensors"), {
      width: 384,
      patch: 16,
      positions: 190,
    });
    const backbone = { num_attention_heads: 6, layer_norm_eps: 1e-5, image_size: [304, 160] };
    await Deno.writeTextFile(join(folder, "config.json"), JSON.stringify({ backbone_config: backbone }));
    await using checkpoint = await openCheckpoint(path);
    const { config } = convert([checkpoint]);
    assert.deepEqual(config.image, { height: 304, width: 160 });
    assert.equal(config.vision?.heads, 6);
    assert.equal(config.vision?.epsilon, 1e-5);
    assert.equal(convert([checkpoint], { visionHeads: 8 }).config.vision?.heads, 8);
    const fallback = { visionHeads: 8, textHeads: 3, image: { height: 160, width: 304 } };
    assert.deepEqual(convert([checkpoint], { fallback }).config, config);
    await Deno.remove(join(folder, "config.json"));
    {
      await using silent = await openCheckpoint(path);
      const { vision, image } = convert([silent], { fallback }).config;
      assert.deepEqual({ heads: vision?.heads, image }, { heads: 8, image: fallback.image });
    }
    await Deno.copyFile(goldenPath("convert/huggingface_bert_bare/model.safetensors"), path);
    const settings = { num_attention_heads: 6, layer_norm_eps: 1e-5 };
    await Deno.writeTextFile(join(folder, "config.json"), JSON.stringify(settings));
    await using bert = await openCheckpoint(path);
    assert.equal(convert([bert]).config.text?.heads, 6);
    assert.equal(convert([bert]).config.text?.epsilon, 1e-5);
  }));

Deno.test("convert() fits a plain encoder with any patch to the usual crop, and leaves MAE's decoder out", () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, "model.safetensors");
    await copyCheckpoint(goldenPath("convert/timm_vit/model.safetensors"), path, (tensors) => {
      const weights = 8 * 3 * 14 * 14;
      tensors["patch_embed.proj.weight"] = floatTensor([8, 3, 14, 14], new Array(weights).fill(0.25));
      tensors["decoder_blocks.0.norm1.weight"] = floatTensor([4], [1, 2, 3, 4]);
      tensors["mask_token"] = floatTensor([1], [1]);
    });
    await using checkpoint = await openCheckpoint(path);
    const { config, tensors } = convert([checkpoint], { visionHeads: 2 });
    assert.deepEqual(config.image, { height: 256, width: 192 });
    // floor((256 + 4 - 14) / 14) + 1 = 18 rows, floor((192 + 4 - 14) / 14) + 1 = 14 columns.
    assert.deepEqual(tensors.get("vision.position_embedding")?.shape, [18 * 14, 8]);
  }));

Deno.test("convert() cuts the head of another data set to its keypoints", () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, "model.safetensors");
    const head = "state_dict.associate_keypoint_heads.1.final_layer";
    await copyCheckpoint(goldenPath("convert/original_vitpose_plus/model.safetensors"), path, (tensors) => {
      for (const part of ["weight", "bias"]) {
        const { shape: [keypoints, ...rest], bytes } = tensors[`${head}.${part}`];
        const extra = new Uint8Array(new Float32Array(bytes.length / 4 / keypoints).fill(9).buffer);
        const padded = new Uint8Array([...bytes, ...extra]);
        tensors[`${head}.${part}`] = { dtype: "F32", shape: [keypoints + 1, ...rest], bytes: padded };
      }
    });
    await using checkpoint = await openCheckpoint(path);
    const conversion = convert([checkpoint], { ...given, expert: "mpii" });
    await assertConverted(conversion, "convert/original_vitpose_plus/expected_mpii.safetensors");
  }));
