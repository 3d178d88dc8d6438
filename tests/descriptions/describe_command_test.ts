import assert from "node:assert/strict";
import { join } from "node:path";
import { describeClip } from "../../cli/ask_server.ts";
import type { DescribeCommandOptions } from "../../cli/describe.ts";
import type { Description } from "../../descriptions/description.ts";
import { readDescriptions } from "../../descriptions/read_descriptions.ts";
import { type Behaviour, type ChatStub, pieces, streamEvents, whole, withChatStub } from "./chat_stub.ts";
import { withFolder, writeClip } from "./made_up_clips.ts";

const script = new URL("./run_describe.ts", import.meta.url).pathname;
const secret = "sk-loopback-secret-77";

/** Starts the command in a folder, with an environment that holds nothing but what is given. */
function start(
  folder: string,
  options: DescribeCommandOptions,
  env: Record<string, string> = {},
): Deno.ChildProcess {
  const kept = ["PATH", "HOME", "DENO_DIR", "XDG_RUNTIME_DIR", "TMPDIR"];
  const own = Object.fromEntries(kept.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  }));
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", script, JSON.stringify({ firstWait: 1, ...options })],
    cwd: folder,
    clearEnv: true,
    env: { ...own, NO_COLOR: "1", ...env },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function run(
  folder: string,
  options: DescribeCommandOptions,
  env: Record<string, string> = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await start(folder, options, env).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

async function withDataset(
  count: number,
  behaviour: Behaviour,
  body: (setting: { folder: string; stub: ChatStub }) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    for (let k = 0; k < count; k++) await writeClip(folder, `data/clip-${k}`, { k });
    await withChatStub(behaviour, (stub) => body({ folder, stub }));
  });
}

Deno.test("describe writes descriptions.jsonl, prints the text, and asks nothing the second time", async () => {
  await withDataset(1, () => pieces(streamEvents("A man runs.")), async ({ folder, stub }) => {
    const options = { inputs: ["data/clip-0"], url: stub.url, stream: true };
    for (let n = 0; n < 2; n++) {
      assert.deepEqual(await run(folder, options), { code: 0, stdout: "A man runs.\n", stderr: "" });
      assert.equal(stub.received.length, 1);
      assert.equal(stub.modelRequests, 1);
    }
    const [kept] = await readDescriptions(join(folder, "descriptions.jsonl"));
    assert.deepEqual([kept.clip, kept.model, kept.sampled], ["clip-0", "stub", [0, 1, 2]]);
  });
});

Deno.test("describe finds the clips of a folder, reports what it skips, and exits with 1", async () => {
  const behaviour: Behaviour = (_, n) => whole(n === 1 ? "" : `A man, ${n}.`);
  await withDataset(3, behaviour, async ({ folder, stub }) => {
    const options = { inputs: ["data"], to: "d.jsonl", url: stub.url, model: "m", concurrency: 1 };
    const first = await run(folder, options);
    assert.equal(first.code, 1);
    assert.equal(first.stdout, "clip-0: A man, 0.\nclip-2: A man, 2.\n");
    assert.equal(
      first.stderr,
      "skipped clip-1: the answer is empty\n" +
        "error: Cannot describe 1 of 3 (reasons above): the others are in d.jsonl, and the same command asks only about what is missing\n",
    );
    const second = await run(folder, { ...options, json: true });
    assert.deepEqual([second.code, second.stderr], [0, ""]);
    const { descriptions, ...counts } = JSON.parse(second.stdout);
    assert.deepEqual(counts, { file: "d.jsonl", asked: 1, kept: 2, skipped: [] });
    assert.deepEqual(descriptions.map(({ text }: Description) => text), [
      "A man, 0.",
      "A man, 3.",
      "A man, 2.",
    ]);
  });
});

Deno.test("describe of one clip says once what is wrong with its answer", async () => {
  await withDataset(1, () => whole(""), async ({ folder, stub }) => {
    assert.deepEqual(await run(folder, { inputs: ["data"], url: stub.url }), {
      code: 1,
      stdout: "",
      stderr: "error: Cannot describe clip-0: the answer is empty\n",
    });
  });
});

