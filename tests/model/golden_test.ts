/**
 * The model against code that is not ours: Hugging Face's ViTPose and BERT, and LAPose in PyTorch
 * (`reference/model_golden.py`). Bound of design.md §5: 1e-4.
 */
import assert from "node:assert/strict";
import { Graph } from "../../graph/graph.ts";
import { bert } from "../../model/bert.ts";
import { forwardGraph } from "../../model/forward_graph.ts";
import { type Golden, readGolden } from "../../reference/read_golden.ts";
import { assertClose } from "../support/compare.ts";
import { denseOutput, runGraphOf } from "../support/run_graph.ts";

const folder = new URL("../golden/model/", import.meta.url);
const bound = 1e-4;

const wholeModels = [
  "vitpose_classic",
  "vitpose_simple",
  "vitpose_simple_patch8",
  "lapose_whole",
  "lapose_language_off",
  "lapose_temporal_off",
  "lapose_literal",
  "lapose_widths",
  "lapose_span_2",
  "lapose_without_csi",
];

for (const name of wholeModels) {
  Deno.test(`forwardGraph() ${name} equals PyTorch`, async () => {
    const golden = await readGolden(new URL(`${name}.safetensors`, folder));
    const outputs = await runGraphOf(forwardGraphOf(golden), valuesOf(golden));
    assert.deepEqual(Object.keys(outputs).sort(), [...golden.expected.keys()].sort());
    for (const [output, { data, shape }] of golden.expected) {
      const masked = output === "text" ? keepTokens(golden, shape[2]) : (values: ArrayLike<number>) => values;
      assertClose(masked(outputs[output]), masked(data), bound);
    }
  });
}

for (const name of ["bert_2_layers", "bert_4_layers"]) {
  Deno.test(`bert() ${name} equals Hugging Face's BertModel`, async () => {
    const golden = await readGolden(new URL(`${name}.safetensors`, folder));
    const graph = new Graph();
    const shape = golden.inputs.get("inputIds")!.shape;
    const inputIds = graph.input("inputIds", shape, "i32");
    const attentionMask = graph.input("attentionMask", shape, "i32");
    denseOutput(graph, "text", bert(graph, { inputIds, attentionMask }, golden.config.text));
    const { text } = await runGraphOf(graph, valuesOf(golden));
    const expected = golden.expected.get("text")!;
    const tokens = keepTokens(golden, expected.shape[2]);
    assertClose(tokens(text), tokens(expected.data), bound);
  });
}

Deno.test("lapose() with zero projections gives ViTPose's heatmaps", async () => {
  // Fusion, adapter and CSI join ViTPose's weights as they are initialised: the identity of design.md §2.
  const golden = await readGolden(new URL("vitpose_classic.safetensors", folder));
  const other = await readGolden(new URL("lapose_whole.safetensors", folder));
  const config = { ...golden.config, temporal: true, language: true, fusion: other.config.fusion };
  const K = golden.expected.get("heatmaps")!.shape[1];
  const [B, , ...rest] = golden.inputs.get("pixels")!.shape;
  const graph = forwardGraph(config, K, { batch: B, tokens: 9 });
  const { initialValues } = await import("../../model/initialise.ts");
  const parameters: Record<string, Float32Array> = {};
  for (const [name, { shape }] of graph.parameters) {
    parameters[name] = golden.weights.get(name)?.data as Float32Array ?? initialValues(name, shape, 3);
  }
  const frame = golden.inputs.get("pixels")!.data as Float32Array;
  const size = rest.reduce((a, b) => a * b, 1);
  const pixels = new Float32Array(B * 3 * size);
  for (let b = 0; b < B; b++) {
    for (let f = 0; f < 3; f++) {
      const start = (b * 3 + f) * size;
      pixels.set(frame.subarray(b * size, (b + 1) * size), start);
      if (f !== 1) pixels.subarray(start, start + size).reverse(); // neighbours must not matter
    }
  }
  const inputIds = Int32Array.from({ length: B * 9 }, (_, i) => (i * 7) % config.text.vocabularySize);
  const attentionMask = new Int32Array(B * 9).fill(1);
  const outputs = await runGraphOf(graph, { inputs: { pixels, inputIds, attentionMask }, parameters });
  assertClose(outputs.heatmaps, golden.expected.get("heatmaps")!.data, bound);
});

function forwardGraphOf(golden: Golden): Graph {
  const [batch] = golden.inputs.get("pixels")!.shape;
  const tokens = golden.inputs.get("inputIds")?.shape[1];
  const K = golden.expected.get("heatmaps")!.shape[1];
  return forwardGraph(golden.config, K, { batch, ...(tokens === undefined ? {} : { tokens }) });
}

function valuesOf(golden: Golden) {
  const data = (map: Golden["inputs"]) =>
    Object.fromEntries([...map].map(([name, { data }]) => [name, data]));
  return { inputs: data(golden.inputs), parameters: data(golden.weights) as Record<string, Float32Array> };
}

/** Keeps the rows of real tokens: rows of padding mean nothing. */
function keepTokens(golden: Golden, width: number) {
  const mask = golden.inputs.get("attentionMask")!.data;
  return (values: ArrayLike<number>): number[] =>
    Array.from(values).filter((_, i) => mask[Math.floor(i / width)] === 1);
}
