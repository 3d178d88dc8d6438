/** `pose` on images and folders: what it writes and what it prints. */
import assert from "node:assert/strict";
import { ImageDecoder } from "../../people/image_decoder.ts";
import { parsePoses, peoplePerImage } from "./poses_form.ts";
import { entriesOf, frameSize, runCli, type Workplace, workplace } from "./run_cli.ts";

const device = ["--device", "webgpu"];

async function readPoses(place: Workplace, folder = "out") {
  return parsePoses(await Deno.readTextFile(`${place.path}/${folder}/poses.json`));
}

Deno.test("pose of a folder: as many frames out as in, poses.json and a picture of each", async () => {
  await using place = await workplace({ frames: 11 });
  const boxes = Array.from({ length: 11 }, (_, i) => [
    { file_name: `${i}.png`, bbox: [5 + i, 8, 30, 60], score: 0.9 },
    { file_name: `${i}.png`, bbox: [50, 10, 30, 60], score: 0.8 },
  ]).flat();
  await Deno.writeTextFile(`${place.path}/boxes.json`, JSON.stringify(boxes));
  const options = [
    "--boxes",
    "boxes.json",
    "--weights",
    "small.onnx",
    "--text",
    "a man runs",
    "--out",
    "out",
  ];
  const { status, stdout, stderr } = await place.run(
    "pose",
    "clip",
    ...options,
    ...device,
    "--joint-score",
    "-9",
  );
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^22 poses in 11 frames, [\d.]+ frames\/s on webgpu \(.+\)\n/);
  assert.match(stdout, /^Results: out\/poses\.json$/m);
  assert.match(stdout, /^Pictures: out\/overlays$/m);
  const document = await readPoses(place);
  assert.deepEqual(document.images.map(({ file_name }) => file_name), [
    ...Array.from({ length: 11 }, (_, i) => `clip/${i}.png`),
  ]);
  assert.ok(document.images.every(({ width, height }) => width === 96 && height === 80));
  assert.deepEqual(peoplePerImage(document), new Array(11).fill(2));
  assert.deepEqual(document.annotations.slice(0, 2).map(({ bbox }) => bbox), [[5, 8, 30, 60], [
    50,
    10,
    30,
    60,
  ]]);
  assert.deepEqual([...new Set(document.annotations.map(({ track_id }) => track_id))].sort(), [0, 1]);
  assert.equal(document.info.description, "a man runs");
  assert.equal(document.info.weights, "small.onnx");
  assert.equal(document.info.provenance, "random, for tests");
  assert.match(String(document.info.device), /^webgpu/);
  const pictures = Array.from({ length: 11 }, (_, i) => `overlays/${i}.png`);
  assert.deepEqual(await entriesOf(`${place.path}/out`), ["overlays", ...pictures.sort(), "poses.json"]);
  const decoder = new ImageDecoder();
  for (const picture of pictures) {
    const drawn = await decoder.decode(await Deno.readFile(`${place.path}/out/${picture}`), picture);
    assert.deepEqual({ width: drawn.width, height: drawn.height }, frameSize);
    const name = `${place.path}/clip/${picture.slice("overlays/".length)}`;
    const { data } = await decoder.decode(await Deno.readFile(name), name);
    const changed = drawn.data.filter((value, i) => value !== data[i]).length;
    assert.ok(changed > 100 && changed < data.length, `${changed} bytes differ from the frame`);
  }
});

Deno.test("pose of one image, of several, and of images that share a name", async () => {
  await using place = await workplace({ frames: 3 });
  await Deno.mkdir(`${place.path}/other`);
  await Deno.copyFile(`${place.path}/clip/2.png`, `${place.path}/other/0.png`);
  const options = ["--weights", "small.onnx", "--out", "out", "--quiet", ...device];
  const one = await place.run("pose", "clip/1.png", ...options);
  assert.equal(one.status, 0, one.stderr);
  const document = await readPoses(place);
  assert.deepEqual(document.images.map(({ file_name }) => file_name), ["clip/1.png"]);
  assert.deepEqual(document.annotations[0].bbox, [0, 0, 96, 80], "without boxes the whole frame");
  assert.deepEqual(await entriesOf(`${place.path}/out`), ["overlays", "overlays/1.png", "poses.json"]);
  const inputs = ["clip/2.png", "clip/0.png", "other/0.png", "clip/2.png"];
  const several = await place.run("pose", ...inputs, ...options);
  assert.equal(several.status, 0, several.stderr);
  assert.deepEqual((await readPoses(place)).images.map(({ file_name }) => file_name), inputs);
  const pictures = (await entriesOf(`${place.path}/out`)).filter((entry) => entry.startsWith("overlays/"));
  assert.equal(pictures.length, 4, pictures.join(" "));
});

