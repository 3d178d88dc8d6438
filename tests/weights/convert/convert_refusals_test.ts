import assert from "node:assert/strict";
import { join } from "node:path";
import { convert, type ConvertOptions } from "../../../weights/convert/convert.ts";
import { openCheckpoint } from "../../../weights/convert/open_checkpoint.ts";
import { encodeSafetensors, floatTensor, type TestTensor } from "../safetensors_files.ts";
import { withTemporaryFolder } from "../../support/temporary_folder.ts";
import { goldenPath } from "./golden_conversion.ts";
import { copyCheckpoint, vitposeTensors } from "./made_checkpoints.ts";

interface Refusal {
  tensors: Record<string, TestTensor>;
  options?: ConvertOptions;
  settings?: unknown;
  name: string;
  message: RegExp;
}

async function assertRefused({ tensors, options = {}, settings, name, message }: Refusal): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    const path = join(folder, "model.safetensors");
    await Deno.writeFile(path, encodeSafetensors(tensors));
    if (settings !== undefined) {
      await Deno.writeTextFile(join(folder, "config.json"), JSON.stringify(settings));
    }
    await using checkpoint = await openCheckpoint(path);
    assert.throws(() => convert([checkpoint], options), { name, message });
  });
}

const vitpose = () => vitposeTensors({ width: 8, patch: 8, positions: 192 });
const heads = { visionHeads: 2 };

/** Runs a test with a changed copy of a golden checkpoint. */
async function withChanged(
  source: string,
  change: (tensors: Record<string, TestTensor>) => void,
  body: (checkpoint: Awaited<ReturnType<typeof openCheckpoint>>) => void | Promise<void>,
): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    const path = join(folder, "model.safetensors");
    await copyCheckpoint(goldenPath(`convert/${source}/model.safetensors`), path, change);
    await using checkpoint = await openCheckpoint(path);
    await body(checkpoint);
  });
}

Deno.test("convert() refuses tensors of no known kind", () =>
  assertRefused({
    tensors: { "layer1.0.conv1.weight": floatTensor([1], [1]), "fc.weight": floatTensor([1], [1]) },
    name: "TypeError",
    message:
      /^Cannot convert .*: its 2 tensors \(layer1\.0\.conv1\.weight, fc\.weight, …\) are of no known kind, expected/,
  }));

Deno.test("convert() reports everything unused and missing at once, and does what is allowed", () =>
  withChanged("huggingface_vitpose", (tensors) => {
    delete tensors["backbone.encoder.layer.1.mlp.fc1.bias"];
    delete tensors["backbone.encoder.layer.0.attention.attention.key.weight"];
    tensors["backbone.extra"] = floatTensor([1], [1]);
    tensors["neck.weight"] = floatTensor([1], [1]);
  }, (checkpoint) => {
    const { path } = checkpoint;
    const wrong = [
      "Cannot convert: 4 source tensors unused, 2 canonical tensors missing, expected none unless allowed",
      `  unused backbone.encoder.layer.0.attention.attention.query.weight of ${path}`,
      `  unused backbone.encoder.layer.0.attention.attention.value.weight of ${path}`,
      `  unused backbone.extra of ${path}`,
      `  unused neck.weight of ${path}`,
      "  missing vision.blocks.0.attention.qkv.weight",
      "  missing vision.blocks.1.mlp.fc1.bias",
    ];
    const message = (error: Error): boolean => {
      assert.deepEqual(error.message.split("\n").sort(), wrong.toSorted());
      return true;
    };
    assert.throws(() => convert([checkpoint], heads), message);
    assert.throws(
      () => convert([checkpoint], { ...heads, allow: ["unused"] }),
      /: 0 source tensors unused, 2 canonical/,
    );
    assert.throws(
      () => convert([checkpoint], { ...heads, allow: ["missing"] }),
      /: 4 source tensors unused, 0 canonical/,
    );
    const { tensors, report } = convert([checkpoint], {
      ...heads,
      image: { height: 128, width: 96 },
      allow: ["missing", "unused"],
    });
    assert.equal(tensors.has("vision.blocks.1.mlp.fc1.bias"), false);
    assert.equal(report.unused.length, 4);
  }));

Deno.test("convert() sees a whole block that is missing", () =>
  withChanged("huggingface_bert_bare", (tensors) => {
    for (const name of Object.keys(tensors)) {
      if (name.startsWith("encoder.layer.1.")) {
        tensors[name.replace("layer.1.", "layer.2.")] = tensors[name];
        delete tensors[name];
      }
    }
  }, (checkpoint) => {
    assert.throws(
      () => convert([checkpoint], { textHeads: 3 }),
      /: 0 source tensors unused, 12 canonical tensors missing/,
    );
  }));

