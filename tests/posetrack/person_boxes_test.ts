import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { annotatedBoxes, readDetections } from "../../posetrack/person_boxes.ts";
import { readSequenceDocument } from "../../posetrack/read_sequences.ts";
import { type Editable, poseTrack2017, poseTrack2018 } from "./documents.ts";
import { withFiles } from "./golden_cases.ts";

const detections: Editable = [
  { image_id: 7, category_id: 1, bbox: [1, 2, 3, 4], score: 0.9 },
  { image_id: 7, category_id: 1, bbox: [5, 6, 7, 8], score: 0.3 },
  { image_id: 7, category_id: 18, bbox: [5, 6, 7, 8], score: 0.99 },
  { image_id: 8, category_id: 1, bbox: [9, 9, 9, 9], score: 0.4 },
];

Deno.test("readDetections() keeps people from the threshold on, by image", () =>
  withFiles({ gt: { boxes: detections }, pred: {} }, async ({ groundTruth }) => {
    const found = await readDetections(join(groundTruth, "boxes.json"), { threshold: 0.4 });
    assert.deepEqual([...found], [
      [7, [{ box: [1, 2, 3, 4], score: 0.9 }]],
      [8, [{ box: [9, 9, 9, 9], score: 0.4 }]],
    ]);
    assert.equal((await readDetections(join(groundTruth, "boxes.json"))).get(7)?.length, 2);
  }));

for (
  const [name, change, message] of [
    [
      "a box without area",
      { bbox: [1, 2, 0, 4] },
      "[1].bbox: found width 0 and height 4, expected both to be positive",
    ],
    [
      "a box of three numbers",
      { bbox: [1, 2, 3] },
      "[1].bbox: found [1,2,3], expected [x, y, width, height]",
    ],
    ["a NaN score", { score: null }, "[1].score is null, expected a finite number"],
    ["no image id", { image_id: null }, "[1].image_id is null, expected an image id"],
  ] as const
) {
  Deno.test(`readDetections() refuses ${name}`, () => {
    const list = structuredClone(detections);
    Object.assign(list[1], change);
    return withFiles({ gt: { boxes: list }, pred: {} }, async ({ groundTruth }) => {
      const file = join(groundTruth, "boxes.json");
      await assert.rejects(readDetections(file), {
        name: "TypeError",
        message: `Cannot read ${file}: ${message}`,
      });
    });
  });
}

Deno.test("readDetections() refuses an annotation file", () =>
  withFiles({ gt: { boxes: poseTrack2018() }, pred: {} }, async ({ groundTruth }) => {
    const file = join(groundTruth, "boxes.json");
    await assert.rejects(readDetections(file), {
      message: `Cannot read ${file}: the document is an object, expected a list`,
    });
  }));

Deno.test("annotatedBoxes() takes boxes, else grown extents of the labelled joints, and leaves crowds out", () => {
  const document = poseTrack2018();
  document.annotations[2].iscrowd = 1;
  const [{ frames }] = readSequenceDocument(document, "a.json");
  assert.deepEqual(annotatedBoxes(frames[0]), [{ box: [10, 20, 200, 300], score: 1, trackId: 0 }]);

  const [{ frames: old }] = readSequenceDocument(poseTrack2017(), "b.json");
  // Joints at (1, 2.5) and (3, 4): 2 × 1.5, grown by 15 % on every side.
  const [{ box }] = annotatedBoxes(old[0]);
  [0.7, 2.275, 2.6, 1.95].forEach((value, index) => assert.ok(Math.abs(box[index] - value) <= 1e-12));
});

const file = new URL(
  "../../../shared/data/posetrack18/annotations/test_posetrack18_human_detections.json",
  import.meta.url,
)
  .pathname;

Deno.test({
  name: "readDetections() reads the real PoseTrack 2018 detections",
  ignore: !existsSync(file),
  async fn() {
    const list: { image_id: number; score: number }[] = JSON.parse(await readFile(file, "utf8"));
    const found = await readDetections(file, { threshold: 0.4 });
    const counts = (image: number) =>
      list.filter(({ image_id, score }) => image_id === image && score >= 0.4).length;
    assert.equal(found.get(10128340000)?.length, counts(10128340000));
    assert.deepEqual(found.get(10128340000)?.[0].box, [
      1475.2755126953125,
      2.719658136367798,
      96.9671630859375,
      252.88242316246033,
    ]);
  },
});