Deno.test("pose --json prints one JSON document and nothing else, the same as poses.json", async () => {
  await using place = await workplace({ frames: 2 });
  const options = ["--weights", "small.onnx", "--json", ...device];
  const alone = await place.run("pose", "clip", ...options);
  assert.equal(alone.status, 0, alone.stderr);
  const document = parsePoses(alone.stdout);
  assert.equal(document.images.length, 2);
  assert.deepEqual(await entriesOf(place.path), ["clip", "clip/0.png", "clip/1.png", "small.onnx"]);
  const both = await place.run("pose", "clip", ...options, "--out", "out", "--no-overlays");
  assert.equal(both.stdout, await Deno.readTextFile(`${place.path}/out/poses.json`));
  assert.deepEqual(await entriesOf(`${place.path}/out`), ["poses.json"]);
});

Deno.test("pose notes go to standard error; --quiet prints nothing there", async () => {
  await using place = await workplace({ frames: 1 });
  const options = ["--weights", "small.onnx", "--out", "out", ...device];
  const loud = await place.run("pose", "clip", ...options);
  assert.match(loud.stderr, /^note: running on webgpu \(.+\)$/m);
  assert.match(loud.stderr, /^note: no description \(--text.*\): the model runs its visual-only path$/m);
  assert.doesNotMatch(loud.stderr, /Posing|\r/, "no progress without a terminal");
  for (const engine of ["webgpu", "cpu"]) {
    const quiet = await place.run("pose", "clip", ...options, "--quiet", "--device", engine);
    assert.equal(quiet.status, 0);
    assert.equal(quiet.stderr, "");
    assert.match(quiet.stdout, /^1 poses in 1 frames/);
  }
});

Deno.test("pose keeps what else is in the folder and replaces what an earlier run left", async () => {
  await using place = await workplace({ frames: 3 });
  const options = ["--weights", "small.onnx", "--out", "deep/er/out", "--quiet", ...device];
  await Deno.mkdir(`${place.path}/deep/er/out`, { recursive: true });
  await Deno.writeTextFile(`${place.path}/deep/er/out/notes.txt`, "mine");
  assert.equal((await place.run("pose", "clip", ...options)).status, 0);
  assert.equal((await place.run("pose", "clip/1.png", ...options)).status, 0);
  assert.deepEqual(await entriesOf(`${place.path}/deep`), [
    "er",
    "er/out",
    "er/out/notes.txt",
    "er/out/overlays",
    "er/out/overlays/1.png",
    "er/out/poses.json",
  ]);
  assert.equal((await readPoses(place, "deep/er/out")).images.length, 1);
});

Deno.test("pose of a text of 10,000 words works and says that the end is left out", async () => {
  await using place = await workplace({ frames: 1 });
  const options = ["--weights", "small.onnx", "--json", "--device", "cpu"];
  const long = await place.run("pose", "clip", ...options, "--text", "ball ".repeat(10_000));
  assert.equal(long.status, 0, long.stderr);
  assert.match(long.stderr, /^note: the description is longer than 32 tokens: its end is left out$/m);
  assert.equal(parsePoses(long.stdout).annotations.length, 1);
  const short = await place.run("pose", "clip", ...options, "--text", "a ball");
  assert.doesNotMatch(short.stderr, /longer/);
});

Deno.test("pose needs no more than the permissions that the README names", async () => {
  await using place = await workplace({ frames: 2 });
  const deno = ["--allow-read", "--allow-write=.", "--allow-env", "--allow-ffi", "--allow-sys=homedir"];
  const args = ["pose", "clip", "--weights", "small.onnx", "--out", "out", "--quiet"];
  for (const engine of ["webgpu", "cpu"]) {
    const run = await runCli([...args, "--device", engine, "--text", "a man"], { cwd: place.path, deno });
    assert.equal(run.status, 0, run.stderr);
  }
});
