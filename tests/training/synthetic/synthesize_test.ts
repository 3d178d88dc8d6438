import assert from "node:assert/strict";
import { join } from "node:path";
import { UsageError } from "../../../cli/command_error.ts";
import { synthesizeCommand } from "../../../cli/synthesize.ts";
import { readDatasetConfig } from "../../../posetrack/dataset_config.ts";

Deno.test("synthesizeCommand() writes the folder and says what it is for", async () => {
  const folder = await Deno.makeTempDir({ prefix: "lapose-synthesize-" });
  const printed: string[] = [];
  const print = (text: string) => void printed.push(text);
  try {
    const to = join(folder, "deep/data");
    const options = { clips: 2, seed: 1, degraded: 0.6, to, frames: 2, size: "96x128", quiet: true, print };
    await synthesizeCommand(options);
    assert.match(printed[0], /^Wrote .*: 2 clips \(1 of them degraded\), 4 frames, for training\.$/);
    assert.match(printed[1], /eval WEIGHTS --dataset .*dataset\.json --json$/);
    const config = await readDatasetConfig(join(to, "dataset.json"));
    assert.equal(config.annotations, join(to, "annotations/train"));
    await synthesizeCommand(options);
    assert.match(printed[2], /^Found /);
    await synthesizeCommand({
      clips: 1,
      seed: 1000,
      degraded: 0,
      to: join(folder, "val"),
      frames: 1,
      quiet: true,
      print,
    });
    assert.match(printed[4], /1 clips \(none degraded\), 1 frames, held out: for evaluation\.$/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("synthesizeCommand() calls bad options wrong use, all at once", async () => {
  const good = { clips: 1, seed: 1, degraded: 0, to: "nowhere", quiet: true };
  await assert.rejects(synthesizeCommand({ ...good, size: "big" }), (error) => {
    assert.ok(error instanceof UsageError);
    assert.match(error.message, /size is "big", expected WIDTHxHEIGHT/);
    return true;
  });
  await assert.rejects(synthesizeCommand({ ...good, clips: -2, degraded: 2, to: "" }), (error) => {
    assert.ok(error instanceof UsageError);
    assert.match(error.message, /clips is -2.*degraded is 2.*--to FOLDER/);
    return true;
  });
  await assert.rejects(Deno.stat("nowhere"), Deno.errors.NotFound);
});
