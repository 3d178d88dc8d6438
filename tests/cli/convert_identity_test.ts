/**
 * A converted ViTPose, with or without a BERT, gives ViTPose's own heatmaps until it is trained, whatever the
 * neighbours of the keyframe and the text are: on both engines, against Hugging Face's modules.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { LAPose } from "../../estimation/lapose.ts";
import { floats, integers, readGolden } from "../../reference/read_golden.ts";
import { assertClose } from "../support/compare.ts";
import { normals } from "../support/random.ts";
import { goldenPath } from "../weights/convert/golden_conversion.ts";
import { vitposeTensors } from "../weights/convert/made_checkpoints.ts";
import { encodeSafetensors, floatTensor } from "../weights/safetensors_files.ts";
import { withTemporaryFolder } from "../support/temporary_folder.ts";
import { convertIn, smallConfig } from "./run_convert.ts";

const bound = 1e-4;

/** Crop of the golden exports: a grid that is not 4 to 3, so that the configuration has to say it. */
const image = { height: 48, width: 32 };
const vocabularySize = 41;

/** Three frames around the golden image: three times the same, or others before and behind it. */
function windows(keyframe: Float32Array): Record<string, Float32Array<ArrayBuffer>> {
  const neighbour = (seed: number) => normals(keyframe.length, seed);
  const joined = (...frames: Float32Array[]) => Float32Array.from(frames.flatMap((frame) => [...frame]));
  return {
    "three equal frames": joined(keyframe, keyframe, keyframe),
    "other neighbours": joined(neighbour(3), keyframe, neighbour(4)),
  };
}

const exportsOf: Record<string, string> = {
  "vitpose_classic_torchscript_opset11": "vitpose_classic",
  "vitpose_classic_dynamo_opset18": "vitpose_classic",
  "vitpose_simple_torchscript_opset17": "vitpose_simple",
  "vitpose_simple_dynamo_plain_opset21": "vitpose_simple",
};

for (const [file, golden] of Object.entries(exportsOf)) {
  Deno.test(`convert of ${file}, alone and with BERT, gives ViTPose's own heatmaps on both engines`, () =>
    withTemporaryFolder(async (folder) => {
      const { inputs, expected } = await readGolden(goldenPath(`export/${golden}.safetensors`));
      const keyframe = floats(inputs, "pixels");
      const heatmaps = floats(expected, "heatmaps");
      const config = { ...smallConfig(), image };
      await Deno.writeTextFile(join(folder, "mine.json"), JSON.stringify(config));
      const vitpose = goldenPath(`export/${file}.onnx`);
      const bert = goldenPath("export/bert_torchscript_opset17.onnx");
      const alone = await convertIn(folder, vitpose, "--vision-only", "--config", "mine.json");
      assert.equal(alone.status, 0, alone.stderr);
      for (const device of ["webgpu", "cpu"] as const) {
        await using model = await LAPose.load(join(folder, "out.onnx"), { device });
        assertClose((await model.forward({ pixels: keyframe })).heatmaps.data, heatmaps, bound);
      }
      const tokens = ["--tokenizer", "vocab.txt"];
      const both = await convertIn(folder, vitpose, bert, "--config", "mine.json", ...tokens);
      assert.equal(both.status, 0, both.stderr);
      for (const device of ["webgpu", "cpu"] as const) {
        await using model = await LAPose.load(join(folder, "out.onnx"), { device });
        for (const pixels of Object.values(windows(keyframe))) {
          for (const words of [3, 7]) {
            const inputIds = Int32Array.from(
              { length: 10 },
              (_, n) => n === 0 ? 2 : n < words ? 5 + 3 * n : n === words ? 3 : 0,
            );
            const attentionMask = inputIds.map((id) => id === 0 ? 0 : 1);
            const outputs = await model.forward({ pixels, inputIds, attentionMask });
            assertClose(outputs.heatmaps.data, heatmaps, bound);
          }
          assertClose((await model.forward({ pixels })).heatmaps.data, heatmaps, bound);
        }
      }
    }));
}

