import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { keypointSets } from "../../people/keypoint_sets.ts";
import { listAnnotationFiles, readSequenceDocument, readSequences } from "../../posetrack/read_sequences.ts";
import { type Editable, poseTrack2017, poseTrack2018 } from "./documents.ts";
import { withFiles } from "./golden_cases.ts";

const file = "val/003418_mpii_test.json";

Deno.test("readSequenceDocument() reads a PoseTrack 2018 file", () => {
  const [sequence, ...others] = readSequenceDocument(poseTrack2018(), file);
  assert.equal(others.length, 0);
  const { name, format, video, keypoints, frames } = sequence;
  assert.deepEqual([name, format, video], ["003418_mpii_test", "posetrack2018", "003418"]);
  assert.deepEqual(keypoints, keypointSets.posetrack17.keypoints);
  assert.deepEqual(frames.map(({ imageId, people }) => [imageId, people.length]), [[10034180000, 2], [
    10034180001,
    1,
  ]]);
  assert.deepEqual(frames[0].ignoreRegions, [{ x: [0, 9, 9], y: [0, 0, 9] }, { x: [], y: [] }]);
  assert.equal(frames[0].isLabeled, true);
  const second = frames[0].people[1]; // annotations[2]: the order of the file, not of the ids
  assert.equal(second.place, "annotations[2]");
  assert.equal(second.trackId, 1);
  assert.deepEqual(second.box, [11, 20, 200, 300]);
  assert.deepEqual(second.headBox, [10, 20, 40, 60]); // corners of [10, 20, 30, 40]
  assert.deepEqual(second.points?.[5], { slot: 5, x: 105, y: 5.25, visibility: 1, score: 0.05 });
  assert.deepEqual(second.points?.[3], { slot: 3, x: 0, y: 0, visibility: 0, score: 0.03 });
});

Deno.test("readSequenceDocument() reads a PoseTrack 2017 file", () => {
  const [{ format, video, frames, keypoints }] = readSequenceDocument(poseTrack2017(), "a/000001_bonn.json");
  assert.deepEqual([format, video], ["posetrack2017", "000001"]);
  assert.equal(keypoints[12], "head_bottom");
  assert.deepEqual(frames[0].ignoreRegions, [{ x: [0, 9, 9], y: [0, 0, 9] }]);
  const { headBox, trackId, points } = frames[0].people[1];
  assert.deepEqual([headBox, trackId], [[10, 20, 40, 60], 1]);
  assert.deepEqual(points, [{ slot: 0, x: 101, y: 2.5, visibility: 1, score: 0.5 }, {
    slot: 13,
    x: 3,
    y: 4,
  }]);
});

Deno.test("readSequenceDocument() tells PoseTrack21 by its own fields and keeps person ids", () => {
  const document = poseTrack2018();
  document.annotations[0].person_id = 1024;
  document.images[1].is_labeled = false;
  document.images[1].has_labeled_person = true;
  const [{ format, frames }] = readSequenceDocument(document, file);
  assert.equal(format, "posetrack21");
  assert.equal(frames[0].people[0].personId, 1024);
  assert.equal(frames[1].isLabeled, false);
});

Deno.test("readSequenceDocument() reads PoseTrack21 results without categories", () => {
  const document = poseTrack2018();
  delete document.categories;
  const [{ keypoints }] = readSequenceDocument(document, file);
  assert.deepEqual(keypoints, keypointSets.posetrack17.keypoints);
});

Deno.test("readSequenceDocument() reads COCO keypoints with crowds and areas", () => {
  const document = poseTrack2018();
  document.categories[0].keypoints = [...keypointSets.coco17.keypoints];
  document.images.forEach((image: Editable, index: number) => {
    image.file_name = `${index}.jpg`;
    Object.assign(image, { width: 640, height: 480 });
  });
  Object.assign(document.annotations[0], {
    iscrowd: 1,
    area: 1234.5,
    num_keypoints: 3,
    bbox_head: [0, 0, 1, 1],
  });
  const [{ format, frames }] = readSequenceDocument(document, "person_keypoints_val2017.json");
  assert.equal(format, "coco");
  const { isCrowd, area, keypointCount } = frames[0].people[0];
  assert.deepEqual([isCrowd, area, keypointCount], [true, 1234.5, 3]);
  assert.deepEqual([frames[0].width, frames[0].height, frames[0].fileName], [640, 480, "0.jpg"]);
});

Deno.test("readSequenceDocument() parts the videos of one file", () => {
  const document = poseTrack2018();
  document.images[0].file_name = "images/val/000007_bonn_test/000000.jpg";
  const sequences = readSequenceDocument(document, "posetrack18_val.json");
  assert.deepEqual(sequences.map(({ video, frames }) => [video, frames.length]), [["000007", 1], [
    "003418",
    1,
  ]]);
});

