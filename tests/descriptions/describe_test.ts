import assert from "node:assert/strict";
import { join } from "node:path";
import { ChatServer } from "../../descriptions/chat_server.ts";
import { Clip } from "../../descriptions/clip.ts";
import { hashPictures, hashPrompt } from "../../descriptions/content_hash.ts";
import { describeAll, type DescribeOptions } from "../../descriptions/describe.ts";
import { DescriptionFile } from "../../descriptions/description_file.ts";
import { defaultPersonPrompt, defaultPrompt, readPrompt } from "../../descriptions/prompt.ts";
import { readDescriptions } from "../../descriptions/read_descriptions.ts";
import { clipSubject, type Subject } from "../../descriptions/subject.ts";
import { type Behaviour, whole, withChatStub } from "./chat_stub.ts";
import { plainFrame, withFolder, writeClip } from "./made_up_clips.ts";

const quick = { firstWait: 1, attempts: 2 };

/** Subject number k: one picture of its own. */
function subject(k: number, options: { clip?: string; person?: number } = {}): Subject {
  const { clip = `clip-${k}`, person } = options;
  return {
    clip,
    ...(person === undefined ? {} : { person }),
    look: () =>
      Promise.resolve({ pictures: [plainFrame(8, 8, [k % 256, k >> 8, 0])], sampled: [0], clipLength: 1 }),
  };
}

const subjects = (count: number) => Array.from({ length: count }, (_, k) => subject(k));

/** Answers that tell how many there were before. */
const counting: Behaviour = (_, n) => whole(`Answer number ${n}.`);

const kinds = (outcomes: { kind: string }[]) => outcomes.map(({ kind }) => kind);

async function withSetting(
  behaviour: Behaviour,
  body: (setting: {
    path: string;
    stub: Parameters<Parameters<typeof withChatStub>[1]>[0];
    run: (subjects: Iterable<Subject>, options?: Partial<DescribeOptions>) => ReturnType<typeof describeAll>;
  }) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const path = join(folder, "descriptions.jsonl");
    await withChatStub(behaviour, async (stub) => {
      await body({
        path,
        stub,
        run: async (subjects, options = {}) =>
          await describeAll(subjects, {
            file: await DescriptionFile.open(path),
            server: new ChatServer(stub.url, quick),
            model: "stub",
            ...options,
          }),
      });
    });
  });
}

Deno.test("describeAll() asks once and keeps text and provenance; a second run asks nothing", async () => {
  await withFolder(async (folder) => {
    const clip = await Clip.open(await writeClip(folder, "walk", { length: 9 }));
    await withSetting(counting, async ({ path, stub, run }) => {
      const before = Date.now();
      const [outcome] = await run([clipSubject(clip, { frames: 3 })]);
      assert.equal(outcome.kind, "asked");
      const [kept] = await readDescriptions(path);
      assert.deepEqual(kept, outcome.description);
      const { time, ...others } = kept;
      assert.ok(Date.parse(time!) >= before - 1000 && Date.parse(time!) <= Date.now());
      const { frames } = await clip.sample(3);
      assert.deepEqual(others, {
        clip: "walk",
        text: "Answer number 0.",
        model: "stub",
        prompt: hashPrompt(defaultPrompt),
        frames: hashPictures(frames),
        sampled: [0, 4, 8],
        server: new URL(stub.url).origin,
      });
      assert.equal(stub.received[0].prompt, defaultPrompt);
      assert.equal(stub.received[0].pictures.length, 3);

      for (const model of ["stub", undefined]) {
        assert.deepEqual(kinds(await run([clipSubject(clip, { frames: 3 })], { model })), ["kept"]);
      }
      assert.equal(stub.received.length + stub.modelRequests, 1);
      const withoutServer = await run([clipSubject(clip, { frames: 3 })], { server: undefined });
      assert.deepEqual(kinds(withoutServer), ["kept"]);

      assert.deepEqual(kinds(await run([clipSubject(clip, { frames: 2 })])), ["asked"]);
      assert.deepEqual(kinds(await run([clipSubject(clip, { frames: 3 })], { prompt: "Who?" })), ["asked"]);
      assert.deepEqual(kinds(await run([clipSubject(clip, { frames: 3 })], { model: "other" })), ["asked"]);
      const [again] = await run([clipSubject(clip, { frames: 3 })], { refresh: true });
      assert.equal(again.description?.text, "Answer number 4.");
      const [kept2] = await run([clipSubject(clip, { frames: 3 })]);
      assert.deepEqual([kept2.kind, kept2.description?.text], ["kept", "Answer number 4."]);
      assert.equal(stub.received.length, 5);
    });
  });
});

