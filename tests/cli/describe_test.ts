/** `describe`, `pose --describe` and `pose --explain` as processes of their own, against a chat server on loopback. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { readDescriptions } from "../../descriptions/read_descriptions.ts";
import { ImageDecoder } from "../../people/image_decoder.ts";
import { keypointSets } from "../../people/keypoint_sets.ts";
import {
  type Behaviour,
  type ChatStub,
  pieces,
  streamEvents,
  whole,
  withChatStub,
} from "../descriptions/chat_stub.ts";
import { writeClip } from "../descriptions/made_up_clips.ts";
import { assertClose } from "../support/compare.ts";
import { parsePoses } from "./poses_form.ts";
import { cliCommand, entriesOf, type Outcome, runCli, type Workplace, workplace } from "./run_cli.ts";

const secret = "sk-loopback-secret-4711";
const visualOnly = /no description \(--text or --describe\): the model runs its visual-only path/g;

interface Setting {
  place: Workplace;
  stub: ChatStub;
  /** Runs the command line in the workplace. */
  run: (args: readonly string[], env?: Record<string, string>) => Promise<Outcome>;
}

/** A workplace and a server; two boxes per frame in `boxes.json`. */
async function withServer(
  frames: number,
  behaviour: Behaviour,
  body: (setting: Setting) => Promise<void>,
): Promise<void> {
  await using place = await workplace({ frames });
  const boxes = Array.from({ length: frames }, (_, i) => [
    { image_id: i, file_name: `${i}.png`, bbox: [5, 8, 30, 60], score: 0.9, track_id: 4 },
    { image_id: i, file_name: `${i}.png`, bbox: [50, 10, 60, 60], score: 0.8, track_id: 9 },
  ]).flat();
  await Deno.writeTextFile(`${place.path}/boxes.json`, JSON.stringify(boxes));
  // settings of whoever runs the tests stay out
  const none = { LAPOSE_URL: "", LAPOSE_MODEL: "", LAPOSE_API_KEY: "" };
  const run: Setting["run"] = (args, env = {}) => runCli(args, { cwd: place.path, env: { ...none, ...env } });
  await withChatStub(behaviour, (stub) => body({ place, stub, run }));
}

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
  await withServer(3, behaviour, async ({ place, stub, run }) => {
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
  await withServer(2, (_, n) => whole(`Person of question ${n}.`), async ({ place, stub, run }) => {
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
  });
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
  await withServer(0, behaviour, async ({ place, stub, run }) => {
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
  await withServer(1, behaviour, async ({ place, stub, run }) => {
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
  await withServer(1, () => whole("A man."), async ({ place, stub, run }) => {
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
  await withServer(3, () => whole("Two men run."), async ({ place, stub, run }) => {
    const pose = ["pose", "clip", "--boxes", "boxes.json", "--weights", "small.onnx", "--json"];
    const options = ["--device", "cpu"];
    const asked = await run([...pose, ...options, "--describe", "--url", stub.url]);
    assert.equal(asked.status, 0, asked.stderr);
    assert.equal(asked.stderr.match(/^note: description: Two men run\.$/gm)?.length, 1, asked.stderr);
    assert.doesNotMatch(asked.stderr, visualOnly);
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
    assert.equal(alone.stderr.match(visualOnly)?.length, 1, "said once for all frames and people");
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

interface WordEntry {
  text: string;
  tokens: number[];
  mass: number;
}

interface ExplanationDocument {
  title: string;
  tokens: string[];
  patches: { rows: number; columns: number };
  cost: number;
  mass: number;
  words: WordEntry[];
  plan: number[][];
  cross_attention: { map: number[][]; words: WordEntry[]; mass: number };
  joints: {
    name: string;
    visual_only: number[];
    with_description: number[];
    distance: number;
  }[];
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

/** What holds for every explanation, whatever the weights. */
function assertExplanation(document: ExplanationDocument): void {
  const { tokens, words, plan, patches, cross_attention } = document;
  const M = patches.rows * patches.columns;
  assert.equal(plan.length, M);
  assert.equal(cross_attention.map.length, M);
  assert.deepEqual([tokens[0], tokens.at(-1)], ["[CLS]", "[SEP]"]);
  for (const row of [...plan, ...cross_attention.map]) assert.equal(row.length, tokens.length);
  assertClose([sum(plan.flat())], [1], 1e-5);
  assertClose(plan.map(sum), new Array(M).fill(1 / M), 1e-3 / M);
  assertClose(cross_attention.map.map(sum), new Array(M).fill(1), 1e-5);
  const column = (rows: number[][], n: number) => sum(rows.map((row) => row[n]));
  assert.deepEqual(
    [column(plan, 0), column(plan, tokens.length - 1)],
    [0, 0],
    "marks of the text get no mass",
  );
  // each real token takes the same mass (Eq. 5), each word that of its tokens
  const real = tokens.length - 2;
  assertClose(words.map(({ mass }) => mass), words.map(({ tokens: own }) => own.length / real), 1e-5);
  assert.deepEqual(words.flatMap(({ tokens: own }) => own), Array.from({ length: real }, (_, i) => i + 1));
  for (const { tokens: own, mass } of cross_attention.words) {
    assertClose([mass], [sum(own.map((n) => column(cross_attention.map, n))) / M], 1e-9);
  }
  assert.ok(cross_attention.mass > 0 && cross_attention.mass < 1);
  for (const { visual_only: [x, y], with_description: [u, v], distance } of document.joints) {
    assertClose([distance], [Math.hypot(u - x, v - y)], 1e-9);
  }
}

Deno.test("pose --explain: a picture and the numbers per person, the same on both engines", async () => {
  await withServer(1, () => whole("A man throws a ball to two women."), async ({ place, stub, run }) => {
    const read = async (folder: string, file: string): Promise<ExplanationDocument> =>
      JSON.parse(await Deno.readTextFile(`${place.path}/${folder}/explanations/${file}.json`));
    const pose = ["pose", "clip", "--boxes", "boxes.json", "--weights", "small.onnx", "--no-overlays"];
    const options = ["--describe", "--url", stub.url, "--explain"];
    for (const device of ["webgpu", "cpu"]) {
      const { status, stdout, stderr } = await run([
        ...pose,
        ...options,
        "--device",
        device,
        "--out",
        device,
      ]);
      assert.equal(status, 0, stderr);
      assert.match(stdout, new RegExp(`^Explanations: ${device}/explanations$`, "m"));
      assert.doesNotMatch(stderr, visualOnly);
    }
    assert.equal(stub.received.length, 1);
    const people = ["0_4", "0_9"];
    for (const device of ["webgpu", "cpu"]) {
      assert.deepEqual(
        await entriesOf(`${place.path}/${device}/explanations`),
        people.flatMap((file) => [
          `${file}.json`,
          `${file}.png`,
        ]),
      );
    }
    const poses = parsePoses(await Deno.readTextFile(`${place.path}/webgpu/poses.json`));
    const decoder = new ImageDecoder();
    for (const [i, file] of people.entries()) {
      const [webgpu, cpu] = [await read("webgpu", file), await read("cpu", file)];
      for (const document of [webgpu, cpu]) assertExplanation(document);
      assert.equal(webgpu.title, `person ${file.slice(2)} · ${file[0]}.png`);
      assertClose(webgpu.plan.flat(), cpu.plan.flat(), 1e-4);
      assertClose(webgpu.cross_attention.map.flat(), cpu.cross_attention.map.flat(), 1e-4);
      assertClose([webgpu.cost], [cpu.cost], 1e-4);
      assert.deepEqual(webgpu.joints.map(({ name }) => name), keypointSets.posetrack15.keypoints);
      assertClose(
        webgpu.joints.flatMap(({ with_description }) => with_description),
        poses.annotations[i].keypoints,
      );
      assert.ok(webgpu.joints.some(({ distance }) => distance > 0.1), "text moves joints");
      for (const device of ["webgpu", "cpu"]) {
        const path = `${place.path}/${device}/explanations/${file}.png`;
        const { width, height } = await decoder.decode(await Deno.readFile(path), path);
        assert.ok(width === 2400 && height > 1000 && height < 2000, `${width} × ${height}`);
      }
    }
  });
});

Deno.test("pose --explain of the same image twice writes two pictures; while CSI is an identity nothing moves", async () => {
  await withServer(1, () => whole("unasked"), async ({ place, stub, run }) => {
    const init = ["init", "--config", "tiny", "--seed", "7", "--to", "tiny.onnx", "--quiet"];
    assert.equal((await run(init)).status, 0);
    const args = [
      "--weights",
      "tiny.onnx",
      "--device",
      "cpu",
      "--text",
      "a man runs",
      "--explain",
      "--out",
      "out",
    ];
    const { status, stderr } = await run(["pose", "clip/0.png", "clip/0.png", ...args, "--no-overlays"]);
    assert.equal(status, 0, stderr);
    const folder = `${place.path}/out/explanations`;
    const files = (await entriesOf(folder)).filter((file) => file.endsWith(".json"));
    assert.equal(files.length, 2, files.join(" "));
    for (const file of files) {
      const document: ExplanationDocument = JSON.parse(await Deno.readTextFile(join(folder, file)));
      assertExplanation(document);
      assert.ok(document.joints.every(({ distance }) => distance <= 1e-3), "CSI starts as an identity");
    }
    assert.equal(stub.received.length, 0);
  });
});

Deno.test({
  name: "pose --explain on the CPU that is interrupted leaves no weights in the temporary folder",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using place = await workplace({ frames: 1 });
    const init = ["init", "--config", "small", "--to", "large.onnx", "--quiet"];
    assert.equal((await place.run(...init)).status, 0);
    const temporary = `${place.path}/temporary`;
    await Deno.mkdir(temporary);
    const args = ["pose", "clip", "--weights", "large.onnx", "--text", "a man", "--explain", "--out", "out"];
    const env = { TMPDIR: temporary };
    const child = cliCommand([...args, "--device", "cpu"], { cwd: place.path, env }).spawn();
    const output = child.output();
    for (let i = 0; !(await entriesOf(temporary)).some((entry) => entry.includes("part.onnx")); i++) {
      assert.ok(i < 6000, "no second weights file within thirty seconds");
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    child.kill("SIGTERM");
    assert.equal((await output).code, 143);
    assert.deepEqual(await entriesOf(temporary), []);
  },
});
