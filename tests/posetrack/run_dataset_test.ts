import assert from "node:assert/strict";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { keypointSets } from "../../people/keypoint_sets.ts";
import type { Pose } from "../../people/pose.ts";
import { type DatasetConfig, parseDatasetConfig } from "../../posetrack/dataset_config.ts";
import type { PoseEstimator, SequenceJob } from "../../posetrack/estimate_sequence.ts";
import { evaluateAveragePrecision, evaluateKeypointSimilarity } from "../../posetrack/evaluate.ts";
import { readSequences } from "../../posetrack/read_sequences.ts";
import { type DatasetProgress, runDataset } from "../../posetrack/run_dataset.ts";
import { type Editable, poseTrack2017, poseTrack2018 } from "./documents.ts";
import { withFiles } from "./golden_cases.ts";

/** An "estimator" that knows the answer: the annotated joints, one pose per annotated box. */
async function* copyAnnotations({ frames, sequence }: SequenceJob): AsyncGenerator<Pose[]> {
  for (const { frame, boxes, wanted, imagePath } of frames) {
    if (!wanted) continue;
    await stat(imagePath);
    yield boxes.map(({ box }, index) => ({
      box,
      score: 0.5,
      keypoints: keypointSets.posetrack15.keypoints.map((name) => {
        const slot = sequence.keypoints.indexOf(name);
        const point = frame.people[index].points?.find((candidate) => candidate.slot === slot);
        return { x: point?.x ?? -1, y: point?.y ?? -1, score: 0.5 };
      }),
    }));
  }
}

const common = { model: "weights 1", keypoints: keypointSets.posetrack15, estimate: copyAnnotations };

/** A data set of a 2018 file, a 2017 file and a 2018 file with an empty frame, with its images. */
async function withDataset(use: (config: DatasetConfig, folder: string) => Promise<void>): Promise<void> {
  const third = poseTrack2018();
  third.annotations.splice(1, 1); // nobody in the second frame
  const gt = { a: poseTrack2018(), b: poseTrack2017(), c: third };
  await withFiles({ gt, pred: {} }, async ({ folder, groundTruth }) => {
    for await (const { frames } of readSequences(groundTruth)) {
      for (const { fileName } of frames) {
        await mkdir(join(folder, dirname(fileName)), { recursive: true });
        await writeFile(join(folder, fileName), "");
      }
    }
    const config = { annotations: "gt", images: ".", results: "results" };
    await use(parseDatasetConfig(config, join(folder, "dataset.json")), folder);
  });
}

Deno.test("runDataset() writes one result per annotation file, in its format, that evaluates", () =>
  withDataset(async (config) => {
    const steps: DatasetProgress[] = [];
    const run = await runDataset(config, { ...common, onProgress: (progress) => steps.push(progress) });
    assert.deepEqual(run, { results: config.results, resumed: 0, estimated: 3, frames: 5 });
    assert.deepEqual((await readdir(config.results)).sort(), [
      ".lapose-run.json",
      "a.json",
      "b.json",
      "c.json",
    ]);
    const folders = { groundTruth: config.annotations, prediction: config.results };
    const { ap, frames } = (await evaluateAveragePrecision(folders)).metric.result();
    assert.equal(frames, 5);
    assert.equal(ap.right_ankle, 100); // annotated for all eight people
    // left_hip: not annotated for the three people of b.json, where it is a false positive. All scores are equal, so in
    // input order: 3 right, 3 wrong, 2 right of 5. Area 3/5 · 1 + 2/5 · 5/8 = 0.85.
    assert.ok(ap.left_hip !== null && Math.abs(ap.left_hip - 85) <= 1e-9);
    assert.deepEqual(steps.map(({ framesDone }) => framesDone), [1, 2, 2, 3, 4, 4, 5, 5]);
    assert.deepEqual(steps.at(-1), { sequence: "c", framesDone: 5, frames: 5, filesDone: 3, files: 3 });
    const tracks: (number | undefined)[][] = [];
    for await (const { frames } of readSequences(config.results)) {
      tracks.push(...frames.map(({ people }) => people.map(({ trackId }) => trackId)));
    }
    // Annotated boxes of a.json overlap almost wholly; ids still hold: the first pose is the first person.
    assert.deepEqual(tracks, [[0, 1], [0], [0, 1], [0], [0, 1], []]);
  }));

