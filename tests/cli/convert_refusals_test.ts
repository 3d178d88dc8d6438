/** `convert` as a process of its own: what it refuses, with which words, and that nothing is written then. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { openWeights } from "../../estimation/weights_file.ts";
import { initialValues } from "../../model/initialise.ts";
import { goldenPath } from "../weights/convert/golden_conversion.ts";
import { copyCheckpoint } from "../weights/convert/made_checkpoints.ts";
import { encodeTestModel, floatBytes } from "../weights/onnx_files.ts";
import { joinSafetensors } from "../weights/safetensors_files.ts";
import { withTemporaryFolder } from "../support/temporary_folder.ts";
import { entriesOf } from "./run_cli.ts";
import { convertIn, vocabulary } from "./run_convert.ts";

const pure = ["--vision-only"];

Deno.test("convert refuses what is unused or missing unless it is allowed, and names it", () =>
  withTemporaryFolder(async (folder) => {
    await Deno.copyFile(goldenPath("convert/huggingface_vitpose/config.json"), join(folder, "config.json"));
    const from = goldenPath("convert/huggingface_vitpose/model.safetensors");
    await copyCheckpoint(from, join(folder, "changed.safetensors"), (tensors) => {
      tensors["head.extra.weight"] = tensors["head.conv.bias"];
      delete tensors["backbone.layernorm.bias"];
    });
    const refused = await convertIn(folder, "changed.safetensors", ...pure);
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /^ {2}unused head\.extra\.weight of changed\.safetensors$/m);
    assert.match(refused.stderr, /^ {2}missing vision\.norm\.bias$/m);
    assert.equal((await convertIn(folder, "changed.safetensors", ...pure, "--allow", "unused")).status, 1);
    assert.ok(!(await entriesOf(folder)).includes("out.onnx"));
    const allowed = await convertIn(folder, "changed.safetensors", ...pure, "--allow", "unused", "missing");
    assert.equal(allowed.status, 0, allowed.stderr);
    assert.match(allowed.stdout, /^head\.extra\.weight: unused$/m);
    assert.match(allowed.stdout, /^missing vision\.norm\.bias$/m);
    await using weights = await openWeights(join(folder, "out.onnx"));
    assert.deepEqual(await weights.read("vision.norm.bias"), initialValues("vision.norm.bias", [8], 7));
  }));

const unfit: readonly (readonly [string, number, readonly string[], RegExp])[] = [
  [
    "a weight that is not a number",
    NaN,
    [],
    /tensor backbone\.layernorm\.bias of x\.safetensors: NaN at \[3\]/,
  ],
  [
    "a weight too large for halves",
    1e6,
    ["--dtype", "f16"],
    /tensor vision\.norm\.bias to out\.onnx: 1000000 at \[3\], expected magnitudes up to 65504/,
  ],
];

for (const [what, value, args, message] of unfit) {
  Deno.test(`convert refuses ${what} and writes nothing`, () =>
    withTemporaryFolder(async (folder) => {
      const from = goldenPath("convert/huggingface_vitpose/model.safetensors");
      await copyCheckpoint(from, join(folder, "x.safetensors"), (tensors) => {
        const { bytes } = tensors["backbone.layernorm.bias"];
        new DataView(bytes.buffer, bytes.byteOffset).setFloat32(12, value, true);
      });
      await Deno.copyFile(goldenPath("convert/huggingface_vitpose/config.json"), join(folder, "config.json"));
      const { status, stderr } = await convertIn(folder, "x.safetensors", ...pure, ...args);
      assert.equal(status, 1);
      assert.match(stderr, message);
      assert.deepEqual(await entriesOf(folder), ["config.json", "small.json", "vocab.txt", "x.safetensors"]);
    }));
}

interface Refusal {
  files?: Record<string, Uint8Array<ArrayBuffer>>;
  args: string[];
  status: number;
  message: RegExp;
}

const vitpose = goldenPath("convert/huggingface_vitpose");
const bert = goldenPath("convert/huggingface_bert");
const text = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const float = { dtype: "F32", shape: [2], data_offsets: [0, 8] };
const outside = {
  name: "a",
  dims: [2],
  dataType: 1,
  dataLocation: 1,
  externalData: [{ key: "location", value: "../secret.bin" }, { key: "length", value: "8" }],
};

const refusals: Record<string, Refusal> = {
  "a vision encoder alone": {
    args: [vitpose],
    status: 2,
    message: /add a BERT checkpoint, or say --vision-only/,
  },
  "a text encoder alone": {
    args: [bert],
    status: 2,
    message: /without a vision encoder: add a ViTPose checkpoint/,
  },
  "a text encoder with --vision-only": {
    args: [vitpose, bert, "--vision-only"],
    status: 2,
    message: /leave one of them out/,
  },
  "text without a tokenizer": {
    args: [vitpose, bert],
    status: 2,
    message: /Cannot find a tokenizer beside .*huggingface_bert.*--tokenizer FILE/,
  },
  "a tokenizer that is larger than the embedding": {
    files: { "long.txt": new TextEncoder().encode(`${vocabulary}more\n`) },
    args: [vitpose, bert, "--tokenizer", "long.txt"],
    status: 1,
    message: /the tokenizer has 42 tokens, expected at most the 41 rows/,
  },
  "a tokenizer that is not there": {
    args: [vitpose, bert, "--tokenizer", "none.json"],
    status: 1,
    message: /Cannot read the tokenizer none\.json: it does not exist/,
  },
  "a tokenizer of another kind": {
    files: { "other.json": text({ model: { type: "BPE" } }) },
    args: [vitpose, bert, "--tokenizer", "other.json"],
    status: 1,
    message: /Cannot use the tokenizer other\.json: /,
  },
  "a source that is not there": {
    args: ["none.safetensors", ...pure],
    status: 1,
    message: /none\.safetensors/,
  },
  "a folder without a checkpoint": {
    args: [".", ...pure],
    status: 1,
    message: /Cannot use folder \. as a checkpoint: it has none of model\.safetensors/,
  },
  "a pickle": {
    files: { "a.pth": new Uint8Array([0x80, 2, 1]) },
    args: ["a.pth", ...pure],
    status: 1,
    message: /PyTorch pickle, which can run code/,
  },
  "two vision encoders": {
    args: [vitpose, goldenPath("convert/mmpose"), ...pure],
    status: 1,
    message: /both give a vision encoder/,
  },
  "an expert where there is none": {
    args: [vitpose, ...pure, "--expert", "coco"],
    status: 1,
    message: /Cannot choose expert coco: none of the checkpoints has experts/,
  },
  "an expert that does not exist": {
    args: [goldenPath("convert/huggingface_vitpose_plus"), ...pure, "--expert", "dogs"],
    status: 1,
    message: /Cannot choose expert dogs: expected coco, aic/,
  },
  "an animal's keypoints": {
    args: [goldenPath("convert/huggingface_vitpose_plus"), ...pure, "--expert", "ap10k"],
    status: 2,
    message: /may be an animal's, expected --keypoints/,
  },
  "a keypoint set of another length": {
    args: [vitpose, ...pure, "--keypoints", "posetrack15"],
    status: 2,
    message: /Cannot use keypoints posetrack15: 15 of them, expected 17/,
  },
  "heads that nothing tells": {
    args: [goldenPath("convert/mmpose"), ...pure],
    status: 1,
    message: /Cannot tell the attention heads of .*of width 8/,
  },
  "a configuration that is not there": {
    args: [vitpose, ...pure, "--config", "none.json"],
    status: 1,
    message: /Cannot read the configuration none\.json/,
  },
  "another configuration": {
    args: [vitpose, ...pure, "--config", "huge"],
    status: 2,
    message: /named "huge", expected base, small or tiny/,
  },
  "a checkpoint of no known kind": {
    files: { "x.safetensors": joinSafetensors({ "fc.weight": float }, new Uint8Array(8)) },
    args: ["x.safetensors", ...pure],
    status: 1,
    message: /its 1 tensors \(fc\.weight, …\) are of no known kind, expected one of Hugging Face ViTPose/,
  },
  "a header that promises more bytes than the file has": {
    files: {
      "x.safetensors": joinSafetensors(
        { a: { dtype: "F32", shape: [1e9], data_offsets: [0, 4e9] } },
        new Uint8Array(8),
      ),
    },
    args: ["x.safetensors", ...pure],
    status: 1,
    message: /tensor a of x\.safetensors: data from byte 0 to 4000000000/,
  },
  "a header that is longer than the file": {
    files: { "x.safetensors": new Uint8Array([255, 255, 255, 255, 255, 255, 0, 0, 123, 125]) },
    args: ["x.safetensors", ...pure],
    status: 1,
    message: /x\.safetensors/,
  },
  "shards outside the folder": {
    files: { "m.safetensors.index.json": text({ weight_map: { a: "../other.safetensors" } }) },
    args: ["m.safetensors.index.json", ...pure],
    status: 1,
    message: /\.\.\/other\.safetensors/,
  },
  "external data outside the folder": {
    files: { "x.onnx": encodeTestModel({ tensors: [outside] }) },
    args: ["x.onnx", ...pure],
    status: 1,
    message: /\.\.\/secret\.bin/,
  },
  "an ONNX tensor with fewer bytes than its extents need": {
    files: {
      "x.onnx": encodeTestModel({
        tensors: [{ name: "a", dims: [1e6, 1e6], dataType: 1, rawData: floatBytes([1]) }],
      }),
    },
    args: ["x.onnx", ...pure],
    status: 1,
    message: /tensor a of x\.onnx: 4 bytes of data, expected 4000000000000/,
  },
  "text that is no model at all": {
    files: { "x.bin": new TextEncoder().encode("hello world, this is no model") },
    args: ["x.bin", ...pure],
    status: 1,
    message: /x\.bin/,
  },
};

for (const [what, { files = {}, args, status, message }] of Object.entries(refusals)) {
  Deno.test(`convert refuses ${what} and writes nothing`, () =>
    withTemporaryFolder(async (folder) => {
      for (const [name, bytes] of Object.entries(files)) await Deno.writeFile(join(folder, name), bytes);
      const outcome = await convertIn(folder, ...args);
      assert.equal(outcome.status, status, outcome.stderr);
      assert.match(outcome.stderr, message);
      assert.match(outcome.stderr, /^error: /);
      assert.doesNotMatch(outcome.stderr, /^ {4}at /m);
      assert.equal(outcome.stdout, "");
      assert.deepEqual(await entriesOf(folder), [...Object.keys(files), "small.json", "vocab.txt"].sort());
    }));
}
