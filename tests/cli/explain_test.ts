/** `pose --explain` as a process of its own: pictures and numbers of transport plan and cross-attention. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { ImageDecoder } from "../../people/image_decoder.ts";
import { keypointSets } from "../../people/keypoint_sets.ts";
import { whole } from "../descriptions/chat_stub.ts";
import { smallConfig, writeSmallWeights } from "../estimation/small_weights.ts";
import { assertClose } from "../support/compare.ts";
import { parsePoses } from "./poses_form.ts";
import { cliCommand, entriesOf, workplace } from "./run_cli.ts";
import { visualOnlyNotes, withServer } from "./with_server.ts";

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
  await withServer(
    { frames: 1, behaviour: () => whole("A man throws a ball to two women.") },
    async ({ place, stub, run }) => {
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
        assert.equal(visualOnlyNotes(stderr), 0);
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
    },
  );
});

Deno.test("pose --explain of the same image twice writes two pictures; while CSI is an identity nothing moves", async () => {
  await withServer({ frames: 1, behaviour: () => whole("unasked") }, async ({ place, stub, run }) => {
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

Deno.test("pose --explain says when there is nothing to explain, and writes nothing", async () => {
  await using place = await workplace({ frames: 1 });
  const config = { ...smallConfig(), language: false };
  await writeSmallWeights(`${place.path}/blind.onnx`, { config });
  const before = await entriesOf(place.path);
  const pose = ["pose", "clip", "--explain", "--out", "out", "--device", "webgpu", "--weights"];
  for (
    const [weights, text, message] of [
      [
        "blind.onnx",
        "a man",
        /^error: Cannot explain poses by blind\.onnx: the weights have no language part/m,
      ],
      ["small.onnx", "", /^error: Cannot explain the plan: no word has any mass, expected a text of words$/m],
    ] as const
  ) {
    const { status, stdout, stderr } = await place.run(...pose, weights, "--text", text);
    assert.deepEqual([status, stdout], [1, ""], stderr);
    assert.match(stderr, message);
    assert.deepEqual(await entriesOf(place.path), before);
  }
});
