/** The measurements of the whole model, on a small one. */
import assert from "node:assert/strict";
import { measureColdStart } from "../../bench/cold_start.ts";
import { measureForward } from "../../bench/forward_pass.ts";
import { type ForwardContext, forwardContext, openForwardPlan } from "../../bench/forward_plan.ts";
import { measurePeople } from "../../bench/people.ts";
import type { ForwardRequest, Peer } from "../../bench/peers/peer.ts";
import { peers } from "../../bench/peers/peers.ts";
import { openWeights } from "../../estimation/weights_file.ts";
import { temporaryFolder, writeSmallWeights } from "../estimation/small_weights.ts";
import { testDevice } from "../support/device.ts";

const present = await navigator.gpu?.requestAdapter() != null;
const wanted = Deno.env.get("LAPOSE_TEST_PEERS") === "1";
const tokens = 7;

function onDevice(name: string, body: (context: ForwardContext) => Promise<void>, ignore = !present): void {
  Deno.test({
    name,
    ignore,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      await using folder = await temporaryFolder();
      await writeSmallWeights(`${folder.path}/small.onnx`);
      const { device } = await testDevice();
      await using weights = await openWeights(`${folder.path}/small.onnx`);
      const context = forwardContext(device, weights);
      try {
        await body(context);
      } finally {
        context.parameters.close();
      }
    },
  });
}

/** A peer that gives `heatmaps`, or fails. */
function fakePeer(name: string, heatmaps: (request: ForwardRequest) => Promise<Float32Array>) {
  const log: string[] = [];
  const peer: Peer = {
    name,
    version: "1.2.3",
    processor: true,
    available: () => Promise.resolve(true),
    matmul: () => Promise.resolve([]),
    attention: () => Promise.resolve([]),
    forward: (request) =>
      Promise.resolve({
        variant: "",
        device: null,
        run(times) {
          log.push(`run ${times}`);
          return Promise.resolve();
        },
        read: () => heatmaps(request),
        close() {
          log.push("close");
          return Promise.resolve();
        },
      }),
  };
  return { peer, log };
}

onDevice(
  "measureForward() times engines with our heatmaps and refuses the others by name",
  async (context) => {
    const { executor, inputs } = await openForwardPlan(context, { people: 1, tokens });
    const { heatmaps } = await executor.run(inputs);
    executor.close();
    const right = fakePeer("right", ({ path, inputs: { pixels, inputIds, attentionMask } }) => {
      assert.equal(path, context.weights.path);
      assert.deepEqual(pixels.shape, [1, 3, 3, 64, 48]);
      assert.equal(pixels.data.length, 3 * 3 * 64 * 48);
      assert.deepEqual([inputIds.shape, attentionMask.shape], [[1, tokens], [1, tokens]]);
      return Promise.resolve(heatmaps as Float32Array);
    });
    const wrong = fakePeer("wrong", () => Promise.resolve((heatmaps as Float32Array).map((h) => h + 0.01)));
    const broken = fakePeer("broken", () => Promise.reject(new Error("out of memory")));
    const { forward: _, ...without } = fakePeer("without", () => Promise.reject(new Error("unused"))).peer;
    const figures = await measureForward(context, {
      people: 1,
      tokens,
      rounds: 2,
      peers: [right.peer, wrong.peer, broken.peer, without],
    });
    assert.deepEqual(figures.rivals.map(({ name, version }) => [name, version]), [["right", "1.2.3"]]);
    assert.deepEqual(figures.refused.map(({ name }) => name), ["wrong", "broken"]);
    assert.match(figures.refused[0].reason, /entry 0 is/);
    assert.equal(figures.refused[1].reason, "out of memory");
    assert.deepEqual(right.log, ["run 1", "run 1", "close"]);
    assert.deepEqual([wrong.log, broken.log], [["close"], ["close"]]);
  },
);

onDevice("measureForward() finds no object made per run, and times that add up", async (context) => {
  const figures = await measureForward(context, { people: 1, tokens, rounds: 2, peers: [] });
  assert.deepEqual(figures.allocations, { calls: {}, objects: 0, bytes: 0 });
  assert.ok(figures.wallMilliseconds > 0);
  assert.ok(figures.arenaBytes >= figures.liveBytes && figures.liveBytes > 0);
  assert.ok(figures.activationBytes >= figures.arenaBytes);
  // Every weight is there, as four bytes.
  assert.ok(figures.weightBytes >= 4 * context.weights.parameterCount * 0.9, `${figures.weightBytes}`);
  if (!context.device.traits.timestamps) return;
  const sum = figures.operators.reduce((total, { milliseconds }) => total + milliseconds, 0);
  assert.ok(sum > 0 && figures.gpuMilliseconds! > 0 && figures.hostMilliseconds! > 0);
  assert.ok(figures.operators.some(({ name }) => name === "layer_norm"));
});

onDevice(
  "measurePeople() runs each number of people and gives the reason for one that fails",
  async (context) => {
    const { figures, refused } = await measurePeople(context, { counts: [1, 3, 0], tokens, rounds: 1 });
    assert.deepEqual(figures.map(({ people }) => people), [1, 3]);
    for (const { people, wallMilliseconds, millisecondsPerPerson, activationBytes } of figures) {
      assert.ok(Math.abs(millisecondsPerPerson * people - wallMilliseconds) <= 1e-9);
      assert.ok(activationBytes > 0);
    }
    assert.ok(figures[1].activationBytes > 2 * figures[0].activationBytes);
    assert.deepEqual(refused.map(({ people }) => people), [0]);
  },
);

onDevice("measureColdStart() measures the whole, and stages that are not negative", async (context) => {
  const { stages, totalMilliseconds, copyMilliseconds } = await measureColdStart(context.weights.path, {
    people: 1,
    tokens,
  });
  const values = Object.entries(stages);
  for (const [stage, milliseconds] of values) assert.ok(milliseconds >= 0, `${stage} ${milliseconds}`);
  for (const stage of ["read", "compile", "firstResult"] as const) assert.ok(stages[stage] > 0, stage);
  assert.ok(copyMilliseconds > 0);
  assert.ok(totalMilliseconds > stages.firstResult / 2);
});

onDevice(
  "onnxruntime runs the same file with our heatmaps (asked for by LAPOSE_TEST_PEERS=1)",
  async (context) => {
    const figures = await measureForward(context, { people: 2, tokens, rounds: 1, peers });
    assert.deepEqual(figures.refused, []);
    assert.deepEqual(figures.rivals.map(({ name }) => name), ["onnxruntime-web", "onnxruntime-node (CPU)"]);
  },
  !(present && wanted),
);
