/**
 * Augmentation: rotation, scale, truncation to half a body and flipping, all as one affine map that the frames of a
 * window share, with the joints and the words that go along.
 */
import type { Box } from "../people/box.ts";
import { cropTransform, type Extent } from "../people/crop_geometry.ts";
import type { KeypointSet } from "../people/keypoint_sets.ts";
import type { TrainingSample } from "./samples.ts";

/** How strongly samples are changed; the defaults are the paper's where it says. */
export interface Augmentation {
  /** Largest rotation in degrees, either way. */
  readonly rotation: number;
  /** Smallest and largest enlargement of the crop. */
  readonly scale: readonly [number, number];
  /** Probability of a mirrored sample. */
  readonly flip: number;
  /** Probability that the crop shows the upper or the lower half of the body alone. */
  readonly halfBody: number;
}

/** The paper's: ±45°, 0.65 to 1.35, flipping and truncation, whose probabilities are ViTPose's. */
export const paperAugmentation: Augmentation = {
  rotation: 45,
  scale: [0.65, 1.35],
  flip: 0.5,
  halfBody: 0.3,
};

/** A sample as the model will see it. */
export interface PlacedSample {
  /** Crop pixel → image pixel, before mirroring. */
  readonly matrix: readonly number[];
  /** Whether the crop is mirrored. */
  readonly mirrored: boolean;
  /** `[K, 3]`: x, y in heatmap pixels, and 1 for a labelled joint inside the crop, 0 otherwise. */
  readonly joints: Float32Array;
  /** One of the descriptions; left and right exchanged where the crop is mirrored. */
  readonly description: string;
}

/** Options of {@linkcode placeSample}. */
export interface PlaceSampleOptions {
  /** Size of the crop in pixels. */
  crop: Extent;
  /** Size of a heatmap in pixels. */
  heatmap: Extent;
  /** The model's keypoints. */
  keypoints: KeypointSet;
  /** How strongly the sample is changed. */
  augmentation: Augmentation;
  /** Draws uniform numbers in [0, 1); always as many. */
  random: () => number;
}

/** Enlargement of a box about its centre, as at inference. */
const padding = 1.25;
/** Labelled joints that a body must have to be halved, and each half; the half's box grows by this factor. */
const half = { body: 8, part: 3, growth: 1.2 };
const upperBody = /nose|head|ear|eye|neck|thorax|shoulder|elbow|wrist/;

/**
 * Places a sample's crop at random.
 *
 * @param sample The sample.
 * @param options Sizes, strength and random numbers.
 * @returns Map, joints and description.
 */
export function placeSample(sample: TrainingSample, options: PlaceSampleOptions): PlacedSample {
  const { crop, heatmap, keypoints, augmentation, random } = options;
  // All are drawn before any is used, so that one choice does not move the others.
  const [turn, size, mirror, truncate, part, said] = Array.from({ length: 6 }, random);
  const mirrored = mirror < augmentation.flip;
  const box = truncate < augmentation.halfBody
    ? halfBody(sample, keypoints, part < 0.5) ?? sample.box
    : sample.box;
  const [smallest, largest] = augmentation.scale;
  const transform = cropTransform(box, {
    ...crop,
    rotation: augmentation.rotation * (2 * turn - 1),
    padding: padding * (smallest + (largest - smallest) * size),
  });
  const joints = new Float32Array(sample.joints.length);
  const target = partners(keypoints, mirrored);
  const [m0, m1, m2, m3, m4, m5] = transform.inverse;
  for (let k = 0; k < joints.length / 3; k++) {
    const [x, y, label] = sample.joints.subarray(3 * k, 3 * k + 3);
    if (label === 0) continue;
    const across = m0 * x + m1 * y + m2;
    const u = (mirrored ? crop.width - 1 - across : across) * (heatmap.width - 1) / (crop.width - 1);
    const v = (m3 * x + m4 * y + m5) * (heatmap.height - 1) / (crop.height - 1);
    const inside = u >= 0 && v >= 0 && u <= heatmap.width - 1 && v <= heatmap.height - 1;
    if (inside) joints.set([u, v, 1], 3 * target[k]);
  }
  const text = sample.descriptions[Math.floor(said * sample.descriptions.length)];
  const description = mirrored ? exchangeSides(text) : text;
  return { matrix: transform.matrix, mirrored, joints, description };
}

/**
 * Exchanges the words left and right: a mirrored person waves the other hand.
 *
 * @param text English text.
 * @returns The text of the mirrored picture.
 */
export function exchangeSides(text: string): string {
  const other: Record<string, string> = { left: "right", right: "left", Left: "Right", Right: "Left" };
  return text.replace(
    /\b(?:left|right)(?=\b|ward|most|-)/gi,
    (word) => other[word] ?? other[word.toLowerCase()],
  );
}

/** Which joint each joint is called in the (mirrored) crop. */
function partners({ keypoints, flipPairs }: KeypointSet, mirrored: boolean): number[] {
  const target = keypoints.map((_, k) => k);
  if (mirrored) { for (const [a, b] of flipPairs) [target[a], target[b]] = [b, a]; }
  return target;
}

/** A box around the upper or the lower body alone; undefined where too few joints are labelled. */
function halfBody({ joints }: TrainingSample, { keypoints }: KeypointSet, upper: boolean): Box | undefined {
  const labelled = keypoints.map((_, k) => k).filter((k) => joints[3 * k + 2] > 0);
  const chosen = labelled.filter((k) => upperBody.test(keypoints[k]) === upper);
  if (labelled.length < half.body || chosen.length < half.part) return undefined;
  const extent = (axis: number): [start: number, length: number] => {
    const values = chosen.map((k) => joints[3 * k + axis]);
    const [least, most] = [Math.min(...values), Math.max(...values)];
    const length = Math.max(1, (most - least) * half.growth);
    return [(least + most - length) / 2, length];
  };
  const [[x, width], [y, height]] = [extent(0), extent(1)];
  return [x, y, width, height];
}