Deno.test("describe goes on after kill -9 where it was, without asking again", async () => {
  const count = 16;
  let child: Deno.ChildProcess | undefined;
  const behaviour: Behaviour = async (_, n) => {
    if (n === 9) child?.kill("SIGKILL");
    await new Promise((resolve) => setTimeout(resolve, 15));
    return whole(`A man, ${n}.`);
  };
  await withDataset(count, behaviour, async ({ folder, stub }) => {
    const options = { inputs: ["data"], url: stub.url, model: "m", concurrency: 2 };
    child = start(folder, options);
    const { signal } = await child.output();
    assert.equal(signal, "SIGKILL");
    const path = join(folder, "descriptions.jsonl");
    const before = await readDescriptions(path);
    // two were under way when it died
    assert.ok(before.length >= 8 && before.length <= 9, String(before.length));
    const asked = stub.received.length;
    await Deno.writeTextFile(path, '{"clip":"clip-15","text":"half a li', { append: true });

    child = undefined;
    const second = await run(folder, options);
    assert.equal(second.code, 0);
    assert.match(
      second.stderr,
      /^descriptions\.jsonl ends in half a line, which is left out: .*\ncut off half a line/,
    );
    assert.equal(stub.received.length - asked, count - before.length);
    const after = await readDescriptions(path);
    assert.deepEqual(after.slice(0, before.length), before);
    assert.equal(new Set(after.map(({ clip }) => clip)).size, count);
    assert.equal(after.length, count);
  });
});

Deno.test("describe takes the key from the environment, and shows it nowhere", async () => {
  const behaviour: Behaviour = ({ headers }, n) => {
    const authorization = headers.get("authorization");
    if (n === 0) return whole("A man runs.");
    return Response.json({ error: `${authorization} is not known` }, { status: n === 1 ? 500 : 400 });
  };
  for (const [variable, keyVariable] of [["LAPOSE_API_KEY", undefined], ["MY_KEY", "MY_KEY"]] as const) {
    await withDataset(2, behaviour, async ({ folder, stub }) => {
      const options = {
        inputs: ["data"],
        url: stub.url,
        keyVariable,
        concurrency: 1,
        attempts: 2,
        json: true,
      };
      const { code, stdout, stderr } = await run(folder, options, { [variable]: secret });
      assert.equal(code, 1);
      assert.match(stderr, /skipped clip-1: .* status 400: "Bearer \[key\] is not known"/);
      const kept = await Deno.readTextFile(join(folder, "descriptions.jsonl"));
      for (const text of [stdout, stderr, kept]) assert.ok(!text.includes(secret), text);
      assert.ok(stub.received.every(({ headers }) => headers.get("authorization") === `Bearer ${secret}`));
    });
  }
});

Deno.test("describe reads server and model from the environment, the prompt and fields from options", async () => {
  await withDataset(1, () => whole("A man runs."), async ({ folder, stub }) => {
    await Deno.writeTextFile(join(folder, "prompt.txt"), "Who kicks whom?\n");
    const { code } = await run(folder, {
      inputs: ["data/clip-0"],
      prompt: "prompt.txt",
      media: "video",
      window: "1:2",
      fields: '{"seed": 3}',
      maxTokens: 77,
    }, { LAPOSE_URL: stub.url, LAPOSE_MODEL: "env-model" });
    assert.equal(code, 0);
    const [{ prompt, pictures, body }] = stub.received;
    assert.equal(prompt, "Who kicks whom?");
    assert.equal(pictures.length, 2);
    assert.equal(body.messages[0].content[1].type, "video_url");
    assert.deepEqual([body.model, body.seed, body.max_tokens, stub.modelRequests], ["env-model", 3, 77, 0]);
    assert.deepEqual((await readDescriptions(join(folder, "descriptions.jsonl")))[0].sampled, [1, 2]);
  });
});