Deno.test("describeAll() asks the server's only model where none is named, and keeps its name", async () => {
  await withSetting(counting, async ({ path, stub, run }) => {
    await run(subjects(3), { model: undefined });
    assert.equal(stub.modelRequests, 1);
    assert.deepEqual((await readDescriptions(path)).map(({ model }) => model), ["stub", "stub", "stub"]);
  });
});

Deno.test("describeAll() has no more questions under way than it may, and uses them", async () => {
  const slow: Behaviour = async (request, n) => {
    await new Promise((resolve) => setTimeout(resolve, 15));
    return counting(request, n);
  };
  for (const concurrency of [1, 3]) {
    await withSetting(slow, async ({ path, stub, run }) => {
      const outcomes = await run(subjects(12), { concurrency });
      assert.equal(stub.mostAtOnce, concurrency);
      assert.equal(stub.received.length, 12);
      assert.deepEqual(outcomes.map(({ clip }) => clip), subjects(12).map(({ clip }) => clip));
      assert.equal((await readDescriptions(path)).length, 12);
    });
  }
});

Deno.test("describeAll() skips bad answers, keeps the others, and asks only for the missing ones again", async () => {
  let isBad = true;
  const behaviour: Behaviour = ({ pictures }, n) => {
    if (!isBad) return whole("A man stands.");
    const bad = [
      () => whole(""),
      () => whole("I'm sorry, but I can't help with that."),
      () => new Response("<html></html>", { headers: { "content-type": "text/html" } }),
      () => whole("A man. ".repeat(200_000)),
      () => new Response("{", { headers: { "content-type": "application/json" } }),
    ];
    return n % 2 === 0 && n / 2 < bad.length
      ? bad[n / 2]()
      : whole(`Picture of ${pictures[0].length} bytes.`);
  };
  await withSetting(behaviour, async ({ path, stub, run }) => {
    const heard: string[] = [];
    const first = await run(subjects(12), {
      concurrency: 1,
      onOutcome: ({ clip, kind }) => heard.push(`${clip} ${kind}`),
    });
    const skipped = first.filter(({ kind }) => kind === "skipped");
    assert.deepEqual(skipped.map(({ clip }) => clip), [0, 2, 4, 6, 8].map((k) => `clip-${k}`));
    const reasons = [/empty/, /refuses/, /HTML/, /1 MB/, /not valid JSON/];
    skipped.forEach(({ reason, description }, i) => {
      assert.match(reason!, reasons[i]);
      assert.equal(description, undefined);
    });
    assert.deepEqual(heard, first.map(({ clip, kind }) => `${clip} ${kind}`));
    assert.equal((await readDescriptions(path)).length, 7);

    isBad = false;
    const second = await run(subjects(12));
    assert.equal(second.filter(({ kind }) => kind === "asked").length, 5);
    assert.equal(stub.received.length, 17);
    assert.equal((await readDescriptions(path)).length, 12);
  });
});

Deno.test("describeAll() skips what cannot be read", async () => {
  await withSetting(counting, async ({ run }) => {
    const broken: Subject = {
      clip: "broken",
      look: () => Promise.reject(new Error("Cannot decode image 7.jpg")),
    };
    const outcomes = await run([subject(0), broken, subject(1)]);
    assert.deepEqual(kinds(outcomes), ["asked", "skipped", "asked"]);
    assert.equal(outcomes[1].reason, "Cannot decode image 7.jpg");
  });
});

Deno.test("describeAll() stops where every further question would fail, and keeps what it has", async () => {
  const refusing: Behaviour = (_, n) =>
    n < 2 ? whole("A man.") : Response.json({ error: "key" }, { status: 401 });
  await withSetting(refusing, async ({ path, stub, run }) => {
    await assert.rejects(run(subjects(50), { concurrency: 1 }), {
      name: "DescriptionError",
      message: /^Cannot describe clip-2: the server .* answers with status 401: "key"/,
    });
    assert.equal(stub.received.length, 3);
    assert.equal((await readDescriptions(path)).length, 2);
  });
});

Deno.test("describeAll() gives up after many failures in a row, not after many in all", async () => {
  const behaviour: Behaviour = (_, n) =>
    n < 30 && n % 3 > 0 ? whole("") : n < 30 ? whole("A man.") : whole("");
  await withSetting(behaviour, async ({ stub, run }) => {
    await assert.rejects(run(subjects(100), { concurrency: 1, giveUpAfter: 4 }), {
      message: "Cannot go on describing: 4 in a row failed, the last because the answer is empty",
    });
    assert.equal(stub.received.length, 32); // two of them end the third of threes
  });
});

