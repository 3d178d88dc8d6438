/** The README and the pages beside it: files that they name exist, and so do commands and options. */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runCli } from "./run_cli.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

const docs = Array.from(Deno.readDirSync(`${root}docs`), ({ name }) => `docs/${name}`);

for (const page of ["README.md", "CONTRIBUTING.md", ...docs.filter((name) => name.endsWith(".md")).sort()]) {
  const text = await Deno.readTextFile(`${root}${page}`);

  Deno.test(`${page} links to files that exist`, async () => {
    const links = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, link]) => link);
    assert.ok(links.length > 0 || page.startsWith("docs/"));
    for (const link of links.filter((link) => !link.includes("://"))) {
      const path = join(root, dirname(page), link);
      assert.ok(await Deno.stat(path).then(() => true, () => false), `${link} is there`);
    }
  });

  Deno.test(`${page} names commands and options that exist`, async () => {
    const used = new Map<string, Set<string>>();
    const take = (command: string, rest: string) => {
      const options = used.get(command) ?? new Set();
      for (const [option] of rest.matchAll(/--[a-z][a-z-]*/g)) options.add(option);
      used.set(command, options);
    };
    for (const [, command, rest] of text.matchAll(/cli\.ts ([a-z]+)\b([^`\n]*)/g)) take(command, rest);
    for (const [, command, rest] of text.matchAll(/(?:`|^)lapose ([a-z]+)\b([^`\n#]*)/gm)) {
      take(command, rest);
    }
    for (const [, command, rest] of text.matchAll(/^\| `([a-z]+)\b([^`\n]*)` \|/gm)) {
      if (/[A-Z]|^$/.test(rest)) take(command, rest); // the table of commands, not one of names
    }
    assert.ok(used.size > 0 || page === "CONTRIBUTING.md");
    for (const [command, options] of used) {
      const { status, stdout } = await runCli([command, "--help"], { cwd: root });
      assert.equal(status, 0, `there is a command ${command}`);
      for (const option of options) assert.ok(stdout.includes(option), `${command} has ${option}`);
    }
  });
}

Deno.test("README.md shows an example that type-checks", async () => {
  const text = await Deno.readTextFile(`${root}README.md`);
  const example = text.match(/```ts ignore\n([\s\S]+?)```/)?.[1];
  assert.ok(example !== undefined && example.includes("jsr:@lapose/lapose"));
  const folder = await Deno.makeTempDir({ prefix: "lapose-test-" });
  try {
    await Deno.writeTextFile(`${folder}/example.ts`, example.replace("jsr:@lapose/lapose", "@lapose/lapose"));
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["check", "--config", `${root}deno.json`, `${folder}/example.ts`],
      cwd: root,
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
