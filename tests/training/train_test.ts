/** The whole loop on drawn clips: it learns, goes on bit for bit after a kill, stops on demand and guards its numbers. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { openWeights } from "../../estimation/weights_file.ts";
import { readCheckpoint } from "../../training/checkpoint.ts";
import { writeDataset } from "../../training/synthetic/write_dataset.ts";
import { train, type TrainOptions } from "../../training/train.ts";
import { parseTrainingConfig, type TrainingConfig } from "../../training/training_config.ts";
import { smallConfig, temporaryFolder, writeSmallWeights } from "../estimation/small_weights.ts";
import { testDevice } from "../support/device.ts";
import { assertSameState } from "../support/same_bits.ts";

/** A folder with drawn clips and small weights. */
async function workplace() {
  const folder = await temporaryFolder();
  const clips = { clips: 2, seed: 1, degraded: 0, frames: 4, size: { width: 96, height: 96 } };
  await writeDataset(join(folder.path, "data"), clips);
  await writeSmallWeights(join(folder.path, "start.onnx"), { config: smallConfig() });
  return folder;
}

function configIn(folder: string, changes: Record<string, unknown> = {}): TrainingConfig {
  const file = {
    weights: "start.onnx",
    train: "data/dataset.json",
    output: "out",
    epochs: 2,
    batch: 2,
    rate: 2e-3,
    rateSteps: [],
    checkpointEvery: 1,
    ...changes,
  };
  return parseTrainingConfig(file, join(folder, "train.json"));
}

async function run(config: TrainingConfig, options: Partial<TrainOptions> = {}) {
  const { device } = await testDevice();
  return await train(config, {
    device,
    weights: config.weights!,
    describe: (clip, person) => `person ${person} of ${clip} waves the left hand`,
    resume: false,
    ...options,
  });
}

async function log(config: TrainingConfig): Promise<Record<string, number>[]> {
  const text = await Deno.readTextFile(join(config.output, "log.jsonl"));
  return text.trim().split("\n").map((line) => JSON.parse(line));
}

Deno.test("train() goes on bit for bit after a stop, and writes what it says", async () => {
  await using folder = await workplace();
  const whole = configIn(folder.path, { output: "whole" });
  const result = await run(whole, { validate: () => Promise.resolve(12.5) });
  const lines = await log(whole);
  assert.equal(result.stopped, false);
  assert.equal(result.best, 12.5);
  assert.equal(lines.filter(({ total }) => total !== undefined).length, result.step);
  assert.equal(lines.filter(({ ap }) => ap === 12.5).length, 2);

  const parts = configIn(folder.path, { output: "parts" });
  const stop = new AbortController();
  const stopped = await run(parts, {
    signal: stop.signal,
    onStep: ({ step }) => {
      if (step === 3) stop.abort();
    },
    validate: () => Promise.resolve(12.5),
  });
  assert.deepEqual([stopped.step, stopped.stopped], [3, true]);
  const resumed = await run(parts, { resume: true, validate: () => Promise.resolve(12.5) });
  assert.deepEqual(resumed, result);
  const states = await Promise.all(
    [whole, parts].map(({ output }) => readCheckpoint(join(output, "last.state"))),
  );
  assertSameState(states[1].state, states[0].state);
  const untimed = (entries: Record<string, number>[]) =>
    entries.map(({ samplesPerSecond: _, ...rest }) => rest);
  assert.deepEqual(untimed(await log(parts)), untimed(lines));

  for (const name of ["last.onnx", "best.onnx"]) {
    await using trained = await openWeights(join(parts.output, name));
    await using before = await openWeights(parts.weights!);
    assert.match(trained.provenance, /^trained for \d+ steps, \d epochs, seed 1; before: random/);
    const changed = async (weight: string) =>
      (await trained.read(weight)).some((value, i, { length }) => i < length && value !== 0) &&
      String(await trained.read(weight)) !== String(await before.read(weight));
    assert(await changed("vision.blocks.0.mlp.fc1.weight"));
    assert(await changed("head.batch_norm1.running_var"));
    assert(!await changed("text.blocks.0.mlp.fc1.weight")); // frozen
  }
  assert.match(await Deno.readTextFile(join(parts.output, "curve.svg")), /^<svg .*<polyline/s);
});

Deno.test("train() goes on bit for bit after a kill at any moment", async () => {
  await using folder = await workplace();
  const whole = configIn(folder.path, { output: "whole", checkpointEvery: 0 });
  await run(whole);
  const killed = configIn(folder.path, { output: "killed" });
  // What a kill leaves: the checkpoint of step 2, a log that is ahead of it, half a line, half a file beside.
  await assert.rejects(
    run(killed, {
      onStep: ({ step }) => {
        if (step === 3) throw new Error("killed");
      },
    }),
    /killed/,
  );
  await Deno.writeTextFile(join(killed.output, "log.jsonl"), '{"step":', { append: true });
  await Deno.writeTextFile(join(killed.output, ".last.state.partial-1"), "half");
  await run(killed, { resume: true });
  const states = await Promise.all(
    [whole, killed].map(({ output }) => readCheckpoint(join(output, "last.state"))),
  );
  assertSameState(states[1].state, states[0].state);
  assert.equal((await log(killed)).length, (await log(whole)).length);
});

Deno.test("train() adds up batches to one step", async () => {
  await using folder = await workplace();
  const config = configIn(folder.path, { accumulate: 2, epochs: 1 });
  const { step } = await run(config);
  const single = await run(configIn(folder.path, { output: "single", epochs: 1 }));
  assert.equal(step, Math.floor(single.step / 2));
});

Deno.test("train() stops where numbers are no longer finite, and keeps the last good checkpoint", async () => {
  await using folder = await workplace();
  const good = configIn(folder.path, { output: "good", epochs: 1 });
  await run(good);
  const config = configIn(folder.path, { rateSteps: [[1, 1e39]] }); // in epoch 1
  await assert.rejects(
    run(config),
    /Cannot go on training after step \d+, in epoch 1: .*lower the rate and resume/,
  );
  const states = await Promise.all(
    [good, config].map(({ output }) => readCheckpoint(join(output, "last.state"))),
  );
  assert.deepEqual(states[1].progress, states[0].progress);
  assertSameState(states[1].state, states[0].state);
});

Deno.test("train() refuses to resume another training, and batches larger than the data", async () => {
  await using folder = await workplace();
  await run(configIn(folder.path, { epochs: 1 }));
  await assert.rejects(
    run(configIn(folder.path, { epochs: 1, seed: 2 }), { resume: true }),
    /Cannot resume .*"seed":1.*expected .*"seed":2/,
  );
  await assert.rejects(
    run(configIn(folder.path, { batch: 1000 })),
    /Cannot train on \d+ people in batches of 1000/,
  );
});

Deno.test("train() lowers the rate within an epoch", async () => {
  await using folder = await workplace();
  const config = configIn(folder.path, { epochs: 1, rate: 1e-3, rateSteps: [[0.5, 0.1]] });
  const { step } = await run(config);
  const rates = (await log(config)).map(({ rate }) => rate);
  assert.equal(rates.length, step);
  assert.deepEqual(rates, rates.map((_, i) => i / step < 0.5 ? 1e-3 : 1e-3 * 0.1));
  assert.ok(step >= 2);
});
