/** AdamW with clipping, decay groups and accumulation against torch.optim.AdamW (`reference/optimiser_golden.py`). */
import assert from "node:assert/strict";
import { Executor } from "../../gpu/executor.ts";
import { ParameterStore } from "../../gpu/parameters.ts";
import { StateStore } from "../../gpu/state_store.ts";
import { Graph } from "../../graph/graph.ts";
import { planGraph } from "../../graph/plan.ts";
import {
  type AdamwSettings,
  lowerAdamw,
  settingsAtRest,
  settingsLength,
  settingsOf,
  stateNames,
} from "../../kernels/adamw/adamw.ts";
import golden from "../golden/optimiser.json" with { type: "json" };
import { assertClose } from "../support/compare.ts";
import { testDevice } from "../support/device.ts";

/** The golden parameters one behind the other, each from a multiple of 64. */
function layout() {
  let count = 0;
  const placed = golden.parameters.map((parameter) => {
    const start = count;
    count += Math.ceil(parameter.before.length / 64) * 64;
    return { ...parameter, start };
  });
  const shares = new Float32Array(count / 64 * 2);
  for (const { start, before, rateShare, decays } of placed) {
    for (let i = start; i < start + before.length; i += 64) shares.set([rateShare, decays ? 1 : 0], i / 32);
  }
  return { placed, count, shares };
}

async function prepare() {
  const { device, pipelines } = await testDevice();
  const { placed, count, shares } = layout();
  const graph = new Graph();
  const settings = graph.input("settings", [settingsLength]);
  const [norm] = graph.add(
    {
      name: "update",
      infer: () => [{ shape: [3], layout: "dense" }],
      lower: ({ inputs: [settings], outputs: [norm] }, lowering) =>
        lowerAdamw(lowering, { settings: settings!, norm, count, shares }),
    },
    [settings],
    null,
  );
  graph.output("norm", norm);
  const schedule = planGraph(graph, {
    traits: device.traits,
    read: () => Promise.reject(new Error("no weights")),
  });
  const state = new StateStore(device);
  for (const name of stateNames) await state.create(name, count);
  for (const { start, before } of placed) state.write("values", start, Float32Array.from(before));
  const parameters = new ParameterStore(device);
  const executor = await Executor.prepare(schedule, { device, pipelines, parameters, state, poison: true });
  return {
    placed,
    state,
    update: (settings: Float32Array) => executor.run({ settings }).then(({ norm }) => norm),
    [Symbol.dispose]: () => [executor, parameters, state].forEach((part) => part.close()),
  };
}

const common = {
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  decay: golden.decay,
  clip: golden.clip,
  batches: 1,
};

Deno.test("lowerAdamw() equals torch.optim.AdamW after 20 steps", async () => {
  using run = await prepare();
  for (const [step, rate] of golden.rates.entries()) {
    for (const { start, gradients } of run.placed) {
      run.state.write("gradients", start, Float32Array.from(gradients[step]));
    }
    const [norm, , finite] = await run.update(settingsOf({ ...common, rate, step: step + 1 }));
    assert.equal(finite, 1);
    assertClose([norm], [golden.norms[step]], 1e-5 * golden.norms[step]);
  }
  const values = await run.state.read("values");
  for (const { start, after } of run.placed) {
    assertClose(values.subarray(start, start + after.length), after, 1e-6);
  }
});

Deno.test("lowerAdamw() divides by the number of batches whose gradients were added", async () => {
  const results = [];
  for (const batches of [1, 4]) {
    using run = await prepare();
    const { start, gradients } = run.placed[0];
    run.state.write("gradients", start, Float32Array.from(gradients[0], (value) => value * batches));
    const settings: AdamwSettings = { ...common, batches, rate: 0.1, step: 1 };
    const [norm] = await run.update(settingsOf(settings));
    results.push([norm, ...await run.state.read("values")]);
  }
  assertClose(results[1], results[0], 1e-6);
});

Deno.test("lowerAdamw() changes nothing when a gradient is not finite, and clears it", async () => {
  for (const poison of [NaN, Infinity, -Infinity]) {
    using run = await prepare();
    const before = await run.state.read("values");
    run.state.write("gradients", 3, Float32Array.of(poison));
    const [, , finite] = await run.update(settingsOf({ ...common, rate: 0.1, step: 1 }));
    assert.equal(finite, 0);
    assert.deepEqual(await run.state.read("values"), before);
    assert((await run.state.read("gradients")).every((value) => value === 0));
    assert((await run.state.read("first")).every((value) => value === 0));
  }
});

Deno.test("settingsAtRest leaves values and moments bit for bit", async () => {
  using run = await prepare();
  run.state.write("gradients", 0, Float32Array.from(run.placed[0].gradients[0]));
  await run.update(settingsOf({ ...common, rate: 0.1, step: 1 }));
  const saved = await Promise.all(stateNames.map((name) => run.state.read(name)));
  await run.update(settingsAtRest);
  assert.deepEqual(await Promise.all(stateNames.map((name) => run.state.read(name))), saved);
});
