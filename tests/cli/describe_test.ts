/** `describe` and `pose --describe` as processes of their own, against a chat server on loopback. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { readDescriptions } from "../../descriptions/read_descriptions.ts";
import { ImageDecoder } from "../../people/image_decoder.ts";
import { type Behaviour, pieces, streamEvents, whole } from "../descriptions/chat_stub.ts";
import { writeClip } from "../descriptions/made_up_clips.ts";
import { parsePoses } from "./poses_form.ts";
import { entriesOf } from "./run_cli.ts";
import { visualOnlyNotes, withServer } from "./with_server.ts";

const secret = "sk-loopback-secret-4711";

/** Asserts that no file of a folder holds a text. */
async function assertInNoFile(folder: string, text: string): Promise<void> {
  for (const entry of await entriesOf(folder)) {
    const path = join(folder, entry);
    if ((await Deno.stat(path)).isDirectory) continue;
    const content = new TextDecoder("latin1").decode(await Deno.readFile(path));
    assert.ok(!content.includes(text), path);
  }
}

Deno.test("describe asks about a clip once, streaming on and off; a second run asks nothing", async () => {
  const behaviour: Behaviour = ({ body: { stream } }) =>
    stream ? pieces(streamEvents("A man runs fast.")) : whole("A man runs.");
  await withServer({ frames: 3, behaviour }, async ({ place, stub, run }) => {
    const first = await run(["describe", "clip", "--url", stub.url]);
    assert.deepEqual(first, { status: 0, stdout: "A man runs.\n", stderr: "" });
    const second = await run(["describe", "clip", "--url", stub.url, "--json"]);
    assert.equal(second.status, 0);
    const { descriptions, ...counts } = JSON.parse(second.stdout);
    assert.deepEqual(counts, { file: "descriptions.jsonl", asked: 0, kept: 1, skipped: [] });
    assert.equal(stub.received.length, 1);
    const [kept] = await readDescriptions(`${place.path}/descriptions.jsonl`);
    assert.deepEqual(descriptions, [{ ...kept }]);
    assert.deepEqual([kept.clip, kept.text, kept.model, kept.sampled], ["clip", "A man runs.", "stub", [
      0,
      1,
      2,
    ]]);
    const args = ["describe", "clip", "--stream", "--refresh", "--to", "again.jsonl"];
    const streamed = await run(args, { LAPOSE_URL: stub.url, LAPOSE_MODEL: "m" });
    assert.deepEqual(streamed, { status: 0, stdout: "A man runs fast.\n", stderr: "" });
  });
});

Deno.test("describe --per-person sends each person's crops", async () => {
  await withServer(
    { frames: 2, behaviour: (_, n) => whole(`Person of question ${n}.`) },
    async ({ place, stub, run }) => {
      const args = [
        "describe",
        "clip",
        "--per-person",
        "--url",
        stub.url,
        "--model",
        "m",
        "--concurrency",
        "1",
      ];
      const people = await run([...args, "--boxes", "boxes.json"]);
      assert.equal(people.status, 0, people.stderr);
      assert.equal(
        people.stdout,
        "clip, person 4: Person of question 0.\nclip, person 9: Person of question 1.\n",
      );
      assert.deepEqual(stub.received.map(({ pictures }) => pictures.length), [2, 2]);
      for (const { pictures } of stub.received) {
        const { width, height } = await new ImageDecoder().decode(pictures[0], "crop.jpg");
        assert.ok(Math.abs(width / height - 3 / 4) < 0.05, `${width} × ${height}`);
      }
      const kept = await readDescriptions(`${place.path}/descriptions.jsonl`);
      assert.deepEqual(kept.map(({ person }) => person), [4, 9]);
      const without = await run(args);
      assert.equal(without.status, 2);
      assert.match(without.stderr, /^error: Cannot describe each person without boxes/);
    },
  );
});

Deno.test("describe reports bad answers, keeps the good ones and exits with 1", async () => {
  const bad: [answer: () => Response, reason: RegExp][] = [
    [() => whole(""), /the answer is empty/],
    [() => whole(null, { refusal: "I cannot help." }), /refus/],
    [() => new Response("<html></html>", { headers: { "content-type": "text/html" } }), /an HTML page/],
    [() => whole("long ".repeat(300_000)), /larger than 1 MB/],
    [
      () => new Response('{"choices":', { headers: { "content-type": "application/json" } }),
      /JSON/,
    ],
    [() => Response.json({ error: "no" }, { status: 500 }), /status 500/],
  ];
  const behaviour: Behaviour = (_, n) => bad[n]?.[0]() ?? whole("A woman jumps.");
  await withServer({ frames: 0, behaviour }, async ({ place, stub, run }) => {
    for (let k = 0; k <= bad.length; k++) await writeClip(place.path, `data/clip-${k}`, { k, length: 1 });
    const args = [
      "describe",
      "data",
      "--url",
      stub.url,
      "--model",
      "m",
      "--concurrency",
      "1",
      "--attempts",
      "1",
    ];
    const { status, stdout, stderr } = await run(args);
    assert.equal(status, 1);
    assert.equal(stdout, `clip-${bad.length}: A woman jumps.\n`);
    const lines = stderr.trimEnd().split("\n");
    assert.equal(lines.length, bad.length + 1, stderr);
    for (const [n, [, reason]] of bad.entries()) {
      assert.ok(lines[n].startsWith(`skipped clip-${n}: `) && lines[n].length < 300, lines[n]);
      assert.match(lines[n], reason);
    }
    assert.match(lines.at(-1)!, /^error: Cannot describe 6 of 7 /);
    assert.deepEqual(
      (await readDescriptions(`${place.path}/descriptions.jsonl`)).map(({ clip }) => clip),
      [`clip-${bad.length}`],
    );
    const second = await run(args);
    assert.deepEqual([second.status, second.stderr], [0, ""]);
    assert.equal(stub.received.length, bad.length + 1 + bad.length);
  });
});

