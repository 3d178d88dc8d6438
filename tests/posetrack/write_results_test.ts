import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keypointSets } from "../../people/keypoint_sets.ts";
import type { Pose } from "../../people/pose.ts";
import { evaluateAveragePrecision, evaluateTracking } from "../../posetrack/evaluate.ts";
import { readSequenceFile } from "../../posetrack/read_sequences.ts";
import type { ResultSequence } from "../../posetrack/results.ts";
import { resultFormats, writeOpenPose, writeResults } from "../../posetrack/write_results.ts";
import { goldenCases, withFiles } from "./golden_cases.ts";

/** Numbers that need all 17 digits. */
function pose(seed: number, joints: number, trackId?: number): Pose {
  const keypoints = Array.from({ length: joints }, (_, k) => ({
    x: 100 * seed + k + 1 / 3,
    y: k * Math.PI,
    score: 1 / (k + seed + 2),
  }));
  return {
    keypoints,
    box: [0.1 + 0.2, 2, 30, 40],
    score: 2 / 3,
    ...(trackId === undefined ? {} : { trackId }),
  };
}

function sequence(name = "003418_mpii_test", set = keypointSets.posetrack15): ResultSequence {
  const K = set.keypoints.length;
  const image = (index: number, poses: Pose[]) => ({
    id: 10034180000 + index,
    fileName: `images/val/${name}/${String(index).padStart(6, "0")}.jpg`,
    poses,
  });
  return {
    name,
    keypoints: set,
    images: [image(0, [pose(1, K, 4), pose(2, K)]), image(1, []), image(2, [pose(3, K, 4)])],
  };
}

async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "results-"));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

for (const format of ["posetrack2018", "posetrack2017"] as const) {
  Deno.test(`writeResults() writes ${format} that reads back without losing a digit`, () =>
    withFolder(async (folder) => {
      const source = sequence();
      const { files, missing, unused } = await writeResults(folder, [source], { format });
      assert.deepEqual([files, missing], [
        [join(folder, "003418_mpii_test.json")],
        format === "posetrack2018" ? ["left_ear", "right_ear"] : [],
      ]);
      assert.deepEqual(unused, []);
      const [read] = await readSequenceFile(files[0]);
      assert.equal(read.format, format);
      source.images.forEach((image, index) => {
        const frame = read.frames[index];
        assert.equal(frame.fileName, image.fileName);
        assert.equal(frame.people.length, image.poses.length);
        image.poses.forEach(({ keypoints, score }, person) => {
          const found = frame.people[person];
          assert.equal(found.score, score);
          source.keypoints.keypoints.forEach((name, k) => {
            const slot = read.keypoints.indexOf(name);
            const point = found.points?.find((candidate) => candidate.slot === slot);
            assert.deepEqual([point?.x, point?.y, point?.score], [
              keypoints[k].x,
              keypoints[k].y,
              keypoints[k].score,
            ]);
          });
        });
      });
      // The second pose had no track id and got the lowest that is free.
      assert.deepEqual(read.frames.map(({ people }) => people.map(({ trackId }) => trackId)), [[4, 0], [], [
        4,
      ]]);
      assert.deepEqual(await readdir(folder), ["003418_mpii_test.json"]);
    }));
}

Deno.test("writeResults() writes what evaluates as the poses it was given", async () => {
  const golden = (await goldenCases()).find(({ case: name }) => name === "perfect");
  assert.ok(golden !== undefined);
  await withFiles(golden, async ({ groundTruth, folder }) => {
    const sequences: ResultSequence[] = [];
    for (const name of Object.keys(golden.gt)) {
      const [read] = await readSequenceFile(join(groundTruth, `${name}.json`));
      const set = keypointSets.posetrack15;
      sequences.push({
        name,
        keypoints: set,
        images: read.frames.map((frame) => ({
          id: Number(frame.imageId),
          fileName: frame.fileName,
          poses: frame.people.map(({ points, trackId }) => ({
            keypoints: set.keypoints.map((joint) => {
              const point = points?.[read.keypoints.indexOf(joint)];
              return { x: point?.x ?? NaN, y: point?.y ?? NaN, score: 0.5 };
            }),
            box: [0, 0, 1, 1],
            score: 1,
            trackId: trackId ?? NaN,
          })),
        })),
      });
    }
    for (const format of ["posetrack2018", "posetrack2017"] as const) {
      const prediction = join(folder, format);
      await writeResults(prediction, sequences, { format });
      const { metric } = await evaluateAveragePrecision({ groundTruth, prediction });
      assert.deepEqual(new Set(Object.values(metric.result().ap)), new Set([100]));
      const tracks = await evaluateTracking({ groundTruth, prediction });
      assert.deepEqual(new Set(Object.values(tracks.metric.result().mota)), new Set([100]));
    }
  });
});

Deno.test("writeResults() writes a COCO results list over all sequences", () =>
  withFolder(async (folder) => {
    const set = keypointSets.coco17;
    const { files, missing } = await writeResults(folder, [sequence("a", set), sequence("b", set)], {
      format: "coco",
    });
    assert.deepEqual([files, missing], [[join(folder, "results.json")], []]);
    const list = JSON.parse(await readFile(files[0], "utf8"));
    assert.equal(list.length, 6);
    assert.deepEqual(list[0], {
      image_id: 10034180000,
      category_id: 1,
      keypoints: pose(1, 17).keypoints.flatMap(({ x, y, score }) => [x, y, score]),
      score: 2 / 3,
      bbox: [0.30000000000000004, 2, 30, 40],
      track_id: 4,
    });
    await writeResults(folder, [], { format: "coco" });
    assert.equal(await readFile(files[0], "utf8"), "[]\n");
  }));