Deno.test("readSequenceDocument() drops annotations of unknown images, as poseval does", () => {
  const document = poseTrack2018();
  document.annotations[1].image_id = 5;
  const [{ frames }] = readSequenceDocument(document, file);
  assert.deepEqual(frames.map(({ people }) => people.length), [2, 0]);
});

// deno-fmt-ignore -- one case a line
const bad2018: [name: string, breakIt: (document: Editable) => void, message: string][] = [
  ["an unknown keypoint name", (d) => d.categories[0].keypoints[4] = "left_horn", 'in categories[0], keypoints[4] is "left_horn", expected a joint name such as "left_ankle"'],
  ["two unknown keypoint names at once", (d) => Object.assign(d.categories[0].keypoints, { 0: "snout", 2: 7 }), 'in categories[0], keypoints[0] is "snout", expected a joint name such as "left_ankle"; keypoints[2] is 7, expected a joint name such as "left_ankle"'],
  ["a repeated keypoint name", (d) => d.categories[0].keypoints[4] = "nose", 'in categories[0], keypoints[4] repeats "nose", expected each joint once'],
  ["two categories", (d) => d.categories.push({ id: 2, name: "dog" }), 'categories is a list of 2, expected exactly one category, "person"'],
  ["another category", (d) => d.categories[0].name = "dog", 'categories[0].name is "dog", expected "person"'],
  ["a NaN score", (d) => d.annotations[2].scores[6] = "NaN", "annotations[2].scores[6] is NaN, expected a finite number"],
  ["a null score", (d) => d.annotations[2].scores[6] = null, "annotations[2].scores[6] is null, expected a finite number"],
  ["a NaN person score", (d) => d.annotations[1].score = "NaN", "annotations[1].score is NaN, expected a finite number"],
  ["too few scores", (d) => d.annotations[0].scores.pop(), "annotations[0].scores is a list of 16, expected a list of 17 numbers"],
  ["a missing keypoint number", (d) => d.annotations[0].keypoints.pop(), "annotations[0].keypoints is a list of 50, expected a list of 51 numbers"],
  ["a NaN coordinate", (d) => d.annotations[1].keypoints[4] = "NaN", "annotations[1].keypoints[4] is NaN, expected a finite number"],
  ["no keypoints", (d) => delete d.annotations[1].keypoints, "annotations[1].keypoints is missing, expected a list"],
  ["no images", (d) => d.images = {}, "images is an object, expected a list"],
  ["no annotations", (d) => delete d.annotations, "annotations is missing, expected a list"],
  ["no image id", (d) => delete d.images[1].id, "images[1].id is missing, expected an image id"],
  ["no file name", (d) => delete d.images[1].file_name, "images[1].file_name is missing, expected a non-empty string"],
  ["an empty head box", (d) => d.annotations[2].bbox_head = [], "annotations[2].bbox_head is an empty list, expected a list of 4 numbers"],
  ["a null head box", (d) => d.annotations[2].bbox_head = null, "annotations[2].bbox_head is null, expected a list"],
  ["a polygon of two points", (d) => Object.assign(d.images[1], { ignore_regions_x: [[0, 1, 2], [1, 2]], ignore_regions_y: [[0, 1, 0], [1, 2]] }), "images[1].ignore_regions_x[1] is a polygon of 2 points, expected at least 3"],
  ["a polygon of one point", (d) => Object.assign(d.images[0], { ignore_regions_x: [[1]], ignore_regions_y: [[1]] }), "images[0].ignore_regions_x[0] is a polygon of 1 point, expected at least 3"],
  ["region lists of two lengths", (d) => d.images[0].ignore_regions_y.pop(), "images[0].ignore_regions_y is a list of 1, expected a list of 2, as ignore_regions_x"],
  ["a region of two lengths", (d) => d.images[0].ignore_regions_y[0].pop(), "images[0].ignore_regions_y[0] is a list of 2, expected a list of 3 numbers"],
  ["a track id that is no integer", (d) => d.annotations[0].track_id = 1.5, "annotations[0].track_id is 1.5, expected an integer"],
  ["an annotation that is no object", (d) => d.annotations[0] = 3, "annotations[0] is 3, expected an object"],
];

// deno-fmt-ignore -- one case a line
const bad2017: [name: string, breakIt: (document: Editable) => void, message: string][] = [
  ["no people list", (d) => delete d.annolist[1].annorect, "annolist[1].annorect is missing, expected a list"],
  ["a NaN score", (d) => d.annolist[0].annorect[1].annopoints[0].point[0].score = ["NaN"], "annolist[0].annorect[1].annopoints[0].point[0].score is NaN, expected a finite number"],
  ["a point without a row", (d) => delete d.annolist[1].annorect[0].annopoints[0].point[1].y, "annolist[1].annorect[0].annopoints[0].point[1].y is missing, expected a finite number"],
  ["a polygon of two points", (d) => d.annolist[0].ignore_regions[0].point.pop(), "annolist[0].ignore_regions[0] is a polygon of 2 points, expected at least 3"],
  ["a list that is none", (d) => d.annolist = 4, "annolist is 4, expected a list"],
];

