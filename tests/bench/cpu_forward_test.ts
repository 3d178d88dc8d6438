import assert from "node:assert/strict";
import { join } from "node:path";
import { measureCpuForward } from "../../bench/cpu_forward.ts";
import { speedup } from "../../bench/statistics.ts";
import { smallConfig, temporaryFolder } from "../estimation/small_weights.ts";
import { goldenPath } from "../weights/convert/golden_conversion.ts";

/** The crop and the vocabulary of the golden exports. */
function goldenConfig() {
  const config = smallConfig();
  Object.assign(config.image, { height: 48, width: 32 });
  return config;
}

Deno.test("measureCpuForward() times the engine and both exports, and tells the ratio", async () => {
  await using folder = await temporaryFolder();
  const exports = folder.path;
  await Deno.copyFile(
    goldenPath("export/vitpose_simple_torchscript_opset17.onnx"),
    join(exports, "vitpose.onnx"),
  );
  await Deno.copyFile(goldenPath("export/bert_torchscript_opset17.onnx"), join(exports, "bert.onnx"));
  const { ours, vitpose, bert, ratio } = await measureCpuForward({
    config: goldenConfig(),
    tokens: 5,
    rounds: 2,
    exports,
  });
  assert.ok(ours > 0 && vitpose! > 0 && bert! > 0);
  assert.equal(ratio, speedup(vitpose! + bert!, ours));
  await Deno.remove(join(exports, "bert.onnx"));
  await assert.rejects(
    measureCpuForward({ config: goldenConfig(), tokens: 5, rounds: 2, exports }),
    /bert\.onnx/,
  );
});

Deno.test("measureCpuForward() measures the engine alone without exports", async () => {
  const figures = await measureCpuForward({ config: goldenConfig(), tokens: 5, rounds: 1 });
  assert.ok(figures.ours > 0);
  assert.deepEqual({ ...figures, ours: 0 }, { ours: 0, vitpose: null, bert: null, ratio: null });
});