Deno.test("writeResults() writes OpenPose folders with neck and middle hip between their joints", () =>
  withFolder(async (folder) => {
    const { files, missing } = await writeResults(folder, [sequence()], { format: "openpose" });
    assert.deepEqual(files, [join(folder, "003418_mpii_test")]);
    assert.deepEqual(missing, [
      "right_eye",
      "left_eye",
      "right_ear",
      "left_ear",
      ...["left", "right"].flatMap((side) => [`${side}_big_toe`, `${side}_small_toe`, `${side}_heel`]),
    ]);
    assert.deepEqual(
      (await readdir(files[0])).sort(),
      [0, 1, 2].map((index) => `00000${index}_keypoints.json`),
    );
    const document = JSON.parse(await readFile(join(files[0], "000000_keypoints.json"), "utf8"));
    const values = document.people[0].pose_keypoints_2d;
    assert.equal(values.length, 75);
    const { keypoints } = pose(1, 15);
    const [left, right] = [keypoints[3], keypoints[4]]; // the shoulders of posetrack15
    assert.deepEqual(values.slice(0, 3), [keypoints[0].x, keypoints[0].y, keypoints[0].score]);
    assert.deepEqual(values.slice(3, 6), [(left.x + right.x) / 2, (left.y + right.y) / 2, right.score]);
    assert.deepEqual(values.slice(57, 60), [0, 0, 0]); // left_big_toe
    assert.deepEqual(document.people.map(({ person_id }: { person_id: number[] }) => person_id), [[4], [-1]]);
  }));

Deno.test("writeOpenPose() replaces its own folder and spares any other", () =>
  withFolder(async (folder) => {
    const target = join(folder, "clip");
    await writeOpenPose(target, sequence());
    await writeFile(join(target, "old_keypoints.json"), "{}");
    await writeOpenPose(target, sequence());
    assert.equal((await readdir(target)).length, 3);
    await writeFile(join(target, "holiday.jpg"), "");
    await assert.rejects(writeOpenPose(target, sequence()), {
      message: `Cannot write ${target}: it holds holiday.jpg, expected an empty or missing folder`,
    });
    assert.equal((await readdir(target)).length, 4);
  }));

for (const format of resultFormats) {
  Deno.test(`writeResults() leaves nothing half written: ${format}`, () =>
    withFolder(async (folder) => {
      const bad = sequence();
      bad.images[2].poses[0].keypoints[6].x = NaN;
      await assert.rejects(writeResults(folder, [bad], { format }), {
        name: "TypeError",
        message:
          "Cannot write 003418_mpii_test: right_elbow of pose 0 of images/val/003418_mpii_test/000002.jpg is " +
          `(NaN, ${6 * Math.PI}) with score ${1 / 11}, expected finite numbers`,
      });
      assert.deepEqual(await readdir(folder), []);
    }));
}

Deno.test("writeResults() keeps the earlier file when the new one fails", () =>
  withFolder(async (folder) => {
    const [file] = (await writeResults(folder, [sequence()], { format: "coco" })).files;
    const before = await readFile(file, "utf8");
    const bad = sequence();
    bad.images[2].poses[0].keypoints.pop();
    await assert.rejects(writeResults(folder, [sequence(), bad], { format: "coco" }), {
      message:
        "Cannot write 003418_mpii_test: pose 0 of images/val/003418_mpii_test/000002.jpg has 14 keypoints, " +
        "expected 15 (posetrack15)",
    });
    assert.equal(await readFile(file, "utf8"), before);
    assert.deepEqual(await readdir(folder), ["results.json"]);
  }));

Deno.test("writeResults() refuses a repeated track id and a bad box", () =>
  withFolder(async (folder) => {
    const twice = sequence();
    twice.images[0].poses[1].trackId = 4;
    await assert.rejects(writeResults(folder, [twice], { format: "posetrack2018" }), {
      name: "RangeError",
      message:
        "Cannot write 003418_mpii_test: pose 1 of images/val/003418_mpii_test/000000.jpg repeats the track id " +
        "4, expected each id once a frame",
    });
    const bad = sequence();
    bad.images[0].poses[0].box = [0, NaN, 1, 1];
    await assert.rejects(writeResults(folder, [bad], { format: "posetrack2018" }), {
      message:
        "Cannot write 003418_mpii_test: pose 0 of images/val/003418_mpii_test/000000.jpg has the box " +
        "[0, NaN, 1, 1] and the score 0.6666666666666666, expected finite numbers",
    });
  }));

Deno.test("writeResults() names a folder that cannot be", () =>
  withFolder(async (folder) => {
    await writeFile(join(folder, "taken"), "");
    const target = join(folder, "taken");
    await assert.rejects(writeResults(target, [sequence()], { format: "posetrack2018" }), {
      message: /^Cannot write .*003418_mpii_test\.json: /,
    });
    await assert.rejects(writeResults(target, [sequence()], { format: "openpose" }), {
      message: /^Cannot write .*taken\/003418_mpii_test: /,
    });
    await mkdir(join(folder, "folder", "003418_mpii_test.json"), { recursive: true });
    await assert.rejects(writeResults(join(folder, "folder"), [sequence()], { format: "posetrack2018" }));
    assert.ok(existsSync(join(folder, "folder", "003418_mpii_test.json")));
    assert.deepEqual(await readdir(join(folder, "folder")), ["003418_mpii_test.json"]);
  }));
