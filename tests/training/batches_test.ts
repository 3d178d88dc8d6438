/**
 * Samples and batches from files: a dot is painted where a joint is, and through the real crop and the real targets dot
 * and Gaussian stay together, however the sample was turned, scaled, halved or mirrored.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { createCanvas } from "@napi-rs/canvas";
import { crop } from "../../kernels/crop/crop.ts";
import { cropWords } from "../../kernels/crop/crop_table.ts";
import { keypointSetByName, keypointSets } from "../../people/keypoint_sets.ts";
import { parseDatasetConfig } from "../../posetrack/dataset_config.ts";
import { tinyVocabulary } from "../../text/tiny_vocabulary.ts";
import { createTokenizer } from "../../text/tokenizer.ts";
import { paperAugmentation } from "../../training/augmentation.ts";
import { Batches } from "../../training/batches.ts";
import { readSamples } from "../../training/samples.ts";
import { smallConfig, temporaryFolder } from "../estimation/small_weights.ts";
import { pixelPatches, pixelsOf } from "../support/crop_on_device.ts";
import { uniform } from "../support/random.ts";
import { denseOutput, runGraph } from "../support/run_graph.ts";

const keypoints = keypointSetByName("posetrack15");
const [width, height, frames, people] = [160, 120, 3, 4];
const wrist = keypoints.keypoints.indexOf("left_wrist");
const other = keypoints.keypoints.indexOf("right_wrist");

/** One clip; person p of frame f has its left wrist, and nothing else, on a white dot of frame f of its own. */
async function writeClip(folder: string) {
  const random = uniform(4);
  const names = keypointSets.posetrack17.keypoints;
  const [images, annotations] = [[], []] as [unknown[], unknown[]];
  await Deno.mkdir(join(folder, "images/clip"), { recursive: true });
  for (let id = 0; id < frames * people; id++) {
    const [x, y] = [40 + 80 * random(), 30 + 60 * random()].map(Math.round);
    const canvas = createCanvas(width, height);
    const context = canvas.getContext("2d");
    context.fillRect(0, 0, width, height);
    context.fillStyle = "white";
    context.fillRect(x - 1, y - 1, 3, 3);
    const file_name = `images/clip/${String(id).padStart(6, "0")}.png`;
    await Deno.writeFile(join(folder, file_name), canvas.toBuffer("image/png"));
    images.push({ file_name, id, frame_id: id, is_labeled: true });
    // Every second wrist is hidden, but labelled.
    const points = names.flatMap((name) => name === "left_wrist" ? [x, y, id % 2] : [0, 0, 0]);
    annotations.push({ image_id: id, id, track_id: id, keypoints: points, bbox: [x - 20, y - 30, 44, 56] });
  }
  // A person without labels, and a crowd, are no samples.
  annotations.push({
    image_id: 0,
    id: 90,
    track_id: 90,
    keypoints: names.flatMap(() => [0, 0, 0]),
    bbox: [1, 1, 9, 9],
  });
  annotations.push({
    image_id: 0,
    id: 91,
    track_id: 91,
    keypoints: names.flatMap(() => [5, 5, 1]),
    bbox: [1, 1, 9, 9],
    iscrowd: 1,
  });
  const categories = [{ id: 1, name: "person", supercategory: "person", keypoints: names, skeleton: [] }];
  await Deno.writeTextFile(join(folder, "clip.json"), JSON.stringify({ images, annotations, categories }));
}

async function samplesIn(
  folder: string,
  describe = (_: string, person?: number) => `the left hand of ${person}`,
) {
  await writeClip(folder);
  const file = { annotations: "clip.json", images: ".", results: "results" };
  return readSamples(parseDatasetConfig(file, join(folder, "dataset.json")), {
    keypoints,
    span: 1,
    describe,
  });
}

function options(changes = {}) {
  const config = smallConfig();
  const tokenizer = createTokenizer(tinyVocabulary);
  return { config, keypoints, tokenizer, batch: 6, augmentation: paperAugmentation, seed: 3, ...changes };
}

Deno.test("readSamples() takes labelled people with their neighbours in time", async () => {
  await using folder = await temporaryFolder();
  const samples = await samplesIn(folder.path);
  assert.equal(samples.length, frames * people);
  const name = (path: string) => Number(/(\d+)\.png$/.exec(path)![1]);
  assert.deepEqual(samples[0].images.map(name), [0, 0, 1]); // the end frame is repeated
  assert.deepEqual(samples[5].images.map(name), [4, 5, 6]);
  assert.deepEqual(samples[5].descriptions, ["the left hand of 5", "the left hand of undefined"]);
  assert.deepEqual([...samples[5].joints].filter((value, i) => i % 3 === 2 && value > 0), [1]);
  assert.equal(samples[5].joints[3 * wrist + 2], 1);
});

