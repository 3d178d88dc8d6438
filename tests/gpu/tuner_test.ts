/** The tuner: the fastest kernel wins, is remembered, and costs little. */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { PipelineCache } from "../../gpu/pipelines.ts";
import type { Schedule } from "../../gpu/schedule.ts";
import { type Contest, Tuner } from "../../gpu/tuner.ts";
import { TuningFile } from "../../gpu/tuning_file.ts";
import { testDevice } from "../support/device.ts";

/** Spins `steps` times per invocation; the sum is stored so that the loop is not left out. */
const source = `
@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<uniform> steps: vec4u;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  var sum = 0.0;
  for (var i = 0u; i < steps.x; i++) { sum = sum * 0.5 + f32(i); }
  y[id.x] = sum;
}`;

/** A kernel that takes time in proportion to `steps`. */
function spinning(steps: number, bytes = 16384): Schedule {
  return {
    steps: [{
      kind: "dispatch",
      label: `spin ${steps}`,
      shader: { name: "spin", source },
      bindings: [
        { kind: "arena", type: "f32", offset: 0, bytes },
        { kind: "uniform", data: new Uint32Array([steps, 0, 0, 0]).buffer },
      ],
      workgroups: [bytes / 256, 1, 1],
    }],
    arenaBytes: bytes,
    liveBytes: bytes,
    textures: [],
    inputs: new Map(),
    outputs: new Map(),
  };
}

/** A contest between kernels of the given lengths that notes who was timed. */
function contest(key: string, lengths: Record<string, number>, timed: string[] = [], bytes = 16384): Contest {
  return {
    key,
    candidates: Object.keys(lengths),
    schedule: (candidate) => {
      timed.push(candidate);
      return spinning(lengths[candidate], bytes);
    },
  };
}

async function withTuner(
  work: (open: (file?: TuningFile, budget?: number) => Tuner, pipelines: PipelineCache) => Promise<void>,
): Promise<void> {
  const { device, pipelines } = await testDevice();
  await work(
    (file, budget) => new Tuner({ device, pipelines, file, ...(budget === undefined ? {} : { budget }) }),
    pipelines,
  );
}

Deno.test("Tuner.tune() picks the fastest, whichever is expected to be", () =>
  withTuner(async (open) => {
    const tuner = open();
    const decided = await tuner.tune([
      contest("first is slow", { slow: 20000, fast: 4000 }),
      contest("first is fast", { fast: 4000, slow: 20000 }),
    ]);
    assert.equal(decided, 2);
    assert.equal(tuner.choice("first is slow"), "fast");
    assert.equal(tuner.choice("first is fast"), "fast");
    assert.equal(tuner.choice("another"), undefined);
  }));

Deno.test("Tuner.tune() decides a contest once", () =>
  withTuner(async (open) => {
    const tuner = open();
    const timed: string[] = [];
    await tuner.tune([contest("work", { a: 2000, b: 8000 }, timed)]);
    const before = timed.length;
    assert.equal(await tuner.tune([contest("work", { a: 2000, b: 8000 }, timed)]), 0);
    assert.equal(timed.length, before);
  }));

Deno.test("Tuner.tune() does not try a hopeless kernel on larger extents", () =>
  withTuner(async (open) => {
    const timed: string[] = [];
    const tuner = open();
    await tuner.tune([
      contest("large", { good: 1000, hopeless: 60000 }, timed, 65536),
      contest("small", { good: 1000, hopeless: 60000 }, timed),
    ]);
    assert.equal(tuner.choice("large"), "good");
    assert.equal(timed.filter((name) => name === "hopeless").length, 1);
  }));

Deno.test("Tuner.tune() leaves contests beyond its budget undecided", () =>
  withTuner(async (open) => {
    const tuner = open(undefined, 0);
    assert.equal(await tuner.tune([contest("work", { a: 2000, b: 8000 })]), 0);
    assert.equal(tuner.choice("work"), undefined);
  }));

Deno.test("Tuner.tune() writes its choices for the next process, apart for each adapter", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "made", "tuning.json");
    await withTuner(async (open) => {
      const first = open(await TuningFile.at(path, "one"));
      await first.tune([contest("work", { slow: 20000, fast: 4000 })]);
      assert.equal(open(await TuningFile.at(path, "one")).choice("work"), "fast");
      assert.equal(open(await TuningFile.at(path, "two")).choice("work"), undefined);
    });
    assert.deepEqual([...Deno.readDirSync(join(folder, "made"))].map(({ name }) => name), ["tuning.json"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
