/**
 * The weights file in onnxruntime against PyTorch: what the file's graph computes, run by a referee that is not ours.
 * Bound of design.md §5: 1e-4.
 */
import assert from "node:assert/strict";
import { CpuEngine } from "../../estimation/cpu_engine.ts";
import { openWeights, writeWeights } from "../../estimation/weights_file.ts";
import { type Golden, readGolden } from "../../reference/read_golden.ts";
import { tinyVocabulary } from "../../text/tiny_vocabulary.ts";
import { createTokenizer } from "../../text/tokenizer.ts";
import { assertClose } from "../support/compare.ts";

const folder = new URL("../golden/model/", import.meta.url);

async function forward(golden: Golden, dataType: "float32" | "float16" = "float32") {
  const directory = await Deno.makeTempDir();
  try {
    const path = `${directory}/golden.onnx`;
    await writeWeights(path, {
      config: golden.config,
      tokenizer: createTokenizer(tinyVocabulary).json,
      provenance: "golden",
      values: (name) => golden.weights.get(name)!.data as Float32Array<ArrayBuffer>,
    }, { dataType });
    await using weights = await openWeights(path);
    const engine = new CpuEngine(weights, { config: weights.config });
    const pixels = golden.inputs.get("pixels")!;
    const ids = golden.inputs.get("inputIds");
    const outputs = await engine.forward({
      pixels: pixels.data as Float32Array,
      batch: pixels.shape[0],
      ...(ids
        ? {
          text: {
            inputIds: ids.data as Int32Array,
            attentionMask: golden.inputs.get("attentionMask")!.data as Int32Array,
            shape: [ids.shape[0], ids.shape[1]] as const,
          },
        }
        : {}),
    });
    await engine.close();
    return outputs;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

for (
  const name of [
    "vitpose_classic",
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
  Deno.test(`CpuEngine.forward() of the exported graph: ${name} equals PyTorch`, async () => {
    const golden = await readGolden(new URL(`${name}.safetensors`, folder));
    const outputs = await forward(golden) as unknown as Record<
      string,
      { data: Float32Array; shape: number[] }
    >;
    assert.deepEqual(Object.keys(outputs).sort(), [...golden.expected.keys()].sort());
    const mask = golden.inputs.get("attentionMask")?.data;
    for (const [output, { data, shape }] of golden.expected) {
      assert.deepEqual(outputs[output].shape, shape, output);
      const kept = (values: ArrayLike<number>) =>
        output === "text"
          ? Array.from(values).filter((_, i) => mask![Math.floor(i / shape[2])] === 1)
          : values;
      assertClose(kept(outputs[output].data), kept(data), 1e-4);
    }
  });
}

Deno.test("CpuEngine.forward() of a float16 file equals PyTorch to half precision", async () => {
  const golden = await readGolden(new URL("lapose_whole.safetensors", folder));
  const { heatmaps } = await forward(golden, "float16");
  const expected = golden.expected.get("heatmaps")!.data as Float32Array;
  assertClose(heatmaps.data, expected, 0.05);
  const largest = expected.reduce((top, value, i) => Math.max(top, Math.abs(value - heatmaps.data[i])), 0);
  assert.ok(largest > 1e-5, "weights were rounded");
});
