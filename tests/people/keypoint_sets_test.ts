import assert from "node:assert/strict";
import { convertKeypoints, keypointSetByName, keypointSets } from "../../people/keypoint_sets.ts";

const { posetrack15, posetrack17, coco17, mpii16, body25 } = keypointSets;

function named(
  set: { keypoints: readonly string[] },
  pairs: readonly (readonly [number, number])[],
): string[] {
  return pairs.map(([a, b]) => `${set.keypoints[a]}|${set.keypoints[b]}`);
}

Deno.test("keypointSets sizes and names", () => {
  for (const [name, set] of Object.entries(keypointSets)) {
    assert.equal(set.name, name);
    assert.equal(new Set(set.keypoints).size, set.keypoints.length);
    assert.equal(set.sigmas.length, set.keypoints.length);
  }
  assert.deepEqual(Object.entries(keypointSets).map(([name, set]) => [name, set.keypoints.length]), [
    ["posetrack15", 15],
    ["posetrack17", 17],
    ["coco17", 17],
    ["mpii16", 16],
    ["body25", 25],
  ]);
});

Deno.test("keypointSets orders of PoseTrack 2018 and COCO files", () => {
  const body = [
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
  ];
  assert.deepEqual(posetrack15.keypoints, ["nose", "head_bottom", "head_top", ...body]);
  assert.deepEqual(posetrack17.keypoints, [
    "nose",
    "head_bottom",
    "head_top",
    "left_ear",
    "right_ear",
    ...body,
  ]);
  assert.deepEqual(coco17.keypoints, ["nose", "left_eye", "right_eye", "left_ear", "right_ear", ...body]);
});

Deno.test("keypointSets flip pairs cover every left and right joint once", () => {
  for (const set of Object.values(keypointSets)) {
    const sided = set.keypoints.filter((joint) => /^(left|right)_/.test(joint));
    const paired = set.flipPairs.flat().map((index) => set.keypoints[index]);
    assert.deepEqual([...paired].sort(), [...sided].sort(), set.name);
    for (const pair of named(set, set.flipPairs)) assert.match(pair, /^left_(\w+)\|right_\1$/);
  }
  assert.deepEqual(coco17.flipPairs, [[1, 2], [3, 4], [5, 6], [7, 8], [9, 10], [11, 12], [13, 14], [15, 16]]);
});

Deno.test("keypointSets limbs join existing joints into one body", () => {
  for (const set of Object.values(keypointSets)) {
    const reached = new Set([set.limbs[0][0]]);
    for (let round = 0; round < set.limbs.length; round++) {
      for (const [a, b] of set.limbs) {
        assert.ok(a >= 0 && b >= 0 && a !== b, set.name);
        if (reached.has(a) || reached.has(b)) reached.add(a).add(b);
      }
    }
    const left = set.keypoints.filter((_, index) => !reached.has(index));
    assert.deepEqual(left, set.name === "posetrack17" ? ["left_ear", "right_ear"] : [], set.name);
  }
});

Deno.test("keypointSets sigmas of COCO are those of its evaluation code", () => {
  // cocodataset.org, "Keypoint evaluation": the per-keypoint constants divided by 10 in its Python code.
  const published = [.26, .25, .25, .35, .35, .79, .79, .72, .72, .62, .62, 1.07, 1.07, .87, .87, .89, .89];
  coco17.sigmas.forEach((sigma, index) => assert.ok(Math.abs(sigma - published[index] / 10) <= 1e-15));
  for (const set of Object.values(keypointSets)) {
    for (const sigma of set.sigmas) assert.ok(sigma > 0 && sigma < 0.2, set.name);
  }
});

Deno.test("convertKeypoints() finds every joint of the same set", () => {
  for (const set of Object.values(keypointSets)) {
    const { sources, missing, unused } = convertKeypoints(set, set);
    assert.deepEqual(sources, set.keypoints.map((_, index) => [index]));
    assert.deepEqual([missing, unused], [[], []]);
  }
});

Deno.test("convertKeypoints() tells what COCO lacks for PoseTrack and what it leaves", () => {
  const { sources, missing, unused } = convertKeypoints(coco17, posetrack15);
  assert.deepEqual(missing, ["head_bottom", "head_top"]);
  assert.deepEqual(unused, ["left_eye", "right_eye", "left_ear", "right_ear"]);
  assert.deepEqual(sources[posetrack15.keypoints.indexOf("right_ankle")], [16]);
  assert.deepEqual(sources[1], []);
});

Deno.test("convertKeypoints() takes MPII's upper neck for PoseTrack's head bottom", () => {
  const { sources, missing, unused } = convertKeypoints(mpii16, posetrack15);
  assert.deepEqual(sources[1], [8]);
  assert.deepEqual(missing, ["nose"]);
  assert.deepEqual(unused, ["pelvis", "thorax"]);
});

Deno.test("convertKeypoints() builds BODY_25's neck and middle hip as midpoints", () => {
  const { sources, missing } = convertKeypoints(coco17, body25);
  assert.deepEqual(sources[1], [5, 6]);
  assert.deepEqual(sources[8], [11, 12]);
  assert.deepEqual(missing, body25.keypoints.slice(19));
  assert.deepEqual(convertKeypoints(body25, posetrack15).missing, ["head_bottom", "head_top"]);
});

Deno.test("keypointSetByName() refuses an unknown name", () => {
  assert.equal(keypointSetByName("mpii16"), mpii16);
  for (const name of ["mpii", "toString", ""]) {
    assert.throws(() => keypointSetByName(name), {
      name: "RangeError",
      message:
        `Cannot find the keypoint set "${name}": expected one of posetrack15, posetrack17, coco17, mpii16, body25`,
    });
  }
});