/** Fails when it meets a sequence. */
function failingAt(name: string): PoseEstimator {
  return async function* (job) {
    if (job.sequence.name === name) throw new Error("killed");
    yield* copyAnnotations(job);
  };
}

Deno.test("runDataset() continues where a run was killed and redoes nothing", () =>
  withDataset(async (config) => {
    await assert.rejects(runDataset(config, { ...common, estimate: failingAt("b") }), { message: "killed" });
    assert.deepEqual((await readdir(config.results)).sort(), [".lapose-run.json", "a.json"]);
    // A kill in the middle of writing leaves a partial file; it is swept away.
    await writeFile(join(config.results, ".b.json.partial-123"), '{"images":');
    const before = await stat(join(config.results, "a.json"));
    const seen: string[] = [];
    const steps: DatasetProgress[] = [];
    const run = await runDataset(config, {
      ...common,
      onProgress: (progress) => steps.push(progress),
      async *estimate(job) {
        seen.push(job.sequence.name);
        yield* copyAnnotations(job);
      },
    });
    assert.deepEqual(seen, ["b", "c"]);
    assert.deepEqual(run, { results: config.results, resumed: 1, estimated: 2, frames: 3 });
    assert.deepEqual([steps[0].framesDone, steps[0].frames, steps[0].filesDone], [1, 3, 1]);
    assert.equal((await stat(join(config.results, "a.json"))).mtimeMs, before.mtimeMs);
    assert.deepEqual((await readdir(config.results)).sort(), [
      ".lapose-run.json",
      "a.json",
      "b.json",
      "c.json",
    ]);
    assert.equal((await runDataset(config, { ...common, estimate: failingAt("a") })).resumed, 3);
  }));

Deno.test("runDataset() redoes a result that is broken or of another length", () =>
  withDataset(async (config) => {
    await runDataset(config, common);
    const text = await readFile(join(config.results, "a.json"), "utf8");
    await writeFile(join(config.results, "a.json"), text.slice(0, 100));
    const shorter: Editable = JSON.parse(await readFile(join(config.results, "b.json"), "utf8"));
    shorter.annolist.pop();
    await writeFile(join(config.results, "b.json"), JSON.stringify(shorter));
    const run = await runDataset(config, common);
    assert.deepEqual([run.resumed, run.estimated], [1, 2]);
    assert.equal(await readFile(join(config.results, "a.json"), "utf8"), text);
  }));

Deno.test("runDataset() does not mix models or settings unless asked to start afresh", () =>
  withDataset(async (config) => {
    await runDataset(config, common);
    await assert.rejects(runDataset({ ...config, flipTest: false }, { ...common, model: "weights 2" }), {
      message:
        `Cannot continue the run in ${config.results}: model was "weights 1" and is "weights 2"; flipTest was ` +
        "true and is false; expected the same, another results folder, or a fresh start",
    });
    const run = await runDataset(config, { ...common, model: "weights 2", fresh: true });
    assert.deepEqual([run.resumed, run.estimated], [0, 3]);
    await rm(join(config.results, ".lapose-run.json"));
    await assert.rejects(runDataset(config, common), {
      message:
        `Cannot start a run in ${config.results}: it holds JSON files of another origin, expected an empty or ` +
        "missing folder",
    });
  }));

