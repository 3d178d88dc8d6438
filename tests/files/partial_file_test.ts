import assert from "node:assert/strict";
import { join } from "node:path";
import { PartialFile } from "../../files/partial_file.ts";
import { listFolder, withTemporaryFolder } from "../support/temporary_folder.ts";

Deno.test("PartialFile.commit() replaces the old file at once, not before", () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, "a.bin");
    await Deno.writeTextFile(path, "old");
    const file = await PartialFile.create(path);
    await file.write(new TextEncoder().encode("ne"));
    await file.write(new TextEncoder().encode("w"));
    assert.equal(await Deno.readTextFile(path), "old");
    await file.commit();
    assert.equal(await Deno.readTextFile(path), "new");
    assert.deepEqual(await listFolder(folder), ["a.bin"]);
  }));

Deno.test("PartialFile.discard() leaves the old file and nothing else", () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, "a.bin");
    await Deno.writeTextFile(path, "old");
    const file = await PartialFile.create(path);
    await file.write(new Uint8Array(10));
    await file.discard();
    await file.discard();
    assert.equal(await Deno.readTextFile(path), "old");
    assert.deepEqual(await listFolder(folder), ["a.bin"]);
  }));

Deno.test("PartialFile.discard() takes a committed file back", () =>
  withTemporaryFolder(async (folder) => {
    const file = await PartialFile.create(join(folder, "a.bin"));
    await file.commit();
    await file.discard();
    assert.deepEqual(await listFolder(folder), []);
  }));

Deno.test("PartialFile.create() refuses a folder and a missing folder", () =>
  withTemporaryFolder(async (folder) => {
    await assert.rejects(PartialFile.create(folder), {
      name: "TypeError",
      message: `Cannot write file ${folder}: it is a folder`,
    });
    await assert.rejects(PartialFile.create(join(folder, "no", "a.bin")), {
      message: `Cannot write file ${join(folder, "no", "a.bin")}: no such folder ${join(folder, "no")}`,
    });
    assert.deepEqual(await listFolder(folder), []);
  }));

Deno.test("PartialFile.append() joins two files, and refuses a file and itself", () =>
  withTemporaryFolder(async (folder) => {
    const path = `${folder}/joined.txt`;
    const first = await PartialFile.create(path);
    const second = await PartialFile.create(path, { suffix: "-second" });
    await first.write("one ");
    await second.write("two");
    await first.append(second);
    await assert.rejects(first.append(first), /Cannot append .* to itself/);
    await second.discard();
    await first.commit();
    assert.equal(await Deno.readTextFile(path), "one two");
    assert.deepEqual(await listFolder(folder), ["joined.txt"]);
  }));
