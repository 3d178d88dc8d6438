/** Losses of Eqs. 12–16 and their gradients against float64: values by definition, gradients by differences. */
import { combine } from "../../kernels/combine/combine.ts";
import { contrastiveLoss } from "../../kernels/contrastive_loss/contrastive_loss.ts";
import { heatmapLoss } from "../../kernels/heatmap_loss/heatmap_loss.ts";
import { combineOracle, contrastiveOracle, heatmapLossOracle } from "../oracles/losses.ts";
import { assertClose } from "../support/compare.ts";
import { assertGradient } from "../support/gradient_check.ts";
import { normals, uniform } from "../support/random.ts";
import { blockedInput, runGraph } from "../support/run_graph.ts";

const maps = [[1, 1, 1, 1], [3, 5, 7, 15], [2, 17, 16, 4]] as const;
for (const [seed, [B, h, w, K]] of maps.entries()) {
  const count = B * h * w * K;
  const random = uniform(seed);
  const visibility = Float32Array.from({ length: B * K }, () => random() < 0.6 ? 1 : 0);
  if (B > 1) visibility.fill(0, 0, K); // a person without visible joints
  const values = { heatmaps: normals(count, seed), targets: normals(count, seed + 10), visibility };
  const sizes = { people: B, pixels: h * w, keypoints: K };

  Deno.test(`heatmapLoss() ${B} × ${h} × ${w} × ${K} equals float64`, async () => {
    const { y } = await runGraph((graph) => {
      const targets = blockedInput(graph, "targets", [B, h, w, K]);
      const options = { targets, visibility: graph.input("visibility", [B, K]) };
      graph.output("y", heatmapLoss(graph, blockedInput(graph, "heatmaps", [B, h, w, K]), options));
    }, { inputs: values });
    assertClose(y, heatmapLossOracle({ ...values, ...sizes }));
  });

  Deno.test(`heatmapLoss() gradient ${B} × ${h} × ${w} × ${K} equals differences`, async () => {
    const { targets } = values;
    await assertGradient({
      seed,
      inputs: { heatmaps: [B, h, w, K], targets: [B, h, w, K] },
      without: ["targets"],
      values: { targets },
      constants: { visibility: { shape: [B, K], data: visibility } },
      build: (graph, { heatmaps, targets, visibility }) =>
        heatmapLoss(graph, heatmaps, { targets, visibility }),
      oracle: ({ heatmaps, targets, visibility }) =>
        heatmapLossOracle({ heatmaps, targets, visibility, ...sizes }),
    });
  });
}

// People 0 and 2 share a description; person 3's is a prefix of theirs; a padded id does not count.
const descriptions = [[5, 6, 7, 0], [8, 9, 0, 0], [5, 6, 7, 3], [5, 6, 0, 0], [1, 0, 0, 0]];
const masks = [[1, 1, 1, 0], [1, 1, 0, 0], [1, 1, 1, 0], [1, 1, 0, 0], [1, 0, 0, 0]];
for (const [seed, B] of [1, 2, 5, 70].entries()) {
  const shape = [B, 4];
  const inputIds = Int32Array.from(Array.from({ length: B }, (_, b) => descriptions[b % 5]).flat());
  const attentionMask = Int32Array.from(Array.from({ length: B }, (_, b) => masks[b % 5]).flat());
  Deno.test(`contrastiveLoss() of ${B} people and its gradient equal float64`, async () => {
    const cost = normals(B * B, seed).map((value) => 1 + Math.sin(value));
    const text = { inputIds, attentionMask, tokens: 4, eta: 0.2 };
    const { y } = await runGraph((graph) => {
      const options = {
        inputIds: graph.input("inputIds", shape, "i32"),
        attentionMask: graph.input("attentionMask", shape, "i32"),
        eta: 0.2,
      };
      graph.output("y", contrastiveLoss(graph, graph.input("cost", [1, B, B]), options));
    }, { inputs: { cost, inputIds, attentionMask } });
    assertClose(y, [contrastiveOracle({ cost, ...text })]);
    await assertGradient({
      seed,
      samples: 15,
      inputs: {},
      dense: { cost: [1, B, B] },
      values: { cost },
      constants: {
        inputIds: { shape, data: inputIds },
        attentionMask: { shape, data: attentionMask },
      },
      build: (graph, { cost, inputIds, attentionMask }) =>
        contrastiveLoss(graph, cost, { inputIds, attentionMask, eta: 0.2 }),
      oracle: ({ cost }) => [contrastiveOracle({ cost, ...text })],
    });
  });
}

Deno.test("combine() and its gradient are a weighted sum of means", async () => {
  await assertGradient({
    seed: 1,
    inputs: {},
    dense: { a: [1], b: [5], c: [2, 3] },
    build: (graph, { a, b, c }) =>
      combine(graph, [{ x: a, weight: 1 }, { x: b, weight: -0.5 }, { x: c, weight: 3 }]),
    oracle: ({ a, b, c }) => [combineOracle([a, b, c], [1, -0.5, 3])],
  });
  const values = { a: normals(3, 1), b: normals(130, 2) };
  const { y } = await runGraph((graph) => {
    const [a, b] = [graph.input("a", [3]), graph.input("b", [130])];
    graph.output("y", combine(graph, [{ x: a, weight: 2 }, { x: b, weight: 7 }]));
  }, { inputs: values });
  assertClose(y, [combineOracle([values.a, values.b], [2, 7])]);
});
