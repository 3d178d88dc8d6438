/**
 * Losses and every parameter's gradient of the whole LAPose against PyTorch's autograd in float64
 * (`reference/gradient_golden.py`). Bound of design.md §5: 1e-3 of each gradient's largest value.
 */
import assert from "node:assert/strict";
import { differentiate } from "../../graph/gradient.ts";
import { Graph } from "../../graph/graph.ts";
import { add } from "../../kernels/add/add.ts";
import { batchNormOperator } from "../../kernels/batch_norm/batch_norm.ts";
import { constant } from "../../kernels/constant/constant.ts";
import { rearrange } from "../../kernels/rearrange/rearrange.ts";
import { frameCount } from "../../model/config.ts";
import { lapose } from "../../model/lapose.ts";
import { totalLoss } from "../../model/losses.ts";
import { floats, type Golden, readGolden } from "../../reference/read_golden.ts";
import { assertClose } from "../support/compare.ts";
import { denseOutput, runGraphOf } from "../support/run_graph.ts";

const folder = new URL("../golden/gradient/", import.meta.url);

const cases = ["classic", "language_off", "simple", "literal", "unrolled"];
const runs = [...cases.map((name) => ({ name })), { name: "classic", gpu: true }, {
  name: "unrolled",
  gpu: true,
}];

for (const { name, gpu = false } of runs as { name: string; gpu?: boolean }[]) {
  const kernels = gpu ? " with the kernels of a GPU" : "";
  Deno.test(`totalLoss() ${name}: losses and gradients equal PyTorch${kernels}`, async () => {
    const golden = await readGolden(new URL(`${name}.safetensors`, folder));
    const graph = trainingGraph(golden);
    const outputs = await runGraphOf(graph, { ...valuesOf(golden), traits: gpu ? { software: false } : {} });
    const [B, , h, w] = golden.inputs.get("targets")!.shape;
    const rows = [B * h * w / 4, B * h * w];
    for (const [loss, { data }] of golden.expected) {
      if (loss.startsWith("loss.")) assertClose(outputs[loss], data, 1e-5 * (1 + Math.abs(data[0])));
    }
    for (const [parameter, { data }] of golden.gradients) {
      const largest = Math.max(...Array.from(data, Math.abs));
      const actual = outputs[`gradient.${parameter}`];
      assert(actual, `no gradient of ${parameter}`);
      try {
        assertClose(actual, data, 1e-3 * largest + 1e-7);
      } catch (error) {
        throw new Error(`gradient of ${parameter}`, { cause: error });
      }
    }
    for (const [statistic, { data }] of golden.expected) {
      if (!statistic.includes("running")) continue;
      // Momentum 0.1; the running variance is unbiased, the batch's own is not.
      const n = rows[statistic.includes("batch_norm1") ? 0 : 1];
      const factor = statistic.endsWith("var") ? n / (n - 1) : 1;
      const before = floats(golden.weights, statistic);
      assertClose(outputs[statistic].map((value, c) => 0.9 * before[c] + 0.1 * factor * value), data, 1e-5);
    }
  });
}

function trainingGraph(golden: Golden): Graph {
  const { config, inputs, metadata } = golden;
  const graph = new Graph({ training: true });
  const shape = (name: string) => inputs.get(name)!.shape;
  const B = shape("pixels")[0];
  const { height, width } = config.image;
  const pixels = graph.input("pixels", [B, frameCount(config), 3, height, width]);
  const text = config.language
    ? {
      inputIds: graph.input("inputIds", shape("inputIds"), "i32"),
      attentionMask: graph.input("attentionMask", shape("attentionMask"), "i32"),
    }
    : undefined;
  const targets = rearrange(graph, graph.input("targets", shape("targets")), {
    pattern: "B K h w -> B h w K",
  });
  const visibility = graph.input("visibility", shape("visibility"));
  const keypoints = shape("targets")[1];
  const statistics = metadata["batchNormalisation"] === "training" ? "batch" : "running";
  const outputs = lapose(graph, { pixels, ...(text ? { text } : {}) }, { config, keypoints, statistics });
  const losses = totalLoss(graph, outputs, {
    inputs: { targets, visibility, ...(text ? { text } : {}) },
    config,
  });
  for (const [name, tensor] of Object.entries(losses)) graph.output(`loss.${name}`, tensor);
  for (const { operator, inputs: [, , , mean, variance], outputs } of graph.nodes) {
    if (operator.name !== batchNormOperator.name) continue;
    graph.output(mean!.name, outputs[1]);
    graph.output(variance!.name, outputs[2]);
  }
  const parameters = [...graph.parameters].filter(([name]) => !name.includes("running"));
  const gradients = differentiate(graph, {
    loss: losses.total,
    seed: constant(graph, { shape: [1], layout: "dense", value: 1 }),
    targets: parameters.map(([, tensor]) => tensor),
    add,
  });
  for (const [name, tensor] of parameters) {
    const gradient = gradients.get(tensor);
    if (gradient) denseOutput(graph, `gradient.${name}`, gradient);
  }
  return graph;
}

function valuesOf(golden: Golden) {
  const inputs = Object.fromEntries([...golden.inputs].map(([name, { data }]) => [name, data]));
  const parameters = Object.fromEntries(
    [...golden.weights.keys()].map((name) => [name, floats(golden.weights, name)]),
  );
  return { inputs, parameters };
}
