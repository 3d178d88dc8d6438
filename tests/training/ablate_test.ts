/** Ablations of two steps per run on drawn clips: same start, same batches, what is left out, and going on after a kill. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { openWeights, writeWeights } from "../../estimation/weights_file.ts";
import { initialValues } from "../../model/initialise.ts";
import { ablate, type AblateOptions, type AblationRun } from "../../training/ablate.ts";
import { AblationResults } from "../../training/ablation_results.ts";
import { readCheckpoint } from "../../training/checkpoint.ts";
import { writeDataset } from "../../training/synthetic/write_dataset.ts";
import { train } from "../../training/train.ts";
import { parseTrainingConfig, type TrainingConfig } from "../../training/training_config.ts";
import { smallConfig, temporaryFolder, writeSmallWeights } from "../estimation/small_weights.ts";
import { testDevice } from "../support/device.ts";
import { assertSameBits } from "../support/same_bits.ts";

const names = ["whole", "without-csi", "without-otfm", "without-contrastive", "vision-only"];

/** A folder with drawn clips, weights with identities as untrained ones have, and a training of two steps. */
async function workplace() {
  const folder = await temporaryFolder();
  const clips = { clips: 1, seed: 1, degraded: 0, frames: 4, size: { width: 96, height: 96 } };
  await writeDataset(join(folder.path, "data"), clips);
  await writeSmallWeights(join(folder.path, "base.onnx"), {
    values: (name, shape) => initialValues(name, shape, 7),
  });
  return folder;
}

function configIn(folder: string, changes: Record<string, unknown> = {}): TrainingConfig {
  return parseTrainingConfig({
    weights: "base.onnx",
    train: "data/dataset.json",
    evaluate: { clean: "clean.json", degraded: "degraded.json" },
    output: "out",
    seed: 9,
    epochs: 1,
    batch: 4,
    rate: 1e-3,
    rateSteps: [],
    checkpointEvery: 1,
    ...changes,
  }, join(folder, "train.json"));
}

/** Says something else about each person. */
function describe(_: string, person?: number): string {
  return `person ${person} waves the left hand`;
}

interface Events {
  runs: string[];
  starts: number[];
  steps: number;
  evaluated: string[];
}

/** Runs an ablation whose evaluation says 10, 11, 12, …; `events` hears what happens. */
async function run(config: TrainingConfig, options: Partial<AblateOptions> & { fresh?: boolean } = {}) {
  const { device } = await testDevice();
  const { fresh = false, ...more } = options;
  const results = await AblationResults.open(config, { fresh });
  const events: Events = { runs: [], starts: [], steps: 0, evaluated: [] };
  const nameOf = ({ row, seed }: AblationRun) => `${row.name} ${seed}`;
  const end = await ablate(config, results, {
    device,
    seeds: [1],
    start: (seed) => {
      events.starts.push(seed);
      return Promise.resolve(config.weights!);
    },
    describe,
    evaluate: ({ weights, dataset }) => {
      events.evaluated.push(`${weights.slice(config.output.length + 1)} on ${dataset.split("/").at(-1)}`);
      return Promise.resolve(9 + events.evaluated.length);
    },
    onRun: (run) => events.runs.push(nameOf(run)),
    onStep: () => events.steps++,
    ...more,
  });
  return { ...end, events, results };
}

async function firstStep(folder: string): Promise<Record<string, number>> {
  return JSON.parse((await Deno.readTextFile(join(folder, "log.jsonl"))).split("\n")[0]);
}

function assertNear(actual: number, expected: number, what: string): void {
  const error = Math.abs(actual - expected);
  assert.ok(error <= 1e-6 * (1 + Math.abs(expected)), `${what}: ${actual}, expected ${expected}`);
}