for (
  const [format, make, cases] of [["2018", poseTrack2018, bad2018], ["2017", poseTrack2017, bad2017]] as const
) {
  for (const [name, breakIt, message] of cases) {
    Deno.test(`readSequenceDocument() refuses ${name} (${format})`, () => {
      const document = make();
      breakIt(document);
      assert.throws(() => readSequenceDocument(document, file), {
        name: "TypeError",
        message: `Cannot read ${file}: ${message}`,
      });
    });
  }
}

Deno.test("readSequenceDocument() refuses repeated ids, all of them at once", () => {
  const document = poseTrack2018();
  document.annotations.forEach((annotation: Editable) => annotation.id = 7);
  assert.throws(() => readSequenceDocument(document, file), {
    name: "RangeError",
    message:
      `Cannot read ${file}: annotations[0] and annotations[1] share the id 7; annotations[0] and annotations[2] ` +
      "share the id 7, expected each id once",
  });
  const images = poseTrack2018();
  images.images[1].id = images.images[0].id;
  assert.throws(() => readSequenceDocument(images, file), {
    name: "RangeError",
    message: `Cannot read ${file}: images[0] and images[1] share the id 10034180000, expected each id once`,
  });
});

Deno.test("readSequenceDocument() refuses a document of another kind", () => {
  assert.throws(() => readSequenceDocument({ data: [] }, file), {
    message:
      `Cannot read ${file}: images is missing, expected an annotation file with \`annolist\` (2017) or ` +
      "`images` (2018, 21, COCO)",
  });
  assert.throws(() => readSequenceDocument([], file), {
    message: `Cannot read ${file}: the document is an empty list, expected an object`,
  });
});

Deno.test("readSequenceDocument() looks at regions of frames without people and of predictions leniently", () => {
  const document = poseTrack2018();
  Object.assign(document.images[1], { ignore_regions_x: [[1, 2]], ignore_regions_y: [[1, 2]] });
  assert.throws(() => readSequenceDocument(document, file));
  assert.deepEqual(readSequenceDocument(document, file, { regions: false })[0].frames[1].ignoreRegions, []);
  document.annotations.splice(1, 1);
  assert.deepEqual(readSequenceDocument(document, file)[0].frames[1].ignoreRegions, [{
    x: [1, 2],
    y: [1, 2],
  }]);
});

Deno.test("readSequences() reads one file at a time, by name", () =>
  withFiles({ gt: { b: '{"annolist":[', a: poseTrack2018() }, pred: {} }, async ({ groundTruth }) => {
    const sequences = readSequences(groundTruth);
    const first = await sequences.next();
    assert.equal(first.value?.name, "a"); // the broken second file has not been touched yet
    await assert.rejects(sequences.next(), { name: "SyntaxError" });
  }));

Deno.test("listAnnotationFiles() says what is wrong with a folder", () =>
  withFiles({ gt: {}, pred: {} }, async ({ groundTruth, folder }) => {
    await assert.rejects(listAnnotationFiles(groundTruth), {
      message:
        `Cannot read annotations from ${groundTruth}: the folder has no .json file, expected one per sequence`,
    });
    const nowhere = join(folder, "nowhere");
    await assert.rejects(listAnnotationFiles(nowhere), {
      message: `Cannot read annotations from ${nowhere}: no such file or folder`,
    });
  }));

const samples = new URL("../../../shared/data/posetrack18/annotations/val", import.meta.url).pathname;

Deno.test({
  name: "readSequences() reads the real PoseTrack 2018 samples",
  ignore: !existsSync(samples),
  async fn() {
    const sequences = await Array.fromAsync(readSequences(samples));
    // Counted in the files by other means: 11 people and 1 person, of whom the first have 11 labelled joints each.
    assert.deepEqual(sequences.map(({ name, format, frames }) => [name, format, frames[0].people.length]), [
      ["003418_mpii_test", "posetrack2018", 1],
      ["012834_mpii_test", "posetrack2018", 11],
    ]);
    for (const { frames } of sequences) {
      const [{ keypointCount, points, headBox }] = frames[0].people;
      assert.equal(keypointCount, 11);
      assert.equal(points?.filter(({ visibility }) => (visibility ?? 0) > 0).length, 11);
      assert.ok(headBox !== undefined && frames[0].ignoreRegions.length > 0);
    }
  },
});
