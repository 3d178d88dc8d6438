/** `init`: what it writes, that it says what it is, and what it refuses. */
import assert from "node:assert/strict";
import { openWeights } from "../../estimation/weights_file.ts";
import { initialValues } from "../../model/initialise.ts";
import type { LaposeConfig } from "../../model/config.ts";
import { smallConfig } from "../estimation/small_weights.ts";
import { entriesOf, workplace } from "./run_cli.ts";

Deno.test("init writes tiny weights that pose can run, and says that they are untrained", async () => {
  await using place = await workplace({ frames: 1 });
  const { status, stdout, stderr } = await place.run(
    "init",
    "--config",
    "tiny",
    "--seed",
    "3",
    "--to",
    "tiny.onnx",
  );
  assert.equal(status, 0, stderr);
  assert.equal(stderr, "");
  assert.match(stdout, /^Wrote tiny\.onnx: configuration tiny, UNTRAINED random weights \(seed 3\)\.\n/);
  const args = ["pose", "clip", "--weights", "tiny.onnx", "--json", "--device", "cpu", "--text", "a man"];
  const posed = await place.run(...args);
  assert.equal(posed.status, 0, posed.stderr);
  assert.match(
    posed.stderr,
    /^note: the weights are untrained: random weights, seed 3: poses mean nothing$/m,
  );
  assert.equal(JSON.parse(posed.stdout).info.provenance, "untrained: random weights, seed 3");
});

Deno.test("init repeats with the seed, byte for byte, and differs with another", async () => {
  await using place = await workplace();
  await Deno.writeTextFile(`${place.path}/small.json`, JSON.stringify(smallConfig()));
  const written = async (seed: string) => {
    const run = await place.run("init", "--config", "small.json", "--seed", seed, "--to", "out.onnx");
    assert.equal(run.status, 0, run.stderr);
    return await Deno.readFile(`${place.path}/out.onnx`);
  };
  const first = await written("5");
  assert.deepEqual(await written("5"), first);
  assert.notDeepEqual(await written("6"), first);
});

Deno.test("init takes a configuration, a vocabulary, a keypoint set and half precision", async () => {
  await using place = await workplace({ frames: 1 });
  await Deno.writeTextFile(`${place.path}/mine.json`, JSON.stringify(smallConfig()));
  const words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "man", "runs"];
  await Deno.writeTextFile(`${place.path}/vocab.txt`, `${words.join("\n")}\n`);
  const options = [
    "--config",
    "mine.json",
    "--vocabulary",
    "vocab.txt",
    "--keypoints",
    "coco17",
    "--dtype",
    "f16",
  ];
  const { status, stderr } = await place.run("init", ...options, "--to", "half.onnx");
  assert.equal(status, 0, stderr);
  {
    await using weights = await openWeights(`${place.path}/half.onnx`);
    assert.equal(weights.keypoints.name, "coco17");
    assert.deepEqual(weights.dataTypes, ["float16"]);
    assert.deepEqual([...weights.tokenizer!.encode("A man runs", { maxTokens: 9 }).inputIds], [
      2,
      5,
      6,
      7,
      3,
    ]);
  }
  for (const device of ["webgpu", "cpu"]) {
    const args = ["pose", "clip", "--weights", "half.onnx", "--json", "--device", device, "--text", "a man"];
    const posed = await place.run(...args, "--quiet");
    assert.equal(posed.status, 0, posed.stderr);
    assert.equal(JSON.parse(posed.stdout).annotations[0].scores.length, 17);
  }
});

const refusals: readonly (readonly [string, readonly string[], number, RegExp])[] = [
  [
    "another configuration",
    ["--config", "huge"],
    2,
    /configuration named "huge", expected base, small or tiny, or a file/,
  ],
  [
    "a configuration that is not there",
    ["--config", "none.json"],
    1,
    /^error: Cannot read the configuration none\.json: it does not exist/,
  ],
  [
    "a configuration that is not JSON",
    ["--config", "broken.json"],
    1,
    /^error: Cannot read the configuration broken\.json: .*JSON/,
  ],
  [
    "a configuration of another kind",
    ["--config", "other.json"],
    1,
    /the configuration other\.json: unknown field a; missing field/,
  ],
  [
    "a vocabulary that is not there",
    ["--vocabulary", "none.txt"],
    1,
    /^error: Cannot read the vocabulary none\.txt: it does not exist/,
  ],
  ["a vocabulary without [CLS]", ["--vocabulary", "broken.json"], 1, /^error: Cannot .+/],
  [
    "another keypoint set",
    ["--keypoints", "hand21"],
    1,
    /keypoint set "hand21": expected one of posetrack15, /,
  ],
];

