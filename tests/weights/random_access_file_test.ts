import assert from "node:assert/strict";
import { join } from "node:path";
import { RandomAccessFile } from "../../weights/random_access_file.ts";
import { withTemporaryFolder } from "../support/temporary_folder.ts";

Deno.test("RandomAccessFile.read() serves overlapping calls in turn", () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, "a.bin");
    await Deno.writeFile(path, Uint8Array.from({ length: 256 }, (_, index) => index));
    await using file = await RandomAccessFile.open(path);
    const parts = Array.from({ length: 50 }, () => new Uint8Array(3));
    await Promise.all(parts.map((part, index) => file.read(index * 5, part)));
    for (const [index, part] of parts.entries()) {
      assert.deepEqual(
        [...part],
        [0, 1, 2].map((step) => index * 5 + step),
      );
    }
  }));

Deno.test("RandomAccessFile.read() refuses bytes past the end and a closed file", () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, "a.bin");
    await Deno.writeFile(path, new Uint8Array(8));
    const file = await RandomAccessFile.open(path);
    await assert.rejects(file.read(6, new Uint8Array(3)), {
      name: "RangeError",
      message: `Cannot read file ${path}: bytes 6 to 9 wanted, it has 8`,
    });
    await file.close();
    await file.close();
    await assert.rejects(file.read(0, new Uint8Array(1)), {
      message: `Cannot read file ${path}: it is closed`,
    });
    assert.throws(() => file.readSync(0, new Uint8Array(1)), {
      message: `Cannot read file ${path}: it is closed`,
    });
  }));

Deno.test("RandomAccessFile.read() says when the file shrinks while it is open", () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, "a.bin");
    await Deno.writeFile(path, new Uint8Array(8));
    await using file = await RandomAccessFile.open(path);
    await Deno.truncate(path, 4);
    const message = `Cannot read file ${path}: it ends at byte 4, expected 8 bytes as when it was opened`;
    await assert.rejects(file.read(2, new Uint8Array(6)), { name: "RangeError", message });
    assert.throws(() => file.readSync(2, new Uint8Array(6)), { name: "RangeError", message });
  }));

Deno.test("RandomAccessFile.open() refuses folders, special files and missing files", () =>
  withTemporaryFolder(async (folder) => {
    await assert.rejects(RandomAccessFile.open(folder), {
      name: "TypeError",
      message: `Cannot open file ${folder}: it is a folder, expected a regular file`,
    });
    await assert.rejects(RandomAccessFile.open(join(folder, "no")), {
      message: `Cannot open file ${join(folder, "no")}: no such file`,
    });
    if (Deno.build.os !== "windows") {
      await assert.rejects(
        RandomAccessFile.open("/dev/zero"),
        /it is a special file, expected a regular file/,
      );
    }
  }));