Deno.test("convert() names all tensors that do not fit, with what was expected", () => {
  const tensors = vitpose();
  const block = "backbone.encoder.layer.0";
  tensors[`${block}.mlp.fc1.bias`] = floatTensor([5], [0, 0, 0, 0, 0]);
  tensors[`${block}.attention.attention.key.bias`] = floatTensor([7], new Array(7).fill(0));
  tensors["head.conv.bias"] = floatTensor([4], [0, 0, 0, 0]);
  tensors["backbone.embeddings.position_embeddings"] = floatTensor([193, 8], new Array(193 * 8).fill(0));
  return assertRefused({
    tensors,
    options: heads,
    name: "TypeError",
    message: new RegExp(
      [
        "^Cannot convert .* as Hugging Face ViTPose: 4 tensors do not fit",
        "  vision.position_embedding from backbone.embeddings.position_embeddings \\[193, 8\\]: expected sources that fit foldClassPosition",
        "  vision.blocks.0.attention.qkv.bias from .*query.bias \\[8\\] and .*key.bias \\[7\\] and .*: expected \\[3D = 24\\]",
        "  vision.blocks.0.mlp.fc1.bias from .*fc1.bias \\[5\\]: expected \\[H = 4\\]",
        "  head.convolution.bias from head.conv.bias \\[4\\]: expected \\[K = 3\\]$",
      ].join("\n"),
    ),
  });
});

Deno.test("convert() refuses NaN when the tensor is read, by its name in the file", () =>
  withChanged("huggingface_vitpose", (tensors) => {
    const { shape } = tensors["backbone.layernorm.weight"];
    tensors["backbone.layernorm.weight"] = floatTensor(shape, [1, 1, 1, NaN, 1, 1, 1, 1]);
  }, async (checkpoint) => {
    const { tensors } = convert([checkpoint], heads);
    await assert.rejects(tensors.get("vision.norm.weight")?.read() ?? Promise.resolve(), {
      name: "RangeError",
      message:
        `Cannot use tensor backbone.layernorm.weight of ${checkpoint.path}: NaN at [3] of shape [8], ` +
        `expected finite numbers`,
    });
  }));

Deno.test("convert() refuses two vision encoders, in one checkpoint or in two", async () => {
  await using first = await openCheckpoint(goldenPath("convert/huggingface_vitpose"));
  await using second = await openCheckpoint(goldenPath("convert/mmpose"));
  assert.throws(() => convert([first, second]), {
    name: "TypeError",
    message: `Cannot convert ${second.path} and ${first.path}: both give a vision encoder`,
  });
  const tensors: Record<string, TestTensor> = {};
  for (const [name, tensor] of Object.entries(vitpose())) {
    tensors[`student.${name}`] = tensor;
    tensors[`teacher.${name}`] = tensor;
  }
  await assertRefused({
    tensors,
    name: "TypeError",
    message:
      /several vision encoders \(Hugging Face ViTPose at "student\.", Hugging Face ViTPose at "teacher\."\)/,
  });
});

Deno.test("convert() refuses experts that do not exist", async () => {
  await using plus = await openCheckpoint(goldenPath("convert/huggingface_vitpose_plus"));
  for (const expert of ["dogs", 6, -1, 1.5]) {
    assert.throws(() => convert([plus], { expert }), {
      name: "RangeError",
      message: `Cannot choose expert ${expert}: expected coco, aic, mpii, ap10k, apt36k, wholebody or 0 to 5`,
    });
  }
  await using dense = await openCheckpoint(goldenPath("convert/huggingface_vitpose"));
  assert.throws(() => convert([dense], { expert: "coco" }), {
    name: "RangeError",
    message: "Cannot choose expert coco: none of the checkpoints has experts",
  });
});

Deno.test("convert() refuses an expert that the checkpoint lacks", () =>
  withChanged("huggingface_vitpose_plus", (tensors) => {
    for (const name of Object.keys(tensors)) if (name.includes("experts.5")) delete tensors[name];
  }, (checkpoint) => {
    assert.throws(
      () => convert([checkpoint], { ...heads, expert: "wholebody" }),
      /vision\.blocks\.0\.mlp\.fc2\.weight from .*fc2\.weight \[5, 16\]: expected \[D = 8, H = 16\]/,
    );
  }));