Deno.test("ablate() trains rows from the same weights on the same batches, each without its part", async () => {
  await using folder = await workplace();
  const config = configIn(folder.path);
  const { stopped, events, results } = await run(config);
  assert.equal(stopped, false);
  assert.deepEqual(events.runs, names.map((name) => `${name} 1`));
  assert.equal(events.steps, 2 * names.length);
  assert.deepEqual(
    events.evaluated,
    names.flatMap((name) => ["clean", "degraded"].map((dataset) => `${name}/1/last.onnx on ${dataset}.json`)),
  );
  assert.deepEqual(
    results.all.map(({ row, seed, dataset, ap }) => [row, seed, dataset, ap]),
    names.flatMap((name, i) => [[name, 1, "clean", 10 + 2 * i], [name, 1, "degraded", 11 + 2 * i]]),
  );

  const place = (name: string) => join(config.output, name, "1");
  const whole = await firstStep(place("whole"));
  const { gamma1, gamma2 } = smallConfig().loss;
  const { heatmap, contrastive, transport } = whole;
  assert.ok(contrastive > 1e-3 && transport > 1e-3, "losses of language count");
  assertNear(whole.total, heatmap + gamma1 * contrastive + gamma2 * transport, "whole");
  const steps = new Map<string, Record<string, number>>();
  for (const name of names) steps.set(name, await firstStep(place(name)));
  // CSI, fusion and adapter are identities at the start, so that the first heatmaps do not depend on the row.
  for (const [name, step] of steps) assertNear(step.heatmap, heatmap, `L_H of ${name}`);
  const total = (name: string) => steps.get(name)!.total;
  assertNear(total("without-otfm"), heatmap + gamma1 * contrastive, "without OTFM");
  assertNear(total("without-contrastive"), heatmap + gamma2 * transport, "without L_cl");
  assertNear(total("vision-only"), heatmap, "vision only");
  assert.equal(steps.get("vision-only")!.contrastive, undefined);

  await using base = await openWeights(config.weights!);
  const layers = smallConfig().interaction.layers;
  for (const name of names) {
    await using start = await openWeights(join(place(name), "start.onnx"));
    await using last = await openWeights(join(place(name), "last.onnx"));
    assert.match(last.provenance, /^trained for 2 steps, .*ablation: /);
    assert.equal(last.config.language, name !== "vision-only");
    assert.equal(last.config.interaction.layers, name === "without-csi" ? 0 : layers);
    assert.equal(last.config.loss.gamma1 > 0, name !== "without-contrastive");
    assert.equal(last.config.loss.gamma2 > 0, name !== "without-otfm");
    const shared = ["vision.blocks.0.attention.qkv.weight", "head.convolution.weight"];
    if (name !== "vision-only") shared.push("adapter.down.weight", "text.embeddings.word");
    if (name !== "vision-only" && name !== "without-csi") shared.push("interaction.1.text.mlp.fc1.weight");
    for (const weight of shared) assertSameBits(await start.read(weight), await base.read(weight), weight);
    const missing = name === "without-csi" || name === "vision-only";
    await assertHas(last, "interaction.0.visual.mlp.fc1.weight", !missing);
    await assertHas(last, "text.embeddings.word", name !== "vision-only");
  }
});

async function assertHas(weights: { read(name: string): Promise<unknown> }, name: string, has: boolean) {
  assert.equal(await weights.read(name).then(() => true, () => false), has, name);
}

Deno.test("ablate() goes on after a kill: finished runs are skipped, the unfinished one resumes", async () => {
  await using folder = await workplace();
  const config = configIn(folder.path, { evaluate: { clean: "clean.json" } });
  let steps = 0;
  await assert.rejects(
    run(config, {
      onStep: () => {
        if (++steps === 2 + 2) throw new Error("killed"); // in the second run, its first step in the checkpoint
      },
    }),
    /killed/,
  );
  const second = await run(config);
  assert.deepEqual(second.events.runs, names.slice(1).map((name) => `${name} 1`));
  assert.equal(second.events.steps, 2 * names.length - 2 - 1, "no step was done again");
  assert.deepEqual(second.results.all.map(({ row }) => row), names);
  const broken = join(config.output, names[1], "1");
  const straight = join(folder.path, "straight");
  await train({ ...config, output: straight, seed: 1 }, {
    device: (await testDevice()).device,
    weights: join(broken, "start.onnx"),
    describe,
    resume: false,
  });
  const [straightState, brokenState] = await Promise.all(
    [straight, broken].map((folder) => readCheckpoint(join(folder, "last.state"))),
  );
  for (const name of ["values", "first", "second"] as const) {
    assertSameBits(brokenState.state[name], straightState.state[name], name);
  }
  // Everything is there: nothing runs. Another data set: only evaluations run. Another seed: only its runs.
  assert.deepEqual((await run(config)).events, { runs: [], starts: [], steps: 0, evaluated: [] });
  const more = { ...config, evaluate: { ...config.evaluate, degraded: join(folder.path, "degraded.json") } };
  const third = await run(more);
  assert.deepEqual([third.events.steps, third.events.evaluated.length], [0, names.length]);
  assert.equal(third.results.all.length, 2 * names.length);
  const stop = new AbortController();
  const fourth = await run(config, { seeds: [1, 2], signal: stop.signal, onRun: () => stop.abort() });
  assert.equal(fourth.stopped, true);
  assert.deepEqual([fourth.events.starts, fourth.events.evaluated], [[2], []]);
  assert.ok((await Deno.stat(join(config.output, "whole", "2", "last.state"))).isFile);
});

