/** Which description a person of a data set is posed with: from annotation and descriptions file to the model. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { type Box, LAPose, type Pose } from "@lapose/lapose";
import { datasetEstimator } from "../../cli/dataset_estimator.ts";
import { readDescriber } from "../../cli/describer.ts";
import { keypointSets } from "../../people/keypoint_sets.ts";
import { encodeImage } from "../../people/overlay.ts";
import { parseDatasetConfig } from "../../posetrack/dataset_config.ts";
import type { PoseEstimator } from "../../posetrack/estimate_sequence.ts";
import { runDataset } from "../../posetrack/run_dataset.ts";
import { blockFrame, temporaryFolder, writeSmallWeights } from "../estimation/small_weights.ts";

const boxes: Box[] = [[10, 12, 30, 50], [50, 8, 28, 61], [20, 5, 40, 70]];
const frame = blockFrame(96, 80, 1);
const [throwing, jumping] = ["a woman throws a ball", "a man jumps over the left bench and waves"];
const clip = "everybody plays in the park";

/** Annotations of one frame with people of these track ids. */
function annotations(people: readonly number[]) {
  const names = keypointSets.posetrack17.keypoints;
  return {
    images: [{ file_name: "images/park/0.png", id: 1, frame_id: 1, vid_id: "park", is_labeled: true }],
    annotations: people.map((track_id, i) => ({
      id: i,
      image_id: 1,
      category_id: 1,
      track_id,
      bbox: boxes[i],
      keypoints: names.flatMap(() => [30, 30, 1]),
    })),
    categories: [{ id: 1, name: "person", supercategory: "person", keypoints: [...names], skeleton: [] }],
  };
}

interface Told {
  /** Track ids of the people. */
  people: readonly number[];
  /** Lines of the descriptions file. */
  lines: readonly Record<string, unknown>[];
  /** More of the data set's description. */
  dataset?: Record<string, unknown>;
  /** Where to run. @default {"webgpu"} */
  device?: "webgpu" | "cpu";
  /** The text that each person must be posed with. */
  texts: readonly (string | undefined)[];
}

/** Poses the people by a data set run, and each of them alone with its text. */
async function posed(
  { people, lines, dataset, device = "webgpu", texts }: Told,
): Promise<{ poses: Pose[]; alone: Pose[] }> {
  await using folder = await temporaryFolder();
  const path = (name: string) => join(folder.path, name);
  await writeSmallWeights(path("small.onnx"));
  await Deno.mkdir(path("gt"));
  await Deno.mkdir(path("images/park"), { recursive: true });
  await Deno.writeFile(path("images/park/0.png"), await encodeImage(frame));
  await Deno.writeTextFile(path("gt/park.json"), JSON.stringify(annotations(people)));
  await Deno.writeTextFile(
    path("descriptions.jsonl"),
    lines.map((line) => JSON.stringify({ clip: "park", ...line })).join("\n"),
  );
  const settings = { annotations: "gt", images: ".", results: "results", flipTest: false };
  const config = parseDatasetConfig(
    { ...settings, descriptions: "descriptions.jsonl", ...dataset },
    path("dataset.json"),
  );
  await using model = await LAPose.load(path("small.onnx"), { device });
  const estimate = datasetEstimator(model, { decode: "dark", describe: await readDescriber(config) });
  const poses: Pose[] = [];
  const listen: PoseEstimator = async function* (job) {
    for await (const found of estimate(job)) {
      poses.push(...found);
      yield found;
    }
  };
  await runDataset(config, { estimate: listen, model: "small", keypoints: model.keypoints });
  const alone: Pose[] = [];
  for (const [i, description] of texts.entries()) {
    alone.push(...await model.estimate({ frames: [frame], boxes: [boxes[i]], description }));
  }
  return { poses, alone };
}

/** Largest distance between joints of each person in two estimates, in pixels. */
function distances(a: readonly Pose[], b: readonly Pose[]): number[] {
  assert.equal(a.length, b.length);
  return a.map(({ keypoints }, p) =>
    Math.max(...keypoints.map(({ x, y }, k) => Math.hypot(x - b[p].keypoints[k].x, y - b[p].keypoints[k].y)))
  );
}

const lines = [
  { person: 9, text: jumping },
  { text: clip },
  { person: 4, text: throwing },
];

for (const device of ["webgpu", "cpu"] as const) {
  Deno.test(`datasetEstimator() on ${device} gives each person its own description, else the clip's`, async () => {
    const told = { lines, device, texts: [throwing, clip, jumping] };
    const { poses, alone } = await posed({ ...told, people: [4, 7, 9] });
    for (const distance of distances(poses, alone)) assert.ok(distance <= 1e-3, `off by ${distance}`);
    const exchanged = await posed({ ...told, people: [9, 7, 4] });
    const [first, second, third] = distances(exchanged.poses, exchanged.alone);
    assert.ok(
      first > 0.1 && second <= 1e-3 && third > 0.1,
      `${first}, ${second}, ${third}: follows the track`,
    );
  });
}

Deno.test("datasetEstimator() falls back on the data set's description, then on the visual-only path", async () => {
  const told = { people: [4, 7, 9], lines: [lines[0]] };
  const bare = await posed({ ...told, texts: [undefined, undefined, jumping] });
  for (const distance of distances(bare.poses, bare.alone)) assert.ok(distance <= 1e-3, `off by ${distance}`);
  const filled = await posed({ ...told, dataset: { description: clip }, texts: [clip, clip, jumping] });
  for (const distance of distances(filled.poses, filled.alone)) {
    assert.ok(distance <= 1e-3, `off by ${distance}`);
  }
  assert.ok(Math.min(...distances(bare.poses, filled.poses).slice(0, 2)) > 0.1);
});
