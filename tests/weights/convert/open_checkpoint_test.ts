import assert from "node:assert/strict";
import { join } from "node:path";
import { openCheckpoint } from "../../../weights/convert/open_checkpoint.ts";
import { encodeTestModel, floatBytes } from "../onnx_files.ts";
import { encodeSafetensors, floatTensor } from "../safetensors_files.ts";
import { withTemporaryFolder } from "../../support/temporary_folder.ts";

const safetensors = () => encodeSafetensors({ "a.weight": floatTensor([1], [1]) });

function exported(): Uint8Array<ArrayBuffer> {
  const float = (name: string, dims: number[]) => {
    const count = dims.reduce((product, extent) => product * extent, 1);
    return {
      name,
      dims,
      dataType: 1,
      rawData: floatBytes(Array.from({ length: count }, (_, index) => index)),
    };
  };
  return encodeTestModel({
    model: {
      graph: {
        name: "g",
        node: [
          { opType: "MatMul", input: ["x", "val_1"], output: ["h"] },
          { opType: "Add", input: ["h", "fc.bias"], output: ["y"] },
          {
            opType: "LayerNormalization",
            input: ["y"],
            output: ["z"],
            attribute: [{ name: "epsilon", f: 1e-6 }],
          },
        ],
        output: [{ name: "z" }],
        initializer: [
          float("val_1", [2, 3]),
          float("fc.bias", [3]),
          float("val_2", [4]),
          float("val_3", []),
          float("val_4", [9]),
          float("val_5", [2, 2]),
          { name: "val_6", dims: [2, 2], dataType: 7, int64Data: [1, 2, 3, 4] },
        ],
      },
    },
  });
}

Deno.test("openCheckpoint() finds the usual file of a folder, safetensors first", () =>
  withTemporaryFolder(async (folder) => {
    await assert.rejects(openCheckpoint(folder), {
      name: "TypeError",
      message: `Cannot use folder ${folder} as a checkpoint: it has none of model.safetensors, ` +
        `model.safetensors.index.json, model.onnx, ${join("onnx", "model.onnx")}`,
    });
    const steps: [string, Uint8Array][] = [
      [join("onnx", "model.onnx"), exported()],
      ["model.onnx", exported()],
      [
        "model.safetensors.index.json",
        new TextEncoder().encode(`{"weight_map": {"a.weight": "model.safetensors"}}`),
      ],
      ["model.safetensors", safetensors()],
    ];
    await Deno.mkdir(join(folder, "onnx"));
    for (const [name, bytes] of steps.toReversed()) await Deno.writeFile(join(folder, name), bytes);
    for (const [name] of steps.toReversed()) {
      if (name === "model.safetensors.index.json") continue;
      await using checkpoint = await openCheckpoint(folder);
      assert.equal(checkpoint.path, join(folder, name));
      await Deno.remove(join(folder, name));
      if (name === "model.safetensors") await Deno.remove(join(folder, "model.safetensors.index.json"));
    }
  }));

Deno.test("openCheckpoint() tells formats by content, not by name", () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, "weights.bin");
    for (const bytes of [safetensors(), exported()]) {
      await Deno.writeFile(path, bytes);
      await (await openCheckpoint(path)).close();
    }
  }));

Deno.test("openCheckpoint() refuses pickles with what to do, and files that are nothing", () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, "model.safetensors");
    for (const start of ["PK\x03\x04archive/data.pkl", "\x80\x02}q\x00", "\x80\x05\x95"]) {
      await Deno.writeFile(path, Uint8Array.from(start, (character) => character.charCodeAt(0)));
      await assert.rejects(openCheckpoint(path), {
        name: "TypeError",
        message:
          /^Cannot use checkpoint .*: it is a PyTorch pickle, .* save its state dictionary with safetensors/,
      });
    }
    for (
      const [text, message] of [
        ["version https://git-lfs.github.com/spec/v1", /expected an ONNX model$/],
        ["", /it is empty$/],
        ["{", /Cannot read index/],
        ["12345678{", /header of \d+ bytes/],
      ] as const
    ) {
      await Deno.writeTextFile(path, text);
      await assert.rejects(openCheckpoint(path), message);
    }
    await assert.rejects(openCheckpoint(join(folder, "no")), /no such file$/);
  }));

Deno.test("openCheckpoint() gives an export's tensors the names and layout of their modules", () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, "model.onnx");
    await Deno.writeFile(path, exported());
    await using checkpoint = await openCheckpoint(path);
    const found = [...checkpoint.tensors.values()].map((tensor) => [
      tensor.name,
      tensor.storedName,
      tensor.shape,
      tensor.constant,
    ]);
    assert.deepEqual(found, [
      ["fc.weight", "val_1", [3, 2], false],
      ["fc.bias", "fc.bias", [3], false],
      ["val_2", "val_2", [4], true],
      ["val_3", "val_3", [], true],
      ["val_4", "val_4", [9], false],
      ["val_5", "val_5", [2, 2], false],
      ["val_6", "val_6", [2, 2], true],
    ]);
    // Stored as [[0, 1, 2], [3, 4, 5]].
    assert.deepEqual([...await checkpoint.tensors.get("fc.weight")?.read() ?? []], [0, 3, 1, 4, 2, 5]);
    assert.equal(checkpoint.settings.epsilon, 1e-6);
  }));

Deno.test("openCheckpoint() reads the settings beside the file, for exports also one folder up", () =>
  withTemporaryFolder(async (folder) => {
    await Deno.mkdir(join(folder, "onnx"));
    await Deno.writeTextFile(join(folder, "config.json"), `{"model_type": "bert", "num_attention_heads": 3}`);
    await Deno.writeFile(join(folder, "onnx", "model.onnx"), exported());
    await using checkpoint = await openCheckpoint(folder);
    assert.equal(checkpoint.settings.heads, 3);
    assert.equal(checkpoint.settings.modelType, "bert");
    assert.equal(checkpoint.settings.epsilon, 1e-6);
    await Deno.writeTextFile(
      join(folder, "onnx", "config.json"),
      `{"num_attention_heads": 5, "layer_norm_eps": 1e-12}`,
    );
    await using nearer = await openCheckpoint(folder);
    assert.equal(nearer.settings.heads, 5);
    assert.equal(nearer.settings.epsilon, 1e-12);
  }));