Deno.test("describeAll() says that nobody can be asked", async () => {
  await withSetting(counting, async ({ run }) => {
    await assert.rejects(run([subject(0)], { server: undefined }), {
      message: /^Cannot describe clip-0: .* holds nothing about it, and no server was given to ask$/,
    });
  });
});

Deno.test("describeAll() makes one question of equal pictures, and a line for each name", async () => {
  const slow: Behaviour = async (request, n) => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    return counting(request, n);
  };
  const twins = [subject(5, { clip: "a" }), subject(5, { clip: "b" }), subject(5, { clip: "a" })];
  await withSetting(slow, async ({ path, stub, run }) => {
    assert.deepEqual(kinds(await run(twins)), ["asked", "kept", "kept"]);
    assert.deepEqual(kinds(await run([...twins, subject(5, { clip: "c" })])), [
      "kept",
      "kept",
      "kept",
      "kept",
    ]);
    await run([subject(5, { clip: "c" })]);
    assert.equal(stub.received.length, 1);
    assert.deepEqual((await readDescriptions(path)).map(({ clip, text }) => `${clip}: ${text}`), [
      "a: Answer number 0.",
      "b: Answer number 0.",
      "c: Answer number 0.",
    ]);
  });
});

Deno.test("describeAll() asks about people with a prompt of their own, and keeps their ids", async () => {
  await withSetting(counting, async ({ path, stub, run }) => {
    const people = [subject(1, { clip: "a", person: 0 }), subject(2, { clip: "a", person: 7 })];
    await run(people, { concurrency: 1 });
    assert.deepEqual(stub.received.map(({ prompt }) => prompt), [defaultPersonPrompt, defaultPersonPrompt]);
    assert.deepEqual((await readDescriptions(path)).map(({ person }) => person), [0, 7]);
    assert.deepEqual(kinds(await run(people)), ["kept", "kept"]);
  });
});

Deno.test("describeAll() ends with the server's signal", async () => {
  const stop = new AbortController();
  await withSetting(counting, async ({ path, stub, run }) => {
    const server = new ChatServer(stub.url, { ...quick, signal: stop.signal });
    const onOutcome = ({ clip }: { clip: string }) => clip === "clip-2" && stop.abort(new Error("enough"));
    await assert.rejects(run(subjects(50), { server, onOutcome, concurrency: 1 }), { message: "enough" });
    assert.equal((await readDescriptions(path)).length, 3);
  });
});

Deno.test("describeAll() does not go on when descriptions cannot be kept", async () => {
  await withSetting(counting, async ({ path, stub, run }) => {
    const running = run(subjects(20), {
      concurrency: 1,
      onOutcome: () => Deno.writeTextFileSync(path, "somebody else's file"),
    });
    await assert.rejects(running, {
      message: /^Cannot write descriptions .* its last line is no description$/,
    });
    assert.equal(stub.received.length, 2);
    assert.equal(await Deno.readTextFile(path), "somebody else's file");
  });
});

Deno.test("the default prompts ask for what a pose needs, in words for a clip and for a person", () => {
  for (const prompt of [defaultPrompt, defaultPersonPrompt]) {
    for (const word of ["clothes", "action", "left and right", "objects", "direction", "one paragraph"]) {
      assert.ok(prompt.includes(word), word);
    }
  }
  assert.ok(defaultPersonPrompt.includes("cropped around the same person"));
  assert.ok(!/each person|from left to right|first person/.test(defaultPersonPrompt), defaultPersonPrompt);
});

Deno.test("readPrompt() reads a text file and refuses others by name", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "prompt.txt");
    await Deno.writeTextFile(path, "\uFEFF Who is it? \n");
    assert.equal(await readPrompt(path), "Who is it?");
    for (
      const bytes of [
        new Uint8Array(),
        new Uint8Array([32, 10]),
        new Uint8Array([0xff, 0xd8]),
        new Uint8Array([65, 0]),
      ]
    ) {
      await Deno.writeFile(path, bytes);
      await assert.rejects(readPrompt(path), {
        name: "TypeError",
        message: /^Cannot read the prompt .*prompt\.txt: /,
      });
    }
    await assert.rejects(readPrompt(join(folder, "none.txt")), {
      message: /^Cannot read the prompt .*none\.txt: /,
    });
  });
});
