import assert from "node:assert/strict";
import { type Golden, readGolden } from "../../../reference/read_golden.ts";
import { type Conversion, convert } from "../../../weights/convert/convert.ts";
import { openCheckpoint } from "../../../weights/convert/open_checkpoint.ts";
import { assertConverted, goldenPath } from "./golden_conversion.ts";

const small = { height: 48, width: 32 };
const large = { height: 128, width: 96 };
/** The new exporter's optimiser multiplies a batch normalisation into the deconvolution before it. */
const foldedNames = /^head\.(batch_norm|deconvolution)/;

interface ExportCase {
  file: string;
  expected: string;
  image?: { height: number; width: number };
  folded?: boolean;
  bounds?: Record<string, number>;
}

const cases: ExportCase[] = [
  {
    file: "export/vitpose_classic_torchscript_opset11.onnx",
    expected: "export/vitpose_classic",
    image: small,
  },
  {
    file: "export/vitpose_classic_dynamo_opset18.onnx",
    expected: "export/vitpose_classic",
    image: small,
    folded: true,
  },
  { file: "export/vitpose_simple_torchscript_opset17.onnx", expected: "export/vitpose_simple", image: small },
  {
    file: "export/vitpose_simple_dynamo_plain_opset21.onnx",
    expected: "export/vitpose_simple",
    image: small,
  },
  { file: "export/bert_torchscript_opset11.onnx", expected: "export/bert" },
  { file: "export/bert_torchscript_opset17.onnx", expected: "export/bert" },
  { file: "export/bert_dynamo_opset18.onnx", expected: "export/bert" },
  { file: "export/bert_dynamo_plain_opset21.onnx", expected: "export/bert" },
  { file: "convert/onnx_original_float16", expected: "convert/onnx_original_float16/expected", image: large },
  {
    file: "convert/onnx_original_dynamo",
    expected: "convert/onnx_original_float16/expected",
    image: large,
    folded: true,
  },
  { file: "convert/onnx_equal_parameters", expected: "convert/onnx_equal_parameters/expected", image: large },
  {
    file: "convert/onnx_plain",
    expected: "convert/onnx_plain/expected",
    image: large,
    bounds: { "vision.position_embedding": 2e-7 },
  },
  { file: "convert/onnx_bert_pooler", expected: "convert/onnx_bert_pooler/expected" },
];

for (const { file, expected, image, folded = false, bounds = {} } of cases) {
  Deno.test(`convert() recovers the weights of ${file}`, async () => {
    await using checkpoint = await openCheckpoint(goldenPath(file));
    const conversion = convert([checkpoint], { visionHeads: 2, textHeads: 3, ...(image && { image }) });
    await assertConverted(conversion, `${expected}.safetensors`, {
      bounds,
      ...(folded && { except: foldedNames }),
    });
    const golden = await readGolden(goldenPath(`${expected}.safetensors`));
    if (folded) await assertSameHead(conversion, golden);
    assert.deepEqual([conversion.report.unused, conversion.report.missing], [[], []]);
    // Exports of the new exporter and of opset 17 have the epsilon in the graph; the others get the family's.
    const { vision, text } = golden.config;
    if (expected.includes("bert")) assert.equal(conversion.config.text?.epsilon, text.epsilon);
    else assert.equal(conversion.config.vision?.epsilon, vision.epsilon);
  });
}

/** Scale and shift that a deconvolution and its batch normalisation are together, in float64. */
interface FoldedDeconvolution {
  weight: number[];
  bias: number[];
}

type ReadValues = (name: string) => Promise<ArrayLike<number>> | ArrayLike<number>;

async function fold(read: ReadValues, index: number, epsilon: number): Promise<FoldedDeconvolution> {
  const [weight, scale, shift, mean, variance] = await Promise.all([
    read(`head.deconvolution${index}.weight`),
    ...["weight", "bias", "running_mean", "running_var"].map((part) =>
      read(`head.batch_norm${index}.${part}`)
    ),
  ]);
  const channels = scale.length;
  const factor = Array.from(scale, (value, channel) => value / Math.sqrt(variance[channel] + epsilon));
  return {
    // [inputs, channels, 4, 4]
    weight: Array.from(weight, (value, position) => value * factor[Math.floor(position / 16) % channels]),
    bias: factor.map((value, channel) => shift[channel] - mean[channel] * value),
  };
}

async function assertSameHead(conversion: Conversion, golden: Golden): Promise<void> {
  const { epsilon } = golden.config.head;
  for (const index of [1, 2]) {
    const found = await fold((name) => conversion.tensors.get(name)?.read() ?? [], index, epsilon);
    const wanted = await fold((name) => golden.weights.get(name)?.data ?? [], index, epsilon);
    for (const part of ["weight", "bias"] as const) {
      assert.equal(found[part].length, wanted[part].length);
      assert.ok(wanted[part].length > 0);
      for (const [position, value] of found[part].entries()) {
        const difference = Math.abs(value - wanted[part][position]);
        assert.ok(difference <= 1e-6, `head ${index} ${part} [${position}]: ${value}, off by ${difference}`);
      }
    }
  }
}