Deno.test("Batches keep image, target and words together under every augmentation", async () => {
  await using folder = await temporaryFolder();
  using batches = new Batches(await samplesIn(folder.path), options());
  const { config } = options();
  const { width: W, height: H } = config.image;
  assert.equal(batches.perEpoch, 2);
  assert.equal(batches.tokens! % 8, 0);
  let [seen, mirrored] = [0, 0];
  for (let epoch = 0; epoch < 6; epoch++) {
    const inputs = await batches.make(epoch, epoch % 2);
    const words = inputs.frames as Uint32Array[];
    const { patches } = await runGraph((graph) => {
      const table = graph.input("crops", [6, 3, cropWords], "u32");
      const all = graph.input("frames", [words.reduce((sum, { length }) => sum + length, 0)], "u32");
      const plain = { mean: [0, 0, 0], deviation: [1, 1, 1] };
      denseOutput(graph, "patches", crop(graph, all, { table, ...config.image, ...plain, ...pixelPatches }));
    }, { inputs: { frames: words, crops: inputs.crops } });
    const pixels = pixelsOf(patches, W * H);
    const joints = inputs.joints as Float32Array;
    for (let b = 0; b < 6; b++) {
      const own = [wrist, other].filter((k) => joints[(b * 15 + k) * 3 + 2] > 0);
      if (own.length === 0) continue; // outside the crop
      seen++;
      mirrored += own[0] === other ? 1 : 0;
      const [u, v] = joints.subarray((b * 15 + own[0]) * 3, (b * 15 + own[0]) * 3 + 2);
      const keyframe = pixels.subarray((b * 3 + 1) * 3 * H * W, ((b * 3 + 1) * 3 + 1) * H * W);
      const [x, y] = centroid(keyframe, W);
      const [wantedX, wantedY] = [u * (W - 1) / (W / 4 - 1), v * (H - 1) / (H / 4 - 1)];
      assert(Math.hypot(x - wantedX, y - wantedY) < 0.7, `dot ${x}, ${y}; target ${wantedX}, ${wantedY}`);
    }
  }
  assert(seen > 20 && mirrored > 5 && mirrored < seen - 5, `${seen} seen, ${mirrored} mirrored`);
});

Deno.test("Batches are the same for the same seed, epoch and index, and go through all samples", async () => {
  await using folder = await temporaryFolder();
  const samples = await samplesIn(folder.path);
  using one = new Batches(samples, options());
  using two = new Batches(samples, options());
  using other = new Batches(samples, options({ seed: 4 }));
  await two.make(4, 1); // what was made before does not matter
  assert.deepEqual(await one.make(2, 1), await two.make(2, 1));
  assert.notDeepEqual((await one.make(2, 1)).joints, (await one.make(3, 1)).joints);
  assert.notDeepEqual(
    (await one.make(2, 1)).joints,
    (await other.make(2, 1)).joints,
  );
});

Deno.test("Batches count the texts whose end the model does not read", async () => {
  await using folder = await temporaryFolder();
  const { maxTokens } = options().config.text;
  const words = (count: number) => new Array(count).fill("hand").join(" ");
  // [CLS], the words, [SEP]: two people's texts fit just so, the clip's and all others are a word too long.
  const samples = await samplesIn(
    folder.path,
    (_, person) =>
      `${words(maxTokens - (person === 0 || person === 1 ? 3 : 2))} ${person === 0 ? "left" : "right"}`,
  );
  using batches = new Batches(samples, options());
  assert.deepEqual(batches.texts, { all: 3, cut: 1 });
});

Deno.test("Batches on the visual-only path have no tokens", async () => {
  await using folder = await temporaryFolder();
  const samples = await samplesIn(folder.path);
  using batches = new Batches(samples, options({ tokenizer: undefined }));
  assert.equal(batches.tokens, undefined);
  assert.equal(batches.texts, undefined);
  assert.deepEqual(Object.keys(await batches.make(0, 0)).sort(), ["crops", "frames", "joints"]);
  assert.equal(await batches.pixels(), width * height * 3 * 6);
});

/** Centre of what is bright. */
function centroid(values: Float32Array, width: number): [number, number] {
  let [x, y, sum] = [0, 0, 0];
  for (const [i, value] of values.entries()) {
    x += value * (i % width);
    y += value * Math.floor(i / width);
    sum += value;
  }
  return [x / sum, y / sum];
}