for (const [what, options, expected, message] of refusals) {
  Deno.test(`init refuses ${what} and writes nothing`, async () => {
    await using place = await workplace();
    await Deno.writeTextFile(`${place.path}/broken.json`, '{"image": ');
    await Deno.writeTextFile(`${place.path}/other.json`, '{"a": 1}');
    const before = await entriesOf(place.path);
    const { status, stdout, stderr } = await place.run(
      "init",
      "--config",
      "tiny",
      "--to",
      "new.onnx",
      ...options,
    );
    assert.equal(status, expected, stderr);
    assert.equal(stdout, "");
    assert.match(stderr, message);
    assert.deepEqual(await entriesOf(place.path), before);
  });
}

Deno.test("init refuses a folder that does not exist", async () => {
  await using place = await workplace();
  const { status, stderr } = await place.run("init", "--config", "tiny", "--to", "deep/new.onnx");
  assert.equal(status, 1);
  assert.match(stderr, /^error: Cannot write file deep\/new\.onnx: no such folder deep\n$/);
  assert.deepEqual(await entriesOf(place.path), ["small.onnx"]);
});

Deno.test("init --vision-only leaves the rest out, --pretrained takes what both models have, and refuses another shape", async () => {
  await using place = await workplace();
  const write = (name: string, config: LaposeConfig) =>
    Deno.writeTextFile(`${place.path}/${name}`, JSON.stringify(config));
  const whole = smallConfig();
  await write("whole.json", whole);
  await write("wide.json", { ...whole, head: { ...whole.head, channels: 20 } });
  const init = (...args: string[]) => place.run("init", ...args);
  assert.equal(
    (await init("--config", "whole.json", "--vision-only", "--seed", "5", "--to", "vision.onnx")).status,
    0,
  );
  const pretrained = ["--pretrained", "vision.onnx", "--seed", "6"];
  const { status, stdout, stderr } = await init(
    "--config",
    "whole.json",
    ...pretrained,
    "--to",
    "whole.onnx",
  );
  assert.equal(status, 0, stderr);
  assert.match(
    stdout,
    /^Wrote whole\.onnx: configuration whole\.json, \d+ tensors of vision\.onnx, the others random \(seed 6\)\.$/m,
  );
  await using vision = await openWeights(`${place.path}/vision.onnx`);
  assert.deepEqual([vision.config.language, vision.config.temporal], [false, false]);
  await using both = await openWeights(`${place.path}/whole.onnx`);
  for (const name of ["vision.blocks.1.mlp.fc1.weight", "head.convolution.weight"]) {
    assert.deepEqual(await both.read(name), await vision.read(name), name);
  }
  const word = "text.embeddings.word";
  const expected = initialValues(word, [whole.text.vocabularySize, whole.text.width], 6);
  assert.deepEqual(await both.read(word), expected);
  assert.match(
    both.provenance,
    /^\d+ tensors of \(untrained: random weights, seed 5\), the others random, seed 6$/,
  );
  const halved = await init(
    "--config",
    "whole.json",
    "--pretrained",
    "whole.onnx",
    "--dtype",
    "f16",
    "--to",
    "half.onnx",
  );
  assert.match(halved.stdout, /^Wrote half\.onnx: configuration whole\.json, all tensors of whole\.onnx\.$/m);
  await using half = await openWeights(`${place.path}/half.onnx`);
  assert.equal(half.provenance, both.provenance);
  const refused = await init("--config", "wide.json", ...pretrained, "--to", "wide.onnx");
  assert.equal(refused.status, 1);
  assert.match(
    refused.stderr,
    /Cannot start from .*vision\.onnx: head\.deconvolution1\.weight is \[32,16,4,4\], expected \[32,20,4,4\];/,
  );
});