Deno.test("runDataset() names all missing images before it estimates anything", () =>
  withDataset(async (config, folder) => {
    await rm(join(folder, "images"), { recursive: true });
    let called = false;
    await assert.rejects(
      runDataset(config, {
        ...common,
        // deno-lint-ignore require-yield -- must never be called
        async *estimate() {
          called = true;
        },
      }),
      {
        message:
          /^Cannot find the images under .*: 4 images are missing:(\n {2}images\/val\/003418_mpii_test\/00000[01]\.jpg){4}$/,
      },
    );
    assert.equal(called, false);
  }));

Deno.test("runDataset() checks what the estimator yields", () =>
  withDataset(async (config) => {
    const cases: [PoseEstimator, RegExp][] = [
      [async function* () {
        yield await Promise.resolve([]);
      }, /^Cannot run over a: images\/val\/.*000000.jpg has 0 poses, expected 2, one per box$/],
      [async function* (job) {
        for await (const poses of copyAnnotations(job)) {
          yield poses;
          break;
        }
      }, /^Cannot run over a: found 1 frames of poses, expected 2$/],
      [async function* (job) {
        yield* copyAnnotations(job);
        yield [];
      }, /^Cannot run over a: found more than 2 frames of poses$/],
    ];
    for (const [estimate, message] of cases) {
      await assert.rejects(runDataset(config, { ...common, estimate }), { name: "RangeError", message });
    }
    assert.deepEqual(await readdir(config.results), [".lapose-run.json"]);
  }));

Deno.test("runDataset() takes boxes of a detection file, from the threshold on, and all frames if asked", () =>
  withDataset(async (config, folder) => {
    await writeFile(
      join(folder, "boxes.json"),
      JSON.stringify([
        { image_id: 10034180000, category_id: 1, bbox: [1, 2, 30, 40], score: 0.9 },
        { image_id: 10034180001, category_id: 1, bbox: [1, 2, 30, 40], score: 0.2 },
      ]),
    );
    const boxes = { kind: "detections", file: join(folder, "boxes.json"), threshold: 0.5 } as const;
    const jobs: SequenceJob[] = [];
    await runDataset({ ...config, boxes, frames: "all" }, {
      ...common,
      async *estimate(job) {
        jobs.push(job);
        for (const { boxes } of job.frames) {
          const keypoints = keypointSets.posetrack15.keypoints.map(() => ({ x: 1, y: 2, score: 0.5 }));
          yield await Promise.resolve(boxes.map(({ box, score }) => ({ box, score, keypoints })));
        }
      },
    });
    const [first, , third] = jobs;
    assert.deepEqual(first.frames.map(({ boxes }) => boxes.map(({ box }) => box)), [[[1, 2, 30, 40]], []]);
    assert.deepEqual(third.frames.map(({ wanted }) => wanted), [true, true]);
  }));

Deno.test("runDataset() writes a COCO results list for a COCO file", () => {
  const document = poseTrack2018();
  document.categories[0].keypoints = [...keypointSets.coco17.keypoints];
  document.images.forEach((image: Editable, index: number) => image.file_name = `${index}.jpg`);
  return withFiles({ gt: { val: document }, pred: {} }, async ({ folder, groundTruth }) => {
    for (const index of [0, 1]) await writeFile(join(folder, `${index}.jpg`), "");
    const config = parseDatasetConfig(
      { annotations: "gt/val.json", images: ".", results: "results" },
      join(folder, "dataset.json"),
    );
    await runDataset(config, {
      ...common,
      keypoints: keypointSets.coco17,
      async *estimate({ frames }) {
        for (const { frame } of frames) {
          yield await Promise.resolve(frame.people.map(({ points = [], box = [0, 0, 1, 1] }) => ({
            box,
            score: 0.9,
            keypoints: points.map(({ x, y }) => ({ x, y, score: 0.9 })),
          })));
        }
      },
    });
    const { metric } = await evaluateKeypointSimilarity({ groundTruth, prediction: config.results });
    assert.ok(Math.abs((metric.result().AP ?? NaN) - 100) <= 1e-9);
  });
});
