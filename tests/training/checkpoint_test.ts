/** Checkpoints come back as they were written; what is none is refused. No device. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { readCheckpoint, writeCheckpoint } from "../../training/checkpoint.ts";
import { temporaryFolder } from "../estimation/small_weights.ts";
import { normals } from "../support/random.ts";

const checkpoint = {
  progress: { epoch: 3, stepInEpoch: 7, step: 123, best: 45.25 },
  identity: '{"seed":1,"train":"/ä"}',
  state: {
    values: new Float32Array(normals(130, 1)),
    first: new Float32Array(normals(130, 2)),
    second: new Float32Array(normals(130, 3)),
  },
};

Deno.test("readCheckpoint() gives what writeCheckpoint() was given", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "last.state");
  await writeCheckpoint(path, checkpoint);
  await writeCheckpoint(path, checkpoint); // replaces
  assert.deepEqual(await readCheckpoint(path), checkpoint);
  assert.deepEqual([...Deno.readDirSync(folder.path)].map(({ name }) => name), ["last.state"]);
});

Deno.test("readCheckpoint() refuses other files and files that end early", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "last.state");
  await Deno.writeTextFile(path, "weights");
  await assert.rejects(readCheckpoint(path), /Cannot read checkpoint .*: it is of another kind/);
  await writeCheckpoint(path, checkpoint);
  await Deno.writeFile(path, (await Deno.readFile(path)).subarray(0, -1));
  await assert.rejects(readCheckpoint(path), /bytes, expected/);
});
