/** `verify` as a process of its own: both engines on one file, and its exit status. */
import assert from "node:assert/strict";
import { runCli, workplace } from "./run_cli.ts";
import { canHideDrivers, withoutVulkan } from "./without_vulkan.ts";

const outputs = ["heatmaps", "visual", "text", "transportPlan", "transportCost"];

Deno.test("verify prints the largest difference of every output and that the engines agree", async () => {
  await using place = await workplace();
  const { status, stdout, stderr } = await place.run("verify", "small.onnx");
  assert.equal(status, 0, stderr);
  const [head, ...lines] = stdout.trimEnd().split("\n");
  assert.match(head, /^webgpu \(.+\) against cpu \(onnxruntime\), seed 1$/);
  assert.equal(lines.pop(), "Both engines agree");
  assert.deepEqual(lines.map((line) => line.trim().split(" ")[0]), outputs);
  for (const line of lines) {
    assert.match(line, /\[[\d, ]+\] {2}largest difference \d\.\d\de[-+]\d+ of .+ {2}ok$/);
  }
});

Deno.test("verify exits with 1 above the bound, and says which outputs differ", async () => {
  await using place = await workplace();
  const { status, stdout, stderr } = await place.run("verify", "small.onnx", "--bound", "1e-9");
  assert.equal(status, 1);
  assert.equal(stderr, "");
  assert.match(stdout, /^ {2}heatmaps .+ ABOVE 1e-9$/m);
  assert.match(stdout, /^The engines differ: do not trust this device with these weights$/m);
});

Deno.test("verify --json prints figures that decide its verdict, and its seed repeats them", async () => {
  await using place = await workplace();
  const verify = async (...args: string[]) => {
    const { status, stdout } = await place.run("verify", "small.onnx", "--json", ...args);
    return { status, ...JSON.parse(stdout) };
  };
  const { status, weights, devices, bound, passed, differences } = await verify("--seed", "5");
  assert.deepEqual({ status, weights, bound, passed }, {
    status: 0,
    weights: "small.onnx",
    bound: 1e-4,
    passed: true,
  });
  assert.match(devices[0], /^webgpu /);
  assert.match(devices[1], /^cpu /);
  assert.deepEqual(differences.map(({ output }: { output: string }) => output), outputs);
  for (const { difference, magnitude, shape } of differences) {
    assert.ok(
      difference >= 0 && difference <= 1e-4 && magnitude > 1e-6,
      JSON.stringify({ difference, magnitude }),
    );
    assert.equal(shape[0], 2);
  }
  const largest = Math.max(...differences.map(({ difference }: { difference: number }) => difference));
  assert.ok(largest > 0);
  const tight = await verify("--seed", "5", "--bound", String(largest / 2));
  assert.deepEqual([tight.status, tight.passed], [1, false]);
  assert.deepEqual(tight.differences, differences);
  assert.notDeepEqual((await verify("--seed", "6")).differences, differences);
});

Deno.test("verify fails by name without weights and without an adapter", async () => {
  await using place = await workplace();
  const missing = await place.run("verify", "none.onnx");
  assert.equal(missing.status, 1);
  assert.match(missing.stderr, /^error: Cannot open weights none\.onnx: the file does not exist/);
  if (!canHideDrivers) return;
  const hidden = await runCli(["verify", "small.onnx"], { cwd: place.path, env: withoutVulkan });
  assert.equal(hidden.status, 1);
  assert.match(hidden.stderr, /^error: .*WebGPU/);
  assert.equal(hidden.stdout, "");
});
