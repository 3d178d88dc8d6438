/** What must not stand in any file of the project: places of one machine, addresses of registries. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { projectFiles, root } from "./project_files.ts";

/** Finds absolute paths into somebody's folders; paths of the system, such as /usr/bin/env, are no such thing. */
function machinePaths(text: string): string[] {
  const unix =
    /(?<![\w.}\/-])\/(?:root|home|Users|work|media|mnt|opt|tmp|workspace)\/[A-Za-z0-9][^\s"'`<>()]*/g;
  const windows = /(?<![A-Za-z])[A-Z]:\\(?:Users|Documents)[^\s"'`]*/g;
  return [...text.matchAll(unix), ...text.matchAll(windows)].map(([path]) => path);
}

/** Finds addresses and packages that do not come from the npm registry in the text of a lock file. */
function foreignSources(lock: string): string[] {
  const addresses = lock.match(/\b(?:https?|file|git\+\w+):\/\/[^\s"]+|"jsr:[^"]+"/g) ?? [];
  const { npm = {} } = JSON.parse(lock) as { npm?: Record<string, { integrity?: string }> };
  const unchecked = Object.entries(npm).filter(([, { integrity }]) => !/^sha512-/.test(integrity ?? ""));
  return [...addresses, ...unchecked.map(([name]) => name)];
}

/** The pattern itself must be written somewhere. */
const OWN = "tests/structure/tracked_files_test.ts";

Deno.test("the project's files hold no path of anybody's machine", async () => {
  const found: string[] = [];
  for (const path of await projectFiles()) {
    if (path === OWN) continue;
    // One character per byte, so that binary files are searched as well.
    const text = new TextDecoder("latin1").decode(await Deno.readFile(join(root, path)));
    found.push(...machinePaths(text).map((place) => `${path}: ${place}`));
  }
  assert.deepEqual(found, []);
});

Deno.test("deno.lock holds npm packages with their checksums and nothing else", async () => {
  assert.deepEqual(foreignSources(await Deno.readTextFile(join(root, "deno.lock"))), []);
});

Deno.test("machinePaths() finds folders of people and spares those of the system", () => {
  const text = `a "/home/ada/x.ts" b /root/y file:///Users/ada/z (/opt/env/lib.py) C:\\Users\\ada /mnt/d/a`;
  assert.deepEqual(machinePaths(text).length, 5);
  for (
    const fine of [
      "#!/usr/bin/env node",
      "${folder}/home/x",
      "tests/root/x",
      "./home/x",
      "/dev/null",
      "http://a.b/home/x",
    ]
  ) {
    assert.deepEqual(machinePaths(fine), [], fine);
  }
});

Deno.test("foreignSources() finds addresses, jsr packages and missing checksums", () => {
  const lock = (npm: unknown, more: object = {}) => JSON.stringify({ version: "5", npm, ...more });
  const good = { "a@1.0.0": { integrity: "sha512-abc==" } };
  assert.deepEqual(foreignSources(lock(good, { specifiers: { "npm:a@1.0.0": "1.0.0" } })), []);
  assert.equal(foreignSources(lock(good, { remote: { "https://x.y/z.ts": "1" } })).length, 1);
  assert.equal(
    foreignSources(lock({ "a@1.0.0": { integrity: "sha512-a", tarball: "http://x.y/a.tgz" } })).length,
    1,
  );
  assert.equal(foreignSources(lock(good, { specifiers: { "jsr:@std/path@1": "1.0.0" } })).length, 1);
  assert.deepEqual(foreignSources(lock({ "b@2.0.0": {} })), ["b@2.0.0"]);
});
