import assert from "node:assert/strict";
import { join } from "node:path";
import { confinedPath } from "../../weights/confined_path.ts";
import { withTemporaryFolder } from "../support/temporary_folder.ts";

Deno.test("confinedPath() finds files beside and below, and links that stay inside", () =>
  withTemporaryFolder(async (folder) => {
    const from = join(folder, "model.onnx");
    await Deno.mkdir(join(folder, "sub"));
    await Deno.writeTextFile(join(folder, "sub", "data"), "x");
    await Deno.symlink(join(folder, "sub", "data"), join(folder, "link"));
    for (const location of ["sub/data", "./sub/data", "link"]) {
      assert.equal(await confinedPath(location, { from, what: "tensor a" }), join(folder, location));
    }
  }));

Deno.test("confinedPath() refuses absolute paths of every platform, parents, and empty names", () =>
  withTemporaryFolder(async (folder) => {
    const from = join(folder, "model.onnx");
    await Deno.writeTextFile(join(folder, "data"), "x");
    const refused = [
      join(folder, "data"),
      "/etc/passwd",
      "C:\\data",
      "c:data",
      "\\\\host\\share",
      "\\data",
      "../data",
      "sub/../../data",
      "sub\\..\\data",
      "..",
      "",
      ".",
      "a\0b",
    ];
    for (const location of refused) {
      await assert.rejects(confinedPath(location, { from, what: "tensor a" }), {
        name: "RangeError",
        message: /^Cannot follow tensor a of .*model\.onnx to .*expected a file inside the folder of /,
      }, location);
    }
  }));

Deno.test("confinedPath() refuses symbolic links that lead out, through a file or a folder", () =>
  withTemporaryFolder(async (folder) => {
    const inside = join(folder, "inside");
    await Deno.mkdir(inside);
    await Deno.writeTextFile(join(folder, "secret"), "x");
    await Deno.symlink(join(folder, "secret"), join(inside, "file"));
    await Deno.symlink(folder, join(inside, "folder"));
    const from = join(inside, "model.onnx");
    for (const location of ["file", "folder/secret"]) {
      await assert.rejects(confinedPath(location, { from, what: "tensor a" }), {
        name: "RangeError",
        message: /a symbolic link leads to .*secret/,
      });
    }
  }));

Deno.test("confinedPath() says when there is no such file", () =>
  withTemporaryFolder(async (folder) => {
    await assert.rejects(
      confinedPath("data", { from: join(folder, "model.onnx"), what: "tensor a" }),
      /Cannot follow tensor a of .* to "data": no such file/,
    );
  }));
