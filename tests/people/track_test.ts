import assert from "node:assert/strict";
import type { Box } from "../../people/box.ts";
import { type KeypointSet, keypointSets } from "../../people/keypoint_sets.ts";
import type { Pose } from "../../people/pose.ts";
import { createTracker, intersectionOverUnion } from "../../people/track.ts";

function person(box: Box, keypoints: Pose["keypoints"] = []): Pose {
  return { box, keypoints, score: 1 };
}

/** A person 10 wide and 20 high at a column. */
const at = (x: number): Pose => person([x, 0, 10, 20]);

Deno.test("intersectionOverUnion() of boxes computed by hand", () => {
  assert.equal(intersectionOverUnion([0, 0, 10, 20], [0, 0, 10, 20]), 1);
  assert.equal(intersectionOverUnion([0, 0, 10, 20], [5, 0, 10, 20]), 1 / 3); // 100 / 300
  assert.equal(intersectionOverUnion([0, 0, 4, 4], [1, 1, 2, 2]), 4 / 16);
  assert.equal(intersectionOverUnion([0, 0, 4, 4], [4, 0, 4, 4]), 0);
  assert.equal(intersectionOverUnion([0, 0, 0, 0], [0, 0, 0, 0]), 0);
});

Deno.test("createTracker() keeps the ids of the others when a person leaves, in any order of the poses", () => {
  const tracker = createTracker();
  assert.deepEqual(tracker.update([at(0), at(100), at(200)], 0), [0, 1, 2]);
  assert.deepEqual(tracker.update([at(201), at(1)], 1), [2, 0]);
  assert.deepEqual(tracker.update([at(2), at(202)], 2), [0, 2]);
  assert.deepEqual(tracker.update([at(3), at(101), at(203), at(300)], 3), [0, 1, 2, 3]);
});

Deno.test("createTracker() remembers for the maximum gap and not one frame longer", () => {
  for (const [returns, expected] of [[3, 0], [4, 1]] as const) {
    const tracker = createTracker({ maximumGap: 2 });
    assert.deepEqual(tracker.update([at(0)], 0), [0]);
    for (let frame = 1; frame < returns; frame++) assert.deepEqual(tracker.update([], frame), []);
    assert.deepEqual(tracker.update([at(0)], returns), [expected]);
  }
  // Frames that were never passed count as frames without the person.
  const tracker = createTracker({ maximumGap: 2 });
  tracker.update([at(0)], 0);
  assert.deepEqual(tracker.update([at(0)], 40), [1]);
});

Deno.test("createTracker() never gives an id twice", () => {
  const tracker = createTracker({ maximumGap: 0, firstId: 5 });
  const seen = [0, 1, 2, 3].flatMap((frame) =>
    tracker.update([at(1000 * frame), at(1000 * frame + 500)], frame)
  );
  assert.deepEqual(seen, [5, 6, 7, 8, 9, 10, 11, 12]);
});

Deno.test("createTracker() matches the most similar pair first", () => {
  const tracker = createTracker({ threshold: 0.1 });
  tracker.update([at(0), at(6)], 0);
  // The pose at 5 overlaps both tracks; it fits the second better (9/11 against 1/3). The other pose, at 9, overlaps the
  // second better too, but that one is taken, and with the first's box it shares 1/19, less than the threshold.
  assert.deepEqual(tracker.update([at(9), at(5)], 1), [2, 1]);
});

Deno.test("createTracker() prefers the older track among equals", () => {
  const tracker = createTracker({ threshold: 0.1 });
  tracker.update([at(0), at(10)], 0);
  assert.deepEqual(tracker.update([at(5)], 1), [0]);
});

Deno.test("createTracker() takes a similarity of exactly the threshold", () => {
  for (const [threshold, expected] of [[1 / 3, 0], [1 / 3 + 1e-12, 1]]) {
    const tracker = createTracker({ threshold });
    tracker.update([at(0)], 0);
    assert.deepEqual(tracker.update([at(5)], 1), [expected]);
  }
});

const set: KeypointSet = { ...keypointSets.coco17, keypoints: ["nose", "left_eye"], sigmas: [0.1, 0.2] };
const points = (...xs: number[]) => xs.map((x, k) => ({ x, y: 0, score: k === 0 ? 0.9 : 0.5 }));

Deno.test("createTracker() recognises people by their keypoints where boxes cannot tell", () => {
  const box: Box = [0, 0, 10, 10];
  const tracker = createTracker({ similarity: "oks", keypoints: set });
  assert.deepEqual(tracker.update([person(box, points(0, 1)), person(box, points(9, 8))], 0), [0, 1]);
  assert.deepEqual(tracker.update([person(box, points(9, 8.5)), person(box, points(0.5, 1))], 1), [1, 0]);
});

Deno.test("createTracker() computes the keypoint similarity of the formula", () => {
  // Area 100; joint 0 is off by 2: exp(-4 / (8 * 0.01 * 100)) = exp(-0.5); joint 1 by 0: 1. Mean 0.80326…
  const similarity = (Math.exp(-0.5) + 1) / 2;
  const box: Box = [0, 0, 10, 10];
  for (const [threshold, expected] of [[similarity - 1e-12, 0], [similarity + 1e-12, 1]]) {
    const tracker = createTracker({ similarity: "oks", keypoints: set, threshold });
    tracker.update([person(box, points(0, 5))], 0);
    assert.deepEqual(tracker.update([person(box, points(2, 5))], 1), [expected]);
  }
  // Joints below the score do not count: with joint 1 (score 0.5) out, the mean is exp(-0.5) = 0.606….
  const strict = createTracker({
    similarity: "oks",
    keypoints: set,
    threshold: 0.7,
    minimumKeypointScore: 0.6,
  });
  strict.update([person(box, points(0, 5))], 0);
  assert.deepEqual(strict.update([person(box, points(2, 5))], 1), [1]);
});

Deno.test("createTracker() refuses what it cannot use", () => {
  assert.throws(() => createTracker({ threshold: 0 }), {
    name: "RangeError",
    message: "Cannot track with the threshold 0: expected a number above 0, up to 1",
  });
  assert.throws(() => createTracker({ threshold: NaN }), { name: "RangeError" });
  assert.throws(() => createTracker({ maximumGap: -1 }), { name: "RangeError" });
  assert.throws(() => createTracker({ similarity: "oks" }), {
    name: "TypeError",
    message: 'Cannot track by "oks": found no keypoint set, expected that of the poses',
  });
  const tracker = createTracker();
  tracker.update([at(0)], 3);
  assert.throws(() => tracker.update([at(0)], 3), {
    name: "RangeError",
    message: "Cannot track frame 3: expected a whole number above 3",
  });
  assert.throws(() => tracker.update([at(0), at(NaN)], 4), {
    name: "TypeError",
    message: "Cannot track pose 1 of frame 4: its box is [NaN, 0, 10, 20], expected finite numbers",
  });
  assert.deepEqual(tracker.update([at(0)], 4), [0]); // a refused frame leaves no trace
  const oks = createTracker({ similarity: "oks", keypoints: set });
  assert.throws(() => oks.update([person([0, 0, 1, 1], points(1))], 0), {
    name: "TypeError",
    message: "Cannot track pose 0 of frame 0: it has 1 keypoints, expected 2",
  });
});
