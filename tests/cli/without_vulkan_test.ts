/** Every command that runs a model works where no Vulkan driver is found: on the CPU, and saying so. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { parsePoses } from "./poses_form.ts";
import { runCli, workplace } from "./run_cli.ts";
import { canHideDrivers, withoutVulkan } from "./without_vulkan.ts";

const ignore = !canHideDrivers;

Deno.test(
  { name: "pose without a Vulkan driver runs on the CPU, with the same poses as there", ignore },
  async () => {
    await using place = await workplace({ frames: 3 });
    const args = ["pose", "clip", "--weights", "small.onnx", "--json"];
    const poses = async (env: Record<string, string>, ...more: string[]) => {
      const { status, stdout, stderr } = await runCli([...args, ...more], { cwd: place.path, env });
      assert.equal(status, 0, stderr);
      return { document: parsePoses(stdout), stderr };
    };
    const { document, stderr } = await poses(withoutVulkan);
    assert.match(stderr, /^note: running on cpu \(onnxruntime\)$/m);
    assert.equal(document.annotations.length, 3);
    const asked = await poses({}, "--device", "cpu");
    assert.deepEqual(document.annotations, asked.document.annotations);
  },
);

Deno.test({
  name: "./run demo without a Vulkan driver poses the clip on the CPU",
  ignore,
  async fn() {
    await using place = await workplace();
    const run = fileURLToPath(new URL("../../run", import.meta.url));
    const { code, stdout, stderr } = await new Deno.Command("sh", {
      args: [run, "demo", "--out", "here"],
      cwd: place.path,
      env: { ...withoutVulkan, LAPOSE_NO_INSTALL: "1", NO_COLOR: "1" },
      stdout: "piped",
      stderr: "piped",
    }).output();
    const [out, error] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    assert.equal(code, 0, error);
    assert.match(out, /^28 poses in 14 frames, [\d.]+ frames\/s on cpu \(onnxruntime\)/);
    assert.match(error, /^run: going on without WebGPU$/m);
    assert.equal(parsePoses(await Deno.readTextFile(`${place.path}/here/poses.json`)).annotations.length, 28);
  },
});
