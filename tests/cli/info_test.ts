/** `info` as a process of its own: what weights hold, which device would run them, and why. */
import assert from "node:assert/strict";
import { LAPose } from "../../estimation/lapose.ts";
import { runCli, workplace } from "./run_cli.ts";
import { canHideDrivers, withoutVulkan } from "./without_vulkan.ts";

Deno.test("info says what weights hold, and the device that loading them takes", async () => {
  await using place = await workplace();
  const { status, stdout, stderr } = await place.run("info", "small.onnx");
  assert.equal(status, 0, stderr);
  const expected = [
    /^small\.onnx: random, for tests$/m,
    /^ {2}weights +0\.\d M float32, \d MB$/m,
    /^ {2}input +3 frame\(s\) of 64 × 48 pixels$/m,
    /^ {2}vision +ViT, 2 layers of 32, 4 × 3 tokens$/m,
    /^ {2}text +BERT, 1 layers of 24, up to 32 tokens$/m,
    /^ {2}interaction +2 layers$/m,
    /^ {2}head +classic, 15 keypoints \(posetrack15\)$/m,
  ];
  for (const pattern of expected) assert.match(stdout, pattern);
  await using model = await LAPose.load(`${place.path}/small.onnx`);
  const kind = model.device.split(" ")[0];
  assert.match(stdout, new RegExp(`^ {2}device +${kind}\\b.*: .+$`, "m"));
});

const choices: readonly (readonly [string, readonly string[], Record<string, string>, RegExp])[] = [
  ["the CPU asked for", ["--device", "cpu"], {}, /^ {2}device +cpu: asked for$/m],
  ["WebGPU asked for", ["--device", "webgpu"], {}, /^ {2}device +webgpu \(.+\): asked for$/m],
  ["no adapter", [], withoutVulkan, /^ {2}device +cpu: no WebGPU adapter was found$/m],
];

for (const [what, args, env, line] of choices) {
  const ignore = env === withoutVulkan && !canHideDrivers;
  Deno.test({ name: `info gives the reason: ${what}`, ignore }, async () => {
    await using place = await workplace();
    for (const weights of [[], ["small.onnx"]]) {
      const { status, stdout, stderr } = await runCli(["info", ...weights, ...args], {
        cwd: place.path,
        env,
      });
      assert.equal(status, 0, stderr);
      assert.match(stdout, line);
    }
  });
}

Deno.test("info --json holds the configuration, the keypoints and the device, and no tokenizer", async () => {
  await using place = await workplace();
  const { status, stdout, stderr } = await place.run("info", "small.onnx", "--json", "--device", "cpu");
  assert.equal(status, 0, stderr);
  const facts = JSON.parse(stdout);
  assert.deepEqual(Object.keys(facts).sort(), [
    "adapter",
    "config",
    "dataTypes",
    "device",
    "keypoints",
    "parameterBytes",
    "parameterCount",
    "path",
    "provenance",
    "reason",
  ]);
  assert.equal(facts.config.vision.width, 32);
  assert.equal(facts.parameterBytes, 4 * facts.parameterCount);
  assert.deepEqual([facts.device, facts.reason, facts.adapter], ["cpu", "asked for", null]);
});

Deno.test("info fails by name where there is no such file and no such device", async () => {
  await using place = await workplace();
  const missing = await place.run("info", "none.onnx", "--device", "cpu");
  assert.equal(missing.status, 1);
  assert.match(missing.stderr, /^error: Cannot open weights none\.onnx: the file does not exist/);
  assert.equal(missing.stdout, "");
  if (!canHideDrivers) return;
  const hidden = await runCli(["info", "--device", "webgpu"], { cwd: place.path, env: withoutVulkan });
  assert.equal(hidden.status, 1);
  assert.match(hidden.stderr, /^error: .*WebGPU/);
});