Deno.test("convert() refuses attention heads that nothing tells, or that do not divide the width", async () => {
  const tensors = vitpose();
  await assertRefused({
    tensors,
    name: "RangeError",
    message:
      /^Cannot tell the attention heads of .*: Hugging Face ViTPose of width 8 is of no usual size, expected/,
  });
  for (const visionHeads of [3, 0, 2.5, -2, 0.5]) {
    await assertRefused({
      tensors,
      options: { visionHeads },
      name: "RangeError",
      message: /: -?[\d.]+ attention heads, expected a divisor of its width 8$/,
    });
  }
});

Deno.test("convert() refuses a crop that nothing tells, or that does not fit the positions", async () => {
  const tensors = vitposeTensors({ width: 8, patch: 8, positions: 190 });
  await assertRefused({
    tensors,
    options: heads,
    name: "RangeError",
    message: /^Cannot tell the crop of .*: 190 positions are no 4 to 3 grid, expected a config\.json/,
  });
  await assertRefused({
    tensors,
    options: { ...heads, image: { height: 128, width: 96 } },
    name: "RangeError",
    message: /: 190 positions, expected 16 × 12 for a crop of 128 × 96 pixels$/,
  });
});

Deno.test("convert() refuses models that compute something else", async () => {
  const pose = { tensors: vitpose(), options: heads, name: "TypeError" };
  await assertRefused({
    ...pose,
    settings: { backbone_config: { hidden_act: "relu" } },
    message: /: its config\.json says activation "relu", expected "gelu"$/,
  });
  await withTemporaryFolder(async (folder) => {
    const path = join(folder, "model.safetensors");
    await Deno.copyFile(goldenPath("convert/huggingface_bert_bare/model.safetensors"), path);
    for (
      const [settings, message] of [
        [{ model_type: "roberta" }, /says modelType "roberta", expected "bert"$/],
        [{ model_type: "bert", hidden_act: "gelu_new" }, /says activation "gelu_new", expected "gelu"$/],
        [{ position_embedding_type: "relative_key" }, /says positions "relative_key", expected "absolute"$/],
      ] as const
    ) {
      await Deno.writeTextFile(join(folder, "config.json"), JSON.stringify(settings));
      await using checkpoint = await openCheckpoint(path);
      assert.throws(() => convert([checkpoint], { textHeads: 3 }), { name: "TypeError", message });
    }
  });
});

Deno.test("convert() refuses RoBERTa, with its prefix and without", async () => {
  const change = (prefix: string, types: number) => (tensors: Record<string, TestTensor>) => {
    tensors["embeddings.token_type_embeddings.weight"] = floatTensor(
      [types, 12],
      new Array(types * 12).fill(0),
    );
    for (const [name, tensor] of Object.entries(tensors)) {
      delete tensors[name];
      tensors[prefix + name] = tensor;
    }
  };
  await withChanged("huggingface_bert_bare", change("roberta.", 2), (checkpoint) => {
    assert.throws(() => convert([checkpoint], { textHeads: 3 }), /are of no known kind/);
  });
  await withChanged("huggingface_bert_bare", change("", 1), (checkpoint) => {
    assert.throws(() => convert([checkpoint], { textHeads: 3 }), /1 token type, as RoBERTa has it/);
  });
});

Deno.test("convert() refuses plain encoders whose positions are no square, and with distillation tokens", () => {
  const positions = (slots: number) => (tensors: Record<string, TestTensor>) => {
    tensors["pos_embed"] = floatTensor([1, slots, 8], new Array(slots * 8).fill(0));
  };
  const options = { visionHeads: 2, image: { height: 128, width: 96 } };
  return Promise.all([198, 199, 2].map((slots) =>
    withChanged("timm_vit", positions(slots), (checkpoint) => {
      assert.throws(
        () => convert([checkpoint], options),
        /expected sources that fit resizePositions/,
        String(slots),
      );
    })
  )).then(() => {});
});

Deno.test("convert() accepts plain encoders without a class slot", () =>
  withChanged("timm_vit", (tensors) => {
    tensors["pos_embed"] = floatTensor([1, 4, 8], new Array(32).fill(0.5));
    delete tensors["cls_token"];
  }, async (checkpoint) => {
    const { tensors } = convert([checkpoint], { visionHeads: 2, image: { height: 128, width: 96 } });
    const positions = await tensors.get("vision.position_embedding")?.read();
    assert.equal(positions?.length, 192 * 8);
    assert.ok(positions?.every((value) => Math.abs(value - 0.5) <= 1e-7));
  }));
