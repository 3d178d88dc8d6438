import assert from "node:assert/strict";
import { join } from "node:path";
import type { Description } from "../../descriptions/description.ts";
import { DescriptionFile } from "../../descriptions/description_file.ts";
import { findDescription } from "../../descriptions/find_description.ts";
import { readDescriptions } from "../../descriptions/read_descriptions.ts";
import { withFolder } from "./made_up_clips.ts";

const first: Description = {
  clip: "a",
  text: "A man “runs” — ☂.",
  model: "m1",
  prompt: "p1",
  frames: "f1",
  sampled: [0, 4],
  server: "http://127.0.0.1:1",
  time: "2026-01-01T00:00:00.000Z",
};
const second: Description = { ...first, clip: "b", person: 3, frames: "f2", text: "She jumps." };

Deno.test("DescriptionFile.append() keeps one readable line each, text before provenance", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "d.jsonl");
    const file = await DescriptionFile.open(path);
    await assert.rejects(Deno.stat(path), Deno.errors.NotFound); // nothing is made before there is something to keep
    await Promise.all([file.append(first), file.append(second)]);
    const lines = (await Deno.readTextFile(path)).split("\n");
    assert.equal(lines.length, 3);
    assert.ok(
      lines[0].startsWith('{"clip":"a","text":"A man “runs” — ☂.","model":"m1"'.replaceAll("“", "“")),
      lines[0],
    );
    assert.deepEqual(lines.slice(0, 2).map((line) => JSON.parse(line)), [first, second]);
    assert.deepEqual(await readDescriptions(path), [first, second]);
  });
});

Deno.test("DescriptionFile.find() goes by content of pictures and prompt, and by model where one is named", async () => {
  await withFolder(async (folder) => {
    const file = await DescriptionFile.open(join(folder, "d.jsonl"));
    await file.append(first);
    const find = (key: object) => file.find({ clip: "a", frames: "f1", prompt: "p1", ...key })?.text;
    assert.equal(find({}), first.text);
    assert.equal(find({ model: "m1" }), first.text);
    assert.equal(find({ clip: "renamed" }), first.text);
    assert.equal(find({ model: "m2" }), undefined);
    assert.equal(find({ prompt: "p2" }), undefined);
    assert.equal(find({ frames: "f2" }), undefined);
    await file.append({ ...first, model: "m2", text: "Later." });
    assert.equal(find({}), "Later.");
    assert.equal(find({ model: "m1" }), first.text);
  });
});

Deno.test("DescriptionFile.find() honours what people edit, empty and write themselves", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "d.jsonl");
    const file = await DescriptionFile.open(path);
    await file.append(first);
    await file.append(second);
    const edited = (await Deno.readTextFile(path)).replace("She jumps.", "She  jumps\\nhigh.").replace(
      first.text,
      "",
    );
    await Deno.writeTextFile(path, `\uFEFF${edited}\r\n\n{"clip": "c", "text": "By hand."}`);
    const again = await DescriptionFile.open(path);
    const key = { frames: "f2", prompt: "p1" };
    assert.equal(again.find({ ...key, clip: "b", person: 3 })?.text, "She jumps high.");
    assert.equal(again.find({ clip: "a", frames: "f1", prompt: "p1" }), undefined);
    assert.equal(again.find({ clip: "c", frames: "new", prompt: "new", model: "new" })?.text, "By hand.");
    assert.equal(again.find({ clip: "c", person: 1, frames: "new", prompt: "new" }), undefined);
    await again.append({ ...first, clip: "d" });
    assert.deepEqual((await readDescriptions(path)).map(({ clip }) => clip), ["a", "b", "c", "d"]);
  });
});

Deno.test("DescriptionFile cuts off half a line, at whatever byte a kill left it", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "d.jsonl");
    const whole = await DescriptionFile.open(path);
    await whole.append(second);
    await whole.append(first);
    const bytes = await Deno.readFile(path);
    const start = bytes.indexOf(10) + 1;
    for (let end = start + 1; end < bytes.length; end++) {
      await Deno.writeFile(path, bytes.subarray(0, end));
      const notices: string[] = [];
      const file = await DescriptionFile.open(path, (text) => notices.push(text));
      const isComplete = end === bytes.length - 1; // only its line feed is missing
      assert.equal(notices.length, isComplete ? 0 : 1, `${end}: ${notices}`);
      await file.append({ ...second, clip: "e" });
      const kept = (await readDescriptions(path)).map(({ clip }) => clip);
      assert.deepEqual(kept, isComplete ? ["b", "a", "e"] : ["b", "e"], `cut at ${end}`);
    }
  });
});

