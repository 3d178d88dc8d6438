/** Learning rates: the paper's steps, warm-up, and the ladder of rates by layer. */
import assert from "node:assert/strict";
import { Graph } from "../../graph/graph.ts";
import { namedConfig } from "../../model/config.ts";
import { parameterShapes } from "../../model/forward_graph.ts";
import { learningRate, paperRates } from "../../training/learning_rate.ts";
import { layOutParameters } from "../../training/parameter_layout.ts";
import { assertClose } from "../support/compare.ts";

Deno.test("learningRate() follows the paper", () => {
  const rates = [0, 5, 6, 11, 12, 15, 16, 19].map((epoch) =>
    learningRate(paperRates, { epoch, step: epoch * 100 })
  );
  assertClose(rates, [2e-4, 2e-4, 2e-5, 2e-5, 2e-6, 2e-6, 2e-7, 2e-7], 1e-18);
});

Deno.test("learningRate() warms up linearly", () => {
  const schedule = { ...paperRates, base: 1, warmUp: 4 };
  const rates = [0, 1, 2, 3, 4, 5].map((step) => learningRate(schedule, { epoch: 0, step }));
  assertClose(rates, [0.25, 0.5, 0.75, 1, 1, 1], 1e-15);
});

function layout(options: { trainText: boolean; layerDecay: number }) {
  const config = namedConfig("tiny");
  config.vision.layers = 4;
  const graph = new Graph();
  for (const [name, shape] of parameterShapes(config, 15)) graph.parameter(name, shape);
  return layOutParameters(graph.parameters, { config, ...options });
}

Deno.test("layOutParameters() decays neither norms nor biases nor position embeddings", () => {
  const { parameters } = layout({ trainText: true, layerDecay: 1 });
  const decay = (name: string) => parameters.get(name)!.decay;
  for (
    const name of [
      "vision.position_embedding",
      "vision.blocks.0.norm1.weight",
      "vision.blocks.0.mlp.fc1.bias",
      "fusion.temporal.position_embedding",
      "text.embeddings.position",
      "head.batch_norm1.weight",
    ]
  ) assert.equal(decay(name), 0, name);
  for (
    const name of [
      "vision.patch_embedding.weight",
      "vision.blocks.0.mlp.fc1.weight",
      "head.convolution.weight",
    ]
  ) {
    assert.equal(decay(name), 1, name);
  }
});

Deno.test("layOutParameters() leaves a frozen text encoder out and slows lower layers", () => {
  const { parameters } = layout({ trainText: false, layerDecay: 0.5 });
  assert(![...parameters.keys()].some((name) => name.startsWith("text.")));
  const rate = (name: string) => parameters.get(name)!.rate;
  assert.deepEqual(
    [
      "head.convolution.weight",
      "vision.norm.weight",
      "vision.blocks.3.norm1.weight",
      "vision.blocks.0.norm1.weight",
      "vision.position_embedding",
      "head.batch_norm1.running_mean",
    ].map(rate),
    [1, 1, 0.5, 0.0625, 0.03125, 0],
  );
});

Deno.test("layOutParameters() leaves a ViT of rate 0 out, and keeps statistics", () => {
  const { parameters } = layout({ trainText: true, layerDecay: 0 });
  const vision = [...parameters.keys()].filter((name) => name.startsWith("vision."));
  assert.deepEqual(vision, ["vision.norm.weight", "vision.norm.bias"]);
  for (const name of ["text.embeddings.word", "head.convolution.weight", "head.batch_norm1.running_mean"]) {
    assert(parameters.has(name), name);
  }
});

Deno.test("layOutParameters() places parameters apart, and their shares with them", () => {
  const { parameters, count, shares } = layout({ trainText: true, layerDecay: 0.75 });
  let end = 0;
  for (const { start, count: length, rate, decay } of parameters.values()) {
    assert(start >= end && start % 64 === 0);
    end = start + length;
    for (const at of [start, end - 1]) {
      assertClose(shares.subarray(2 * Math.floor(at / 64), 2 * Math.floor(at / 64) + 2), [rate, decay], 1e-7);
    }
  }
  assert(end <= count && shares.length === count / 32);
});