Deno.test("convert of BERT gives its own last hidden states on both engines, from all four exports", () =>
  withTemporaryFolder(async (folder) => {
    const { inputs, expected } = await readGolden(goldenPath("export/bert.safetensors"));
    const hidden = floats(expected, "text");
    const inputIds = integers(inputs, "inputIds");
    const attentionMask = integers(inputs, "attentionMask");
    assert.ok(inputIds.every((id) => id < vocabularySize));
    // The text encoder's width, so that nothing stands between its output and the model's before training.
    const vision = vitposeTensors({ width: 12, patch: 8, positions: 192 });
    fill(vision, 15);
    await Deno.writeFile(join(folder, "vitpose.safetensors"), encodeSafetensors(vision));
    for (
      const file of ["torchscript_opset11", "torchscript_opset17", "dynamo_opset18", "dynamo_plain_opset21"]
    ) {
      const sources = ["vitpose.safetensors", goldenPath(`export/bert_${file}.onnx`)];
      const options = ["--config", "small.json", "--tokenizer", "vocab.txt"];
      const { status, stderr } = await convertIn(folder, ...sources, ...options);
      assert.equal(status, 0, stderr);
      for (const device of ["webgpu", "cpu"] as const) {
        await using model = await LAPose.load(join(folder, "out.onnx"), { device });
        const pixels = normals(2 * 3 * 3 * 128 * 96, 1);
        const { text } = await model.forward({ pixels, inputIds, attentionMask });
        const kept = (values: Float32Array) =>
          values.filter((_, i) => attentionMask[Math.floor(i / 12)] === 1);
        assertClose(kept(text!.data), kept(hidden), bound);
      }
    }
  }));

/** Random values for a made checkpoint, and a head of so many keypoints. */
function fill(tensors: ReturnType<typeof vitposeTensors>, keypoints: number): void {
  for (const [name, { shape }] of Object.entries(tensors)) {
    const extents = name.startsWith("head.") ? [keypoints, ...shape.slice(1)] : shape;
    const count = extents.reduce((product, extent) => product * extent, 1);
    tensors[name] = floatTensor(extents, [...normals(count, name.length, 0.3)]);
  }
}

Deno.test("convert of a width that is no multiple of four works on both engines", () =>
  withTemporaryFolder(async (folder) => {
    const tensors = vitposeTensors({ width: 6, patch: 16, positions: 192 });
    fill(tensors, 15);
    await Deno.writeFile(join(folder, "vitpose.safetensors"), encodeSafetensors(tensors));
    await Deno.writeTextFile(
      join(folder, "config.json"),
      JSON.stringify({ backbone_config: { num_attention_heads: 2 } }),
    );
    const { status, stderr } = await convertIn(
      folder,
      "vitpose.safetensors",
      goldenPath("convert/huggingface_bert"),
      "--tokenizer",
      "vocab.txt",
    );
    assert.equal(status, 0, stderr);
    const run = async (device: "webgpu" | "cpu") => {
      await using model = await LAPose.load(join(folder, "out.onnx"), { device });
      assert.deepEqual(model.config.interaction, {
        ...model.config.interaction,
        heads: 2,
        hidden: 4,
        bottleneck: 1,
      });
      const pixels = normals(3 * 3 * 256 * 192, 1);
      return await model.forward({
        pixels,
        inputIds: Int32Array.of(2, 5, 6, 3),
        attentionMask: new Int32Array(4).fill(1),
      });
    };
    const [webgpu, cpu] = [await run("webgpu"), await run("cpu")];
    assertClose(webgpu.heatmaps.data, cpu.heatmaps.data, bound);
    assertClose(webgpu.transportPlan!.data, cpu.transportPlan!.data, 1e-6);
    assertClose(webgpu.text!.data, cpu.text!.data, bound);
  }));
