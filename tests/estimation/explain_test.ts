/** `LAPose.estimate()` with `explain`: plan, cross-attention and the visual-only path, on both engines. */
import assert from "node:assert/strict";
import { type Box, LAPose } from "@lapose/lapose";
import { poseGraph } from "../../estimation/pose_graph.ts";
import type { WeightsContent } from "../../estimation/weights_file.ts";
import { initialValues } from "../../model/initialise.ts";
import { planGraph } from "../../graph/plan.ts";
import { keypointSets } from "../../people/keypoint_sets.ts";
import { assertClose } from "../support/compare.ts";
import { testDevice } from "../support/device.ts";
import {
  blockFrame,
  livelyValues,
  smallConfig,
  temporaryFolder,
  writeSmallWeights,
} from "./small_weights.ts";

const description = "a woman throws a ball";
const frames = [1, 2, 3].map((seed) => blockFrame(96, 80, seed));
const boxes: Box[] = [[10, 12, 30, 50], [50.25, 8.5, 28.5, 61], [-12, -20, 60, 70]];
/** Patches of crops of 64 × 48 pixels. */
const M = 4 * 3;
const devices = ["webgpu", "cpu"] as const;

async function explain(
  device: "webgpu" | "cpu",
  changes: Partial<WeightsContent>,
  options: { flipTest?: boolean } = {},
) {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/small.onnx`;
  await writeSmallWeights(path, changes);
  await using model = await LAPose.load(path, { device });
  const poses = await model.estimate({ frames, boxes, description, explain: true, ...options });
  const visual = await model.estimate({ frames, boxes, ...options });
  return poses.map(({ keypoints, explanation }, i) => {
    assert.ok(explanation);
    const { visualOnly } = explanation;
    for (const [k, joint] of visualOnly.entries()) {
      const { x, y } = visual[i].keypoints[k];
      assert.ok(Math.hypot(joint.x - x, joint.y - y) <= 1e-3, "the visual-only path");
    }
    return { keypoints, ...explanation };
  });
}

type Explained = Awaited<ReturnType<typeof explain>>[number];

function assertDistributions({ plan, crossAttention, planShape, tokens }: Explained): void {
  assert.ok(crossAttention);
  const [patches, N] = planShape;
  assert.equal(patches, M);
  assert.deepEqual([plan.length, crossAttention.length], [M * N, M * N]);
  for (let m = 0; m < M; m++) {
    const sum = (values: Float32Array) => values.subarray(m * N, (m + 1) * N).reduce((a, b) => a + b, 0);
    // P* ends with an update of the words' side: each patch gives about its share, each word takes exactly its own
    assertClose([sum(plan), sum(crossAttention)], [1 / M, 1], 1e-3);
    for (let n = tokens.length; n < N; n++) {
      assert.deepEqual([plan[m * N + n], crossAttention[m * N + n]], [0, 0], "padding");
    }
  }
  const words = tokens.length - 2;
  for (let n = 1; n <= words; n++) {
    const mass = plan.reduce((total, value, i) => i % N === n ? total + value : total, 0);
    assertClose([mass], [1 / words], 1e-5);
  }
}

const literal = smallConfig();
literal.interaction.literal = true;
const variants: Record<string, Partial<WeightsContent>> = {
  "with lively weights": {},
  "with CSI an identity": { values: (name, shape) => initialValues(name, shape, 7) },
  "with Eq. 4 as printed": { config: literal },
};
for (const [what, changes] of Object.entries(variants)) {
  Deno.test(`LAPose.estimate() explains ${what}: distributions, the same on both engines`, async () => {
    const [webgpu, cpu] = [await explain("webgpu", changes), await explain("cpu", changes)];
    for (const [i, own] of webgpu.entries()) {
      assertDistributions(own);
      assertDistributions(cpu[i]);
      assertClose(own.crossAttention!, cpu[i].crossAttention!, 1e-4);
      assertClose(own.plan, cpu[i].plan, 1e-4);
      assertClose([own.cost], [cpu[i].cost], 1e-4);
      assert.deepEqual(own.tokens, cpu[i].tokens);
      const moved = own.keypoints.map(({ x, y }, k) =>
        Math.hypot(x - own.visualOnly[k].x, y - own.visualOnly[k].y)
      );
      const isIdentity = what === "with CSI an identity";
      assert.ok(isIdentity ? Math.max(...moved) <= 1e-3 : Math.max(...moved) > 0.1, String(moved));
    }
    const differ = webgpu[0].crossAttention!.some((v, i) =>
      Math.abs(v - webgpu[1].crossAttention![i]) > 1e-6
    );
    assert.ok(differ, "each person has a map of its own");
  });
}

Deno.test("poseGraph() computes the cross-attention when it is asked to explain, and not otherwise", async () => {
  const { device: { traits } } = await testDevice();
  const read = () => Promise.reject(new Error("no weights are needed to plan"));
  const labels = (transport: boolean) => {
    const size = { batch: 1, crops: 3, pixels: 65536, tokens: 8, flip: false, decode: "dark" as const };
    const graph = poseGraph(smallConfig(), keypointSets.posetrack15, { ...size, transport });
    return planGraph(graph, { traits, read }).steps.map(({ label }) => label);
  };
  const isMap = (label: string) => label.startsWith("attention_map");
  assert.equal(labels(false).filter(isMap).length, 0);
  assert.equal(labels(true).filter(isMap).length, 2, "two dispatches for one map");
  assert.ok(labels(false).every((label) => !/sinkhorn|cosine_cost/.test(label)), "nor the transport");
});

for (const device of devices) {
  Deno.test(`LAPose.estimate() on ${device} gives the map of the last layer's VCA`, async () => {
    const layers = smallConfig().interaction.layers;
    /** Without queries every key is as good as any other. */
    const without = async (module: string) => {
      const values: WeightsContent["values"] = (name, shape) =>
        name.startsWith(`${module}.attention.query.`)
          ? new Float32Array(shape.reduce((a, b) => a * b, 1))
          : livelyValues(name, shape);
      return (await explain(device, { values }))[0];
    };
    const last = await without(`interaction.${layers - 1}.visual`);
    const N = last.planShape[1];
    const even = last.crossAttention!.map((_, i) => i % N < last.tokens.length ? 1 / last.tokens.length : 0);
    assertClose(last.crossAttention!, even, 1e-6);
    for (const module of [`interaction.${layers - 1}.text`, `interaction.${layers - 2}.visual`]) {
      const { crossAttention } = await without(module);
      assert.ok(crossAttention!.some((value, i) => Math.abs(value - even[i]) > 1e-3), module);
    }
  });

  Deno.test(`LAPose.estimate() on ${device} explains the crop as it is, flip test or not`, async () => {
    const [plain, flipped] = [await explain(device, {}), await explain(device, {}, { flipTest: true })];
    for (const [i, own] of plain.entries()) {
      assertClose(flipped[i].crossAttention!, own.crossAttention!, 1e-5);
      assertClose(flipped[i].plan, own.plan, 1e-5);
    }
  });

  Deno.test(`LAPose.estimate() on ${device} without interaction layers has no cross-attention`, async () => {
    const config = smallConfig();
    config.interaction.layers = 0;
    const [{ crossAttention, plan }] = await explain(device, { config });
    assert.equal(crossAttention, undefined);
    assertClose([plan.reduce((a, b) => a + b, 0)], [1], 1e-5);
  });
}