Deno.test("describeClip() gives pose a text, and its cache", async () => {
  await withDataset(1, (_, n) => whole(n === 0 ? "A man runs." : ""), async ({ folder, stub }) => {
    const options = { url: stub.url, model: "m", to: join(folder, "d.jsonl"), frames: 2 };
    const input = join(folder, "data", "clip-0");
    for (let n = 0; n < 2; n++) assert.equal(await describeClip(input, options), "A man runs.");
    assert.equal(stub.received.length, 1);
    assert.equal(
      await describeClip([join(input, "000000.png"), join(input, "000002.png")], options),
      "A man runs.",
    );
    assert.equal(stub.received.length, 1); // the same two pictures
    await assert.rejects(describeClip(input, { ...options, frames: 3 }), {
      message: "Cannot describe clip-0: the answer is empty",
    });
  });
});

Deno.test("describe --per-person sends each person's crops", async () => {
  await withDataset(1, (_, n) => whole(`Person of question ${n}.`), async ({ folder, stub }) => {
    const boxes = [0, 1, 2].flatMap((image_id) => [
      { image_id, category_id: 1, bbox: [2, 2, 20, 30], score: 1, track_id: 5 },
      { image_id, category_id: 1, bbox: [40, 2, 20, 30], score: 1, track_id: 6 },
    ]);
    await Deno.writeTextFile(join(folder, "boxes.json"), JSON.stringify(boxes));
    const { code, stdout } = await run(folder, {
      inputs: ["data/clip-0"],
      url: stub.url,
      model: "m",
      perPerson: true,
      boxes: "boxes.json",
      concurrency: 1,
    });
    assert.equal(code, 0);
    assert.equal(
      stdout,
      "clip-0, person 5: Person of question 0.\nclip-0, person 6: Person of question 1.\n",
    );
    assert.deepEqual(stub.received.map(({ pictures }) => pictures.length), [3, 3]);
  });
});

const wrongUse: Record<string, [options: Partial<DescribeCommandOptions>, message: RegExp]> = {
  "no input": [{ inputs: [] }, /expected a clip or a folder of clips/],
  "people without boxes": [{ perPerson: true }, /expected --boxes/],
  "no frames": [{ frames: 0 }, /Cannot send 0 frames/],
  "pictures too small": [{ imageSize: 8 }, /Cannot send pictures of 8 pixels/],
  "a window of another form": [{ window: "9:3" }, /expected FIRST:LAST/],
  "a URL of another protocol": [{ url: "file:///etc" }, /expected http: or https:/],
  "a password in the URL": [{ url: "http://me:hunter22@127.0.0.1/" }, /holds a user name or password/],
  "a key variable that is not set": [
    { url: "http://127.0.0.1:1", keyVariable: "NO_SUCH_KEY" },
    /NO_SUCH_KEY is not set/,
  ],
  "fields that are no JSON": [{ url: "http://127.0.0.1:1", fields: "seed=3" }, /expected a JSON object/],
};
for (const [what, [options, message]] of Object.entries(wrongUse)) {
  Deno.test(`describe exits with 2 on ${what}`, async () => {
    await withDataset(1, () => whole("A man."), async ({ folder }) => {
      const { code, stdout, stderr } = await run(folder, { inputs: ["data"], ...options });
      assert.deepEqual([code, stdout], [2, ""]);
      assert.match(stderr, message);
      assert.ok(!stderr.includes("hunter22"));
      await assert.rejects(Deno.stat(join(folder, "descriptions.jsonl")), Deno.errors.NotFound);
    });
  });
}

const failing: Record<string, [options: Partial<DescribeCommandOptions>, message: RegExp]> = {
  "no server": [
    {},
    /Cannot describe clip-0: descriptions\.jsonl holds nothing about it, and no server was given/,
  ],
  "an input that is not there": [{ inputs: ["none"] }, /Cannot find clips in none: it does not exist/],
  "a folder that is not there": [{ to: "none/d.jsonl" }, /no such folder none/],
  "a prompt that is not there": [{ prompt: "none.txt" }, /Cannot read the prompt none\.txt/],
};
for (const [what, [options, message]] of Object.entries(failing)) {
  Deno.test(`describe exits with 1 on ${what}`, async () => {
    await withDataset(1, () => whole("A man."), async ({ folder }) => {
      const { code, stderr } = await run(folder, { inputs: ["data"], ...options });
      assert.equal(code, 1, stderr);
      assert.match(stderr, message);
    });
  });
}