Deno.test("readDescriptions() names every faulty line and changes nothing", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "d.jsonl");
    const text = [
      JSON.stringify(first),
      '{"clip":"a","text":',
      "[]",
      '{"clip":"a"}',
      '{"text":"x","clip":7}',
      '{"clip":"a","text":"x","person":"three"}',
      '{"clip":"a","text":"x","sampled":[0.5]}',
      '{"clip":"a","text":"x","model":""}',
      "",
    ].join("\n");
    await Deno.writeTextFile(path, text);
    await assert.rejects(DescriptionFile.open(path), (error: Error) => {
      assert.equal(error.name, "SyntaxError");
      for (const line of [2, 3, 4, 5, 6, 7, 8]) {
        assert.ok(error.message.includes(`line ${line}: `), error.message);
      }
      assert.ok(!error.message.includes("line 1: "));
      return true;
    });
    assert.equal(await Deno.readTextFile(path), text);
  });
});

Deno.test("DescriptionFile never cuts what it did not write", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "notes.txt");
    for (
      const text of [
        "shopping: bread",
        '{ "clip": "a", "text": "half',
        "\0\u0001 a video",
        JSON.stringify([first]),
      ]
    ) {
      await Deno.writeTextFile(path, text);
      await assert.rejects(DescriptionFile.open(path), { name: "SyntaxError", message: /line 1: / });
      assert.equal(await Deno.readTextFile(path), text);
    }
    await Deno.remove(path);
    const file = await DescriptionFile.open(path);
    await Deno.writeTextFile(path, "shopping: bread");
    await assert.rejects(file.append(first), { name: "SyntaxError" });
    assert.equal(await Deno.readTextFile(path), "shopping: bread");
  });
});

Deno.test("DescriptionFile.open() says what is wrong with the path", async () => {
  await withFolder(async (folder) => {
    await assert.rejects(DescriptionFile.open(join(folder, "none", "d.jsonl")), {
      message: /no such folder/,
    });
    await assert.rejects(DescriptionFile.open(folder), { message: /^Cannot read descriptions/ });
    await assert.rejects(readDescriptions(join(folder, "d.jsonl")), { message: /it does not exist/ });
  });
});

Deno.test("DescriptionFile.append() of several processes at once keeps every line whole", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "d.jsonl");
    const script = join(folder, "append.ts");
    const source = new URL("../../descriptions/description_file.ts", import.meta.url);
    await Deno.writeTextFile(
      script,
      `import { DescriptionFile } from ${JSON.stringify(source.href)};
       const file = await DescriptionFile.open(${JSON.stringify(path)});
       for (let n = 0; n < 25; n++) await file.append({ clip: Deno.args[0] + n, text: "word ".repeat(500) });`,
    );
    const config = new URL("../../deno.json", import.meta.url).pathname;
    const processes = ["x", "y", "z"].map((name) =>
      new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--config", config, script, name],
        stderr: "inherit",
      })
        .output()
    );
    for (const { code } of await Promise.all(processes)) assert.equal(code, 0);
    const kept = await readDescriptions(path);
    assert.equal(new Set(kept.map(({ clip }) => clip)).size, 75);
    assert.equal(kept.length, 75);
  });
});

Deno.test("findDescription() prefers the person, then the clip, and takes the last word", () => {
  const about = [
    { clip: "val/a", text: "old" },
    { clip: "val/a", text: "all" },
    { clip: "val/a", person: 2, text: "two" },
    { clip: "val/a", person: 2, text: "" },
    { clip: "x/b", text: "x" },
    { clip: "y/b", text: "y" },
    { clip: "c", person: 1, text: "one" },
  ];
  const find = (clip: string, person?: number) => findDescription(about, clip, person)?.text;
  assert.equal(find("val/a"), "all");
  assert.equal(find("val/a", 2), "two");
  assert.equal(find("val/a", 7), "all");
  assert.equal(find("a", 2), "two");
  assert.equal(find("images/val/a"), "all");
  assert.equal(find("b"), undefined);
  assert.equal(find("y/b"), "y");
  assert.equal(find("c"), undefined);
  assert.equal(find("c", 1), "one");
});
