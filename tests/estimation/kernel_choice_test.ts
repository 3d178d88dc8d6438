/** How kernels are chosen and weights kept: neither changes poses beyond the bounds. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { LAPose, type LoadOptions } from "../../estimation/lapose.ts";
import type { Pose } from "../../people/pose.ts";
import { temporaryFolder, waveFrame, writeSmallWeights } from "./small_weights.ts";

const frames = [1, 2, 3].map((seed) => waveFrame(80, 60, seed));
const description = "a woman throws a ball";

/** Heatmaps of random pixels and poses of three frames. */
async function run(path: string, options: LoadOptions): Promise<{ heatmaps: Float32Array; poses: Pose[] }> {
  await using model = await LAPose.load(path, { device: "webgpu", ...options });
  const pixels = Float32Array.from({ length: 3 * 3 * 64 * 48 }, (_, i) => Math.sin(i * 0.7));
  const tokens = { inputIds: new Int32Array([2, 5, 6, 3]), attentionMask: new Int32Array(4).fill(1) };
  const { heatmaps } = await model.forward({ pixels, ...tokens });
  const poses = await model.estimate({ frames, boxes: [[10, 5, 40, 50]], description });
  return { heatmaps: heatmaps.data, poses };
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  assert.equal(a.length, b.length);
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i])), 0);
}

/** Sets an environment variable as long as its scope. */
function environment(name: string, value: string): Disposable {
  const before = Deno.env.get(name);
  Deno.env.set(name, value);
  return {
    [Symbol.dispose]: () => before === undefined ? Deno.env.delete(name) : Deno.env.set(name, before),
  };
}

Deno.test("LAPose.load() with tune times kernels once, remembers them and keeps the poses", async () => {
  await using folder = await temporaryFolder();
  // Mesa's compiled shaders stay where they are: compiling all of them anew takes seconds.
  const usual = Deno.env.get("XDG_CACHE_HOME") || join(Deno.env.get("HOME") ?? folder.path, ".cache");
  using _mesa = environment("MESA_SHADER_CACHE_DIR", usual);
  using _cache = environment("XDG_CACHE_HOME", join(folder.path, "cache"));
  const path = join(folder.path, "small.onnx");
  await writeSmallWeights(path);
  const expected = await run(path, { tune: false });
  await assert.rejects(Deno.stat(join(folder.path, "cache", "lapose")), Deno.errors.NotFound);
  const tuned = await run(path, { tune: true });
  const file = join(folder.path, "cache", "lapose", "tuning.json");
  const { adapters } = JSON.parse(await Deno.readTextFile(file));
  const choices = Object.entries(Object.values(adapters)[0] as Record<string, string>);
  assert.ok(choices.some(([key]) => key.startsWith("product")));
  assert.ok(choices.some(([key]) => key.startsWith("attention")));
  // Where all shaders had to be compiled, the first run may have left contests to the second.
  const settled = await run(path, { tune: true });
  const { mtime } = await Deno.stat(file);
  const again = await run(path, { tune: true });
  assert.deepEqual((await Deno.stat(file)).mtime, mtime);
  for (const { heatmaps, poses } of [tuned, settled, again]) {
    assert.ok(largestDifference(heatmaps, expected.heatmaps) <= 1e-4);
    assertSamePlace(poses, expected.poses, 0.01);
  }
});

Deno.test("LAPose.load() with dtype f16 keeps keypoints within 0.1 px", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "small.onnx");
  await writeSmallWeights(path);
  const expected = await run(path, { tune: false });
  const half = await run(path, { tune: false, dtype: "f16" });
  const difference = largestDifference(half.heatmaps, expected.heatmaps);
  assert.ok(difference > 0 && difference <= 2e-2, `heatmaps differ by ${difference}`);
  assertSamePlace(half.poses, expected.poses, 0.1);
});

Deno.test("LAPose.load() refuses another dtype", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "small.onnx");
  await writeSmallWeights(path);
  await assert.rejects(
    LAPose.load(path, { dtype: "f8" as "f16" }),
    /Cannot keep weights and activations as "f8", expected f32 or f16/,
  );
});

function assertSamePlace(actual: Pose[], expected: Pose[], bound: number): void {
  assert.equal(actual.length, expected.length);
  for (const [i, { keypoints }] of actual.entries()) {
    for (const [j, { x, y }] of keypoints.entries()) {
      const { x: wantedX, y: wantedY } = expected[i].keypoints[j];
      const distance = Math.hypot(x - wantedX, y - wantedY);
      assert.ok(distance <= bound, `keypoint ${j} moved by ${distance} px`);
    }
  }
}