Deno.test("AblationResults.open() refuses other settings and folders, and forgets when it is told to", async () => {
  await using folder = await temporaryFolder();
  const config = configIn(folder.path);
  const results = await AblationResults.open(config, { fresh: false });
  await results.add({ row: "whole", seed: 1, dataset: "clean", ap: 50 });
  const other = configIn(folder.path, { rate: 2e-3, epochs: 3 });
  await assert.rejects(
    AblationResults.open(other, { fresh: false }),
    /^Error: Cannot go on with the ablation in .*: epochs was 1 and is 3; rates was .*0\.001.* and is .*0\.002/,
  );
  const same = configIn(folder.path, { seed: 8, validation: "v.json", checkpointEvery: 7 });
  assert.equal((await AblationResults.open(same, { fresh: false })).all.length, 1);
  const renamed = configIn(folder.path, { evaluate: { clean: "other.json" } });
  assert.deepEqual(
    (await AblationResults.open(renamed, { fresh: false })).all,
    [],
    "clean means another file",
  );

  await Deno.mkdir(join(config.output, "whole/1"), { recursive: true });
  await Deno.writeTextFile(join(config.output, "best.onnx"), "a training's own");
  assert.deepEqual((await AblationResults.open(other, { fresh: true })).all, []);
  const left = (await Array.fromAsync(Deno.readDir(config.output))).map(({ name }) => name).sort();
  assert.deepEqual(left, ["ablation.json", "best.onnx"]);

  await Deno.writeTextFile(join(config.output, "ablation.json"), "{");
  await assert.rejects(AblationResults.open(config, { fresh: false }), /ablation\.json: it is damaged/);
  const foreign = configIn(folder.path, { output: "foreign" });
  await Deno.mkdir(join(foreign.output, "vision-only"), { recursive: true });
  await assert.rejects(
    AblationResults.open(foreign, { fresh: true }),
    /it holds vision-only and no ablation\.json/,
  );
  const { evaluate: _, ...blind } = config;
  await assert.rejects(
    AblationResults.open(blind, { fresh: false }),
    /no data set to evaluate on, expected evaluate or validation/,
  );
  const validated = await AblationResults.open(
    { ...blind, validation: "/v.json", output: join(folder.path, "v") },
    { fresh: false },
  );
  assert.deepEqual(validated.datasets, { validation: "/v.json" });
});

Deno.test("ablate() refuses a model that lacks what a row would leave out", async () => {
  await using folder = await workplace();
  const lacking = smallConfig();
  lacking.interaction.layers = 0;
  lacking.loss.gamma2 = 0;
  await using base = await openWeights(join(folder.path, "base.onnx"));
  await writeWeights(join(folder.path, "lacking.onnx"), {
    config: lacking,
    tokenizer: base.tokenizer!.json,
    provenance: "for tests",
    values: (name) => base.read(name),
  });
  await assert.rejects(
    run(configIn(folder.path, { weights: "lacking.onnx" })),
    /^TypeError: Cannot ablate .*lacking\.onnx: interaction\.layers is 0, .*; loss\.gamma2 is 0, expected more$/,
  );
});
