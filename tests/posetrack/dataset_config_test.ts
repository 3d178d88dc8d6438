import assert from "node:assert/strict";
import { parseDatasetConfig } from "../../posetrack/dataset_config.ts";

const file = "/data/posetrack/val.json";
const least = { annotations: "annotations/val", images: ".", results: "/out" };

Deno.test("parseDatasetConfig() fills in defaults and resolves paths against the file", () => {
  assert.deepEqual(parseDatasetConfig(least, file), {
    annotations: "/data/posetrack/annotations/val",
    images: "/data/posetrack",
    results: "/out",
    boxes: { kind: "annotations" },
    frames: "labeled",
    flipTest: true,
    tracks: "iou",
  });
});

Deno.test("parseDatasetConfig() takes every setting", () => {
  const config = parseDatasetConfig({
    ...least,
    boxes: { file: "boxes.json", threshold: 0.4 },
    frames: "all",
    flipTest: false,
    batch: 8,
    tracks: "none",
    description: "a person",
    descriptions: "texts.json",
  }, file);
  assert.deepEqual(config.boxes, { kind: "detections", file: "/data/posetrack/boxes.json", threshold: 0.4 });
  assert.deepEqual([config.frames, config.flipTest, config.batch, config.tracks], ["all", false, 8, "none"]);
  assert.deepEqual([config.description, config.descriptions], ["a person", "/data/posetrack/texts.json"]);
});

Deno.test("parseDatasetConfig() tells all faults at once", () => {
  assert.throws(
    () =>
      parseDatasetConfig({
        annotations: 3,
        images: "",
        boxes: { file: "b.json", threshold: "0.4", score: 1 },
        frames: "some",
        flipTest: 1,
        batch: 0,
        flip: true,
      }, file),
    {
      name: "TypeError",
      message:
        `Cannot read the data set ${file}: flip is unknown, expected annotations, images, boxes, results, frames, ` +
        'flipTest, batch, tracks, description, descriptions; annotations is 3, expected a path; images is "", expected ' +
        'a path; boxes.score is 1, expected no such key; boxes.threshold is "0.4", expected a number; results is ' +
        'missing, expected a path; frames is "some", expected "labeled" or "all"; flipTest is 1, expected true or false; ' +
        "batch is 0, expected a whole number from 1",
    },
  );
  assert.throws(() => parseDatasetConfig([], file), {
    message: /the document is an empty list, expected an object$/,
  });
  assert.throws(() => parseDatasetConfig({ ...least, boxes: "detector" }, file), {
    message:
      `Cannot read the data set ${file}: boxes is "detector", expected "annotations" or { "file", "threshold" }`,
  });
});
