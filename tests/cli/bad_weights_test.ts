/** `pose` with weights that are none, broken or not ours: one error, nothing written. */
import assert from "node:assert/strict";
import proto from "onnx-proto";
import type { onnx } from "onnx-proto";
import { encodeTestModel } from "../weights/onnx_files.ts";
import { entriesOf, type Workplace, workplace } from "./run_cli.ts";

/** Reads the small weights with the protobuf library, changes them and writes them anew. */
async function changeWeights(place: Workplace, change: (model: onnx.ModelProto) => void): Promise<void> {
  const path = `${place.path}/small.onnx`;
  const model = proto.onnx.ModelProto.decode(await Deno.readFile(path));
  change(model as onnx.ModelProto);
  await Deno.writeFile(path, proto.onnx.ModelProto.encode(model).finish());
}

function tensorOf(model: onnx.ModelProto, name: string): onnx.ITensorProto {
  const tensor = model.graph!.initializer!.find((candidate) => candidate.name === name);
  assert.ok(tensor, `the file holds ${name}`);
  return tensor;
}

function setMetadata(model: onnx.ModelProto, key: string, value: string | undefined): void {
  model.metadataProps = model.metadataProps.filter((entry) => entry.key !== key);
  if (value !== undefined) model.metadataProps.push({ key, value });
}

interface Case {
  what: string;
  spoil: (place: Workplace) => Promise<void>;
  message: RegExp;
  device?: string;
}

const cases: readonly Case[] = [
  {
    what: "a file that is not there",
    spoil: (place) => Deno.remove(`${place.path}/small.onnx`),
    message:
      /^error: Cannot open weights small\.onnx: the file does not exist; make one with `lapose convert` or/,
  },
  {
    what: "a folder",
    spoil: async (place) => {
      await Deno.remove(`${place.path}/small.onnx`);
      await Deno.mkdir(`${place.path}/small.onnx`);
    },
    message: /^error: Cannot open file small\.onnx: it is a folder, expected a regular file\n$/,
  },
  {
    what: "an empty file",
    spoil: (place) => Deno.writeTextFile(`${place.path}/small.onnx`, ""),
    message: /^error: Cannot read ONNX file small\.onnx: it is empty\n$/,
  },
  {
    what: "a text",
    spoil: (place) => Deno.writeTextFile(`${place.path}/small.onnx`, "these are no weights"),
    message: /^error: Cannot read ONNX file small\.onnx: it does not begin as one, expected an ONNX model\n$/,
  },
  {
    what: "a truncated file",
    spoil: async (place) => {
      const path = `${place.path}/small.onnx`;
      await Deno.writeFile(path, (await Deno.readFile(path)).subarray(0, 300_000));
    },
    message:
      /^error: Cannot read small\.onnx: field .+ needs \d+ bytes, \d+ are left \(a file that is cut short\?\)\n$/,
  },
  {
    what: "another model's ONNX file",
    spoil: (place) => Deno.writeFile(`${place.path}/small.onnx`, encodeTestModel()),
    message:
      /^error: Cannot use small\.onnx as LAPose weights: its metadata has no lapose\.format; make a weights file/,
  },
  {
    what: "a format of the future",
    spoil: (place) => changeWeights(place, (model) => setMetadata(model, "lapose.format", "2")),
    message: /^error: Cannot use small\.onnx as LAPose weights: format 2, expected 1\n$/,
  },
  {
    what: "a configuration that is not JSON",
    spoil: (place) => changeWeights(place, (model) => setMetadata(model, "lapose.config", "{")),
    message: /^error: Cannot use small\.onnx as LAPose weights: lapose\.config is not JSON\n$/,
  },
  {
    what: "a configuration with an unknown field",
    spoil: (place) => changeWeights(place, (model) => setMetadata(model, "lapose.config", `{"depth":1}`)),
    message:
      /^error: Cannot use the configuration small\.onnx: unknown field depth; missing field image; .+\n$/,
  },
  {
    what: "no tokenizer",
    spoil: (place) => changeWeights(place, (model) => setMetadata(model, "lapose.tokenizer", undefined)),
    message: /^error: Cannot use small\.onnx as LAPose weights: it has a text encoder and no tokenizer\n$/,
  },
  {
    what: "tensors that are missing, surplus and misshapen, all at once",
    spoil: (place) =>
      changeWeights(place, (model) => {
        tensorOf(model, "vision.norm.bias").name = "vision.norm.bais";
        const bias = tensorOf(model, "head.convolution.bias");
        bias.dims = [17];
        bias.rawData = new Uint8Array(4 * 17);
      }),
    message: new RegExp(
      "^error: Cannot use weights of small\\.onnx: 1 missing, 1 surplus, 1 misshapen of \\d+ expected tensors\n" +
        "  missing vision\\.norm\\.bias: expected \\[32\\]\n" +
        "  surplus vision\\.norm\\.bais: found \\[32\\], expected no such tensor\n" +
        "  misshapen head\\.convolution\\.bias: found \\[17\\], expected \\[15\\]\n$",
    ),
  },
  ...["webgpu", "cpu"].map((device) => ({
    what: `NaN in a weight, on ${device}`,
    device,
    spoil: (place: Workplace) =>
      changeWeights(place, (model) => {
        const { rawData } = tensorOf(model, "fusion.projection.weight");
        const bytes = new Uint8Array(rawData!);
        new DataView(bytes.buffer).setFloat32(4 * (96 * 3 + 11), NaN, true);
        tensorOf(model, "fusion.projection.weight").rawData = bytes;
      }),
    message: new RegExp(
      "^error: Cannot use tensor fusion\\.projection\\.weight of small\\.onnx: NaN at \\[3, 11\\] of shape " +
        "\\[32, 96\\], expected finite numbers\n$",
    ),
  })),
];

for (const { what, spoil, message, device = "cpu" } of cases) {
  Deno.test(`pose refuses weights: ${what}`, async () => {
    await using place = await workplace({ frames: 2 });
    await spoil(place);
    const before = await entriesOf(place.path);
    const args = [
      "--weights",
      "small.onnx",
      "--text",
      "a man",
      "--out",
      "out",
      "--device",
      device,
      "--quiet",
    ];
    const { status, stdout, stderr } = await place.run("pose", "clip", ...args);
    assert.equal(status, 1);
    assert.equal(stdout, "");
    assert.match(stderr, message);
    assert.deepEqual(await entriesOf(place.path), before);
  });
}
