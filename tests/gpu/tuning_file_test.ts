/** The tuner's file: merged, whole or not at all, and never in the way. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { TuningFile } from "../../gpu/tuning_file.ts";

Deno.test("TuningFile.save() keeps what others wrote meanwhile", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "tuning.json");
    const [one, other] = [await TuningFile.at(path, "adapter"), await TuningFile.at(path, "adapter")];
    await one.save(new Map([["a", "x"]]));
    await other.save(new Map([["b", "y"]]));
    assert.deepEqual([...(await TuningFile.at(path, "adapter")).choices], [["a", "x"], ["b", "y"]]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

for (
  const [title, text] of [
    ["is no JSON", "{"],
    ["is of another format", '{"format":0,"adapters":{"adapter":{"a":"x"}}}'],
    ["holds other things", '{"format":1,"adapters":{"adapter":{"a":1}}}'],
  ]
) {
  Deno.test(`TuningFile.at() takes a file that ${title} for an empty one`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      const path = join(folder, "tuning.json");
      await Deno.writeTextFile(path, text);
      const file = await TuningFile.at(path, "adapter");
      assert.equal(file.choices.size, 0);
      await file.save(new Map([["a", "z"]]));
      assert.equal((await TuningFile.at(path, "adapter")).choices.get("a"), "z");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test("TuningFile.save() is silent where it cannot write", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(join(folder, "file"), "");
    const file = await TuningFile.at(join(folder, "file", "tuning.json"), "adapter");
    await file.save(new Map([["a", "x"]]));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test({
  name: "TuningFile.open() gives nothing without permission",
  permissions: { env: false, read: false, write: false },
  fn: async () => assert.equal(await TuningFile.open("adapter"), undefined),
});
