/** The measured training step, on a small model. */
import assert from "node:assert/strict";
import { openOwnTraining, sumByOperator } from "../../bench/own_training.ts";
import { jaxJs } from "../../bench/peers/jax_js.ts";
import type { Peer } from "../../bench/peers/peer.ts";
import { trainingRequest, type TrainingRun } from "../../bench/training_request.ts";
import { measureTraining } from "../../bench/training_step.ts";
import { smallConfig } from "../estimation/small_weights.ts";
import { testDevice } from "../support/device.ts";

const present = await navigator.gpu?.requestAdapter() != null;
const wanted = Deno.env.get("LAPOSE_TEST_PEERS") === "1";
const gpu = { sanitizeOps: false, sanitizeResources: false };

function fakePeer(name: string, train: NonNullable<Peer["train"]>): Peer {
  return {
    name,
    version: "1.2.3",
    processor: false,
    available: () => Promise.resolve(true),
    matmul: () => Promise.resolve([]),
    attention: () => Promise.resolve([]),
    train,
  };
}

/** A training with a log, whose losses are `factor` times the true ones. */
function logged(run: TrainingRun, { log, factor = 1 }: { log: string[]; factor?: number }): TrainingRun {
  return {
    async step() {
      log.push("step");
      const { loss, norm } = await run.step();
      return { loss: factor * loss, norm };
    },
    close() {
      log.push("close");
      return run.close();
    },
  };
}

Deno.test("trainingRequest() holds a vision-only model, ready inputs and what learns", () => {
  const { config, batch, keypoints, pixels, targets, visibility, weights } = trainingRequest(smallConfig(), {
    batch: 3,
  });
  assert.deepEqual([config.language, config.temporal, batch, keypoints], [false, false, 3, 15]);
  assert.equal(pixels.length, 3 * 3 * 64 * 48);
  assert.equal(targets.length, 3 * 16 * 12 * 15);
  // Each of 45 maps is one Gaussian inside the map: its largest value is at most half a pixel each way from the centre,
  // exp(-(1/4 + 1/4) / 8), and its sum about 2π · 2² inside, a quarter of it in a corner.
  for (let map = 0; map < 45; map++) {
    const [b, k] = [Math.floor(map / 15), map % 15];
    const values = Array.from({ length: 192 }, (_, p) => targets[(b * 192 + p) * 15 + k]);
    const [top, sum] = [Math.max(...values), values.reduce((a, b) => a + b, 0)];
    assert.ok(top >= Math.exp(-1 / 16) && top <= 1, `${top}`);
    assert.ok(sum > 2 * Math.PI && sum < 8.1 * Math.PI, `${sum}`);
  }
  assert.deepEqual([...new Set(visibility)].sort(), [0, 1]);
  assert.equal(visibility.length, 45);
  const names = [...weights.keys()];
  assert.ok(names.every((name) => /^(vision|head)\./.test(name) && !/running/.test(name)), names.join());
  const decaying = names.filter((name) => weights.get(name)!.decays);
  assert.deepEqual(decaying, [
    "vision.patch_embedding.weight",
    ...[0, 1].flatMap((i) =>
      ["attention.qkv", "attention.projection", "mlp.fc1", "mlp.fc2"].map((part) =>
        `vision.blocks.${i}.${part}.weight`
      )
    ),
    "head.deconvolution1.weight",
    "head.deconvolution2.weight",
    "head.convolution.weight",
  ]);
  for (const [name, { shape, data }] of weights) {
    assert.equal(data.length, shape.reduce((a, b) => a * b, 1), name);
  }
});

Deno.test("sumByOperator() splits at the last dispatch of the loss and sums by operator and way", () => {
  const steps = [
    { label: "linear of a", milliseconds: 2 },
    { label: "linear of b", milliseconds: 1 },
    { label: "heatmap_loss of loss", milliseconds: 1 },
    { label: "heatmap_loss_gradient of loss", milliseconds: 1 },
    { label: "linear of b", milliseconds: 4 },
  ];
  assert.deepEqual(sumByOperator(steps), [
    { name: "linear", way: "backward", milliseconds: 4, dispatches: 1 },
    { name: "linear", way: "forward", milliseconds: 3, dispatches: 2 },
    { name: "heatmap_loss", way: "forward", milliseconds: 1, dispatches: 1 },
    { name: "heatmap_loss_gradient", way: "backward", milliseconds: 1, dispatches: 1 },
  ]);
  assert.throws(() => sumByOperator(steps.slice(3)), /2 dispatches at their loss/);
});

Deno.test({
  name: "measureTraining() times trainings with our numbers and refuses the others by name",
  ignore: !present,
  ...gpu,
  async fn() {
    const { device } = await testDevice();
    const logs: Record<string, string[]> = { right: [], wrong: [] };
    const right = fakePeer(
      "right",
      async (request) => logged(await openOwnTraining(device, request), { log: logs.right }),
    );
    const wrong = fakePeer(
      "wrong",
      async (request) => logged(await openOwnTraining(device, request), { log: logs.wrong, factor: 1.001 }),
    );
    const broken = fakePeer("broken", () => Promise.reject(new Error("out of memory")));
    const { train: _, ...without } = fakePeer("without", () => Promise.reject(new Error("unused")));
    const absent = { ...right, name: "absent", available: () => Promise.resolve("no adapter") };
    const figures = await measureTraining(device, {
      config: smallConfig(),
      batch: 3,
      rounds: 2,
      peers: [right, wrong, broken, without, absent],
    });
    assert.deepEqual(figures.rivals.map(({ name, version }) => [name, version]), [["right", "1.2.3"]]);
    assert.deepEqual(figures.refused.map(({ name }) => name), ["wrong", "broken", "absent"]);
    assert.match(figures.refused[0].reason, /^Cannot count the training: loss of step 1 is/);
    assert.deepEqual(figures.refused.slice(1).map(({ reason }) => reason), ["out of memory", "no adapter"]);
    // Three steps to compare, one in each round.
    assert.deepEqual(logs.right, [...new Array(5).fill("step"), "close"]);
    assert.deepEqual(logs.wrong, [...new Array(3).fill("step"), "close"]);
    // Nothing is made by a step, and the loss falls on a batch that is seen again.
    assert.deepEqual(figures.allocations, { calls: {}, objects: 0, bytes: 0 });
    const [first, second, third] = figures.steps.map(({ loss }) => loss);
    assert.ok(first > second && second > third && third > 0, `${first} ${second} ${third}`);
    assert.ok(figures.memory.arena > 0 && figures.memory.state > 0);
    if (!device.traits.timestamps) return;
    const names = new Set(figures.operators.map(({ name, way }) => `${way} ${name}`));
    for (
      const name of [
        "forward deconvolution",
        "forward batch_norm",
        "backward attention_gradient",
        "backward state",
      ]
    ) {
      assert.ok(names.has(name), name);
    }
    assert.ok(figures.forwardMilliseconds! > 0 && figures.backwardMilliseconds! > 0);
  },
});

Deno.test({
  name: "jax-js does the same training steps (asked for by LAPOSE_TEST_PEERS=1)",
  ignore: !(present && wanted),
  ...gpu,
  async fn() {
    const { device } = await testDevice();
    const options = { config: smallConfig(), batch: 2, rounds: 1, peers: [jaxJs] };
    const { refused, rivals } = await measureTraining(device, options);
    assert.deepEqual(refused, []);
    assert.deepEqual(rivals.map(({ name }) => name), ["jax-js"]);
  },
});