Deno.test("the key is shown nowhere, --verbose or not", async () => {
  const behaviour: Behaviour = ({ headers }, n) => {
    const authorization = headers.get("authorization");
    return n % 2 === 0
      ? whole(`My key is ${authorization}.`)
      : Response.json({ error: { message: `${authorization} is wrong` } }, { status: 401 });
  };
  await withServer({ frames: 1, behaviour }, async ({ place, stub, run }) => {
    const ask = ["--url", stub.url, "--attempts", "1", "--verbose"];
    const weights = ["--weights", "small.onnx", "--device", "cpu", "--describe", "--out", "out"];
    const outcomes = [
      await run(["describe", "clip", ...ask], { LAPOSE_API_KEY: secret }),
      await run(["describe", "clip", ...ask, "--key-variable", "MY_KEY"], { MY_KEY: secret }),
      await run(["pose", "clip", ...weights, ...ask], { LAPOSE_API_KEY: secret }),
      await run(["pose", "clip", ...weights, ...ask], { LAPOSE_API_KEY: secret }),
    ];
    assert.equal(stub.received.length, outcomes.length);
    assert.ok(stub.received.every(({ headers }) => headers.get("authorization") === `Bearer ${secret}`));
    for (const { status, stdout, stderr } of outcomes) {
      assert.equal(status, 1, stderr);
      assert.match(stderr, /Cannot describe clip/);
      assert.ok(!`${stdout}${stderr}`.includes(secret), stderr);
    }
    await assertInNoFile(place.path, secret);
  });
});

Deno.test("a wrong URL or a contradiction is wrong use: status 2 before anything is asked", async () => {
  await withServer({ frames: 1, behaviour: () => whole("A man.") }, async ({ place, stub, run }) => {
    const pose = ["pose", "clip", "--weights", "small.onnx", "--out", "out"];
    const wrong: [args: string[], message: RegExp][] = [
      [["describe", "clip", "--url", "file:///etc/passwd"], /expected http: or https:/],
      [["describe", "clip", "--url", "http://me:hunter22@127.0.0.1/"], /holds a user name or password/],
      [[...pose, "--describe", "--url", "not a url"], /^error: Cannot /],
      [[...pose, "--describe", "--text", "a man", "--url", stub.url], /Cannot use --text and --describe/],
      [
        [...pose, "--explain"],
        /Cannot write explanations without a description: expected --text or --describe/,
      ],
    ];
    for (const [args, message] of wrong) {
      const { status, stdout, stderr } = await run(args);
      assert.deepEqual([status, stdout], [2, ""], stderr);
      assert.match(stderr, message);
      assert.ok(!stderr.includes("hunter22"));
    }
    assert.equal(stub.received.length + stub.modelRequests, 0);
    assert.deepEqual(
      (await entriesOf(place.path)).filter((entry) => !entry.startsWith("clip")),
      ["boxes.json", "small.onnx"],
    );
  });
});

Deno.test("pose --describe: one question for all frames and people, and the poses of --text", async () => {
  await withServer({ frames: 3, behaviour: () => whole("Two men run.") }, async ({ place, stub, run }) => {
    const pose = ["pose", "clip", "--boxes", "boxes.json", "--weights", "small.onnx", "--json"];
    const options = ["--device", "cpu"];
    const asked = await run([...pose, ...options, "--describe", "--url", stub.url]);
    assert.equal(asked.status, 0, asked.stderr);
    assert.equal(asked.stderr.match(/^note: description: Two men run\.$/gm)?.length, 1, asked.stderr);
    assert.equal(visualOnlyNotes(asked.stderr), 0);
    const described = parsePoses(asked.stdout);
    assert.equal(described.info.description, "Two men run.");
    assert.equal(described.annotations.length, 6);
    assert.equal(stub.received.length, 1);
    assert.equal(stub.received[0].pictures.length, 3);

    const again = await run([...pose, ...options, "--describe", "--quiet"]); // no server: what is kept is enough
    assert.deepEqual([again.status, again.stderr], [0, ""]);
    assert.equal(stub.received.length, 1);
    const given = parsePoses((await run([...pose, ...options, "--text", "Two men run."])).stdout);
    assert.deepEqual(given, described);
    assert.deepEqual(parsePoses(again.stdout), described);

    const alone = await run([...pose, ...options]);
    assert.equal(visualOnlyNotes(alone.stderr), 1, "said once for all frames and people");
    assert.equal(parsePoses(alone.stdout).info.description, null);
    const joints = (text: string) => parsePoses(text).annotations.flatMap(({ keypoints }) => keypoints);
    const visual = joints(alone.stdout);
    assert.ok(
      joints(asked.stdout).some((value, i) => Math.abs(value - visual[i]) > 0.1),
      "text moves joints",
    );
    assert.ok((await entriesOf(place.path)).includes("descriptions.jsonl"));
  });
});
