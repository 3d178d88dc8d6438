/** Augmentation: joints and words go where the pixels go, whatever is drawn. */
import assert from "node:assert/strict";
import { keypointSetByName } from "../../people/keypoint_sets.ts";
import {
  type Augmentation,
  exchangeSides,
  paperAugmentation,
  placeSample,
} from "../../training/augmentation.ts";
import { randomSequence } from "../../training/random.ts";
import type { TrainingSample } from "../../training/samples.ts";
import { assertClose } from "../support/compare.ts";
import { uniform } from "../support/random.ts";

const keypoints = keypointSetByName("posetrack15");
const K = keypoints.keypoints.length;
const sizes = { crop: { width: 48, height: 64 }, heatmap: { width: 12, height: 16 }, keypoints };
const none: Augmentation = { rotation: 0, scale: [1, 1], flip: 0, halfBody: 0 };

function sample(seed: number): TrainingSample {
  const random = uniform(seed);
  const joints = new Float32Array(3 * K);
  for (let k = 0; k < K; k++) joints.set([30 + 40 * random(), 20 + 60 * random(), 1], 3 * k);
  return { images: [], box: [30, 20, 40, 60], joints, descriptions: ["The left arm waves."] };
}

const place = (seed: number, augmentation: Augmentation) =>
  placeSample(sample(seed), { ...sizes, augmentation, random: randomSequence(seed, 5) });

/** The image point of a heatmap position: through the crop's matrix, mirrored before it where the crop is. */
function imagePoint({ matrix, mirrored }: ReturnType<typeof place>, u: number, v: number): [number, number] {
  const across = u * 47 / 11;
  const x = mirrored ? 47 - across : across;
  const y = v * 63 / 15;
  const [m0, m1, m2, m3, m4, m5] = matrix;
  return [m0 * x + m1 * y + m2, m3 * x + m4 * y + m5];
}

Deno.test("placeSample() without augmentation keeps every joint inside the box", () => {
  const { joints, mirrored, description } = place(1, none);
  assert.equal(mirrored, false);
  assert.equal(description, "The left arm waves.");
  assert.deepEqual([...joints].filter((_, i) => i % 3 === 2), new Array(K).fill(1));
});

Deno.test("placeSample() puts joints where the crop shows them, left and right exchanged when mirrored", () => {
  const partner = keypoints.keypoints.map((_, k) => k);
  for (const [a, b] of keypoints.flipPairs) [partner[a], partner[b]] = [b, a];
  let mirroredOnes = 0;
  let inside = 0;
  for (let seed = 0; seed < 60; seed++) {
    const placed = place(seed, paperAugmentation);
    const { joints: original } = sample(seed);
    mirroredOnes += placed.mirrored ? 1 : 0;
    assert.equal(placed.description, placed.mirrored ? "The right arm waves." : "The left arm waves.");
    for (let k = 0; k < K; k++) {
      const [u, v, label] = placed.joints.subarray(3 * k, 3 * k + 3);
      if (label === 0) continue;
      inside++;
      const source = placed.mirrored ? partner[k] : k;
      assertClose(imagePoint(placed, u, v), original.subarray(3 * source, 3 * source + 2), 1e-3);
      assert(u >= 0 && u <= 11 && v >= 0 && v <= 15);
    }
  }
  assert(mirroredOnes > 15 && mirroredOnes < 45, `${mirroredOnes} of 60 mirrored`);
  assert(inside > 30 * K, `${inside} joints inside`);
});

Deno.test("placeSample() stays within the paper's rotation and scale", () => {
  const angles = [];
  const scales = [];
  for (let seed = 0; seed < 300; seed++) {
    const [m0, , , m3] = place(seed, { ...paperAugmentation, halfBody: 0 }).matrix;
    angles.push(Math.atan2(m3, m0) * 180 / Math.PI);
    scales.push(Math.hypot(m0, m3) / Math.hypot(...[0, 3].map((i) => place(seed, none).matrix[i])));
  }
  const [least, most] = [Math.min(...angles), Math.max(...angles)];
  assert(least >= -45 && least < -35 && most <= 45 && most > 35, `angles from ${least} to ${most}`);
  const [smallest, largest] = [Math.min(...scales), Math.max(...scales)];
  assert(smallest >= 0.65 - 1e-6 && smallest < 0.7 && largest <= 1.35 + 1e-6 && largest > 1.3);
});

Deno.test("placeSample() halves bodies with enough joints and leaves others whole", () => {
  const halves: Augmentation = { ...none, halfBody: 1 };
  const scaleOf = (placed: ReturnType<typeof place>) => placed.matrix[0];
  assert(scaleOf(place(3, halves)) < scaleOf(place(3, none)) + 1e-9);
  const few = { ...sample(3), joints: sample(3).joints.map((value, i) => i % 3 === 2 && i > 12 ? 0 : value) };
  const options = { ...sizes, random: randomSequence(3, 5) };
  const [a, b] = [halves, none].map((augmentation) =>
    placeSample(few, { ...options, augmentation, random: randomSequence(3, 5) })
  );
  assert.deepEqual(a.matrix, b.matrix);
});

Deno.test("placeSample() is the same for the same random numbers", () => {
  assert.deepEqual(place(9, paperAugmentation), place(9, paperAugmentation));
  assert.notDeepEqual(place(9, paperAugmentation).matrix, place(10, paperAugmentation).matrix);
});

Deno.test("exchangeSides() exchanges whole words only", () => {
  assert.equal(exchangeSides("Left of the right-hand fence"), "Right of the left-hand fence");
  assert.equal(exchangeSides("leftover bright rightmost LEFT"), "leftover bright leftmost right");
  assert.equal(exchangeSides(exchangeSides("her left hand, to the right")), "her left hand, to the right");
});
