import { matchDetections, type MatchedDetections } from "./match_detections.ts";
import { sigmasOf } from "./object_keypoint_similarity.ts";
import type { Sequence, SequenceFrame } from "./sequence.ts";
import { similarityDetection, similarityPerson } from "./similarity_people.ts";

/** COCO's ten keypoint figures, in percent; `null` where no annotation falls in the range. */
export interface KeypointSimilarityResult {
  /** Mean average precision over the thresholds 0.50, 0.55 … 0.95. */
  AP: number | null;
  /** Average precision at threshold 0.50. */
  AP50: number | null;
  /** Average precision at threshold 0.75. */
  AP75: number | null;
  /** AP of people of medium area, 32² to 96² square pixels. */
  APm: number | null;
  /** AP of people of large area, from 96² square pixels. */
  APl: number | null;
  /** Mean highest recall over the thresholds. */
  AR: number | null;
  /** Recall at threshold 0.50. */
  AR50: number | null;
  /** Recall at threshold 0.75. */
  AR75: number | null;
  /** AR of people of medium area. */
  ARm: number | null;
  /** AR of people of large area. */
  ARl: number | null;
  /** Number of images. */
  frames: number;
}

/** The ten thresholds, made as numpy's linspace makes them. */
const thresholds: readonly number[] = Array.from(
  { length: 10 },
  (_, k) => k === 9 ? 0.95 : k * ((0.95 - 0.5) / 9) + 0.5,
);

/** The 101 recalls at which the precision is read, likewise. */
const recallLevels: readonly number[] = Array.from({ length: 101 }, (_, k) => k === 100 ? 1 : k * 0.01);

/** All, medium and large, in square pixels. */
const areaRanges: readonly (readonly [number, number])[] = [[0, 1e10], [1024, 9216], [9216, 1e10]];

interface ImageRange {
  id: number | string;
  from: number;
  to: number;
}

/**
 * COCO's average precision by object keypoint similarity, equal to pycocotools: at most 20 detections an image, images
 * in the order of their ids. Annotations without an area take their box's, then that of their joints.
 */
export class KeypointSimilarityAveragePrecision {
  readonly #images: ImageRange[] = [];
  readonly #scores: number[] = [];
  /** Per area range and detection: 10 bits of matches below 10 bits of "does not count". */
  readonly #outcomes: number[][] = areaRanges.map(() => []);
  readonly #counted: number[] = areaRanges.map(() => 0);

  /**
   * Adds the images of a sequence with its detections: by image id, or by position where the detections have none.
   *
   * @param groundTruth Annotated sequence.
   * @param prediction Detections.
   * @param options Whether to drop frames with `is_labeled: false` (pycocotools never does).
   * @throws {RangeError} If a detection's image is not in the ground truth, or the numbers of frames without ids differ.
   * @throws {TypeError} If a detection has neither a score nor joint scores.
   */
  add(groundTruth: Sequence, prediction: Sequence, options: { labeledOnly?: boolean } = {}): void {
    const sigmas = sigmasOf(groundTruth.keypoints);
    const frameOf = detectionFrames(groundTruth, prediction);
    const slots = groundTruth.keypoints.map((name) => prediction.keypoints.indexOf(name));
    const own = groundTruth.keypoints.map((_, slot) => slot);
    groundTruth.frames.forEach((frame, index) => {
      if (options.labeledOnly && frame.isLabeled === false) return;
      const truth = frame.people.map((person) => similarityPerson(person, own));
      const found = frameOf(frame, index)?.people ?? [];
      const detections = found.map((person) => similarityDetection(person, { slots, file: prediction.file }));
      const matched = matchDetections({ truth, detections, sigmas, thresholds, areaRanges });
      this.#addImage(frame.imageId ?? `${groundTruth.name}/${String(index).padStart(9, "0")}`, matched);
    });
  }

  #addImage(id: number | string, matched: MatchedDetections): void {
    const from = this.#scores.length;
    this.#scores.push(...matched.scores);
    matched.outcomes.forEach((outcomes, range) => this.#outcomes[range].push(...outcomes));
    matched.counted.forEach((count, range) => this.#counted[range] += count);
    this.#images.push({ id, from, to: this.#scores.length });
  }

  /**
   * Computes the figures over everything added.
   *
   * @returns COCO's ten figures.
   */
  result(): KeypointSimilarityResult {
    const order = this.#order();
    const [all, medium, large] = areaRanges.map((_, range) => this.#range(range, order));
    return {
      AP: percent(all?.precision),
      AP50: percent(all?.precision.slice(0, 1)),
      AP75: percent(all?.precision.slice(5, 6)),
      APm: percent(medium?.precision),
      APl: percent(large?.precision),
      AR: percent(all?.recall),
      AR50: percent(all?.recall.slice(0, 1)),
      AR75: percent(all?.recall.slice(5, 6)),
      ARm: percent(medium?.recall),
      ARl: percent(large?.recall),
      frames: this.#images.length,
    };
  }

  /** Detections by falling score; among equals by image id, then by their order in the image. */
  #order(): Uint32Array {
    const scores = this.#scores;
    const images = [...this.#images].sort((a, b) => a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
    const rank = new Uint32Array(scores.length);
    let next = 0;
    for (const { from, to } of images) for (let i = from; i < to; i++) rank[i] = next++;
    return Uint32Array.from(scores.keys()).sort((a, b) => scores[b] - scores[a] || rank[a] - rank[b]);
  }

  /** Mean precision over the recall levels and highest recall, per threshold. */
  #range(range: number, order: Uint32Array): { precision: number[]; recall: number[] } | undefined {
    const counted = this.#counted[range];
    if (counted === 0) return undefined;
    const precision: number[] = [];
    const recall: number[] = [];
    for (let t = 0; t < thresholds.length; t++) {
      const recalls: number[] = [];
      const precisions: number[] = [];
      let found = 0;
      let wrong = 0;
      for (const index of order) {
        const outcome = this.#outcomes[range][index];
        const matched = (outcome >> t) & 1;
        if (((outcome >> (t + 10)) & 1) === 0) {
          found += matched;
          wrong += 1 - matched;
        }
        recalls.push(found / counted);
        precisions.push(found / (wrong + found + Number.EPSILON));
      }
      for (let i = precisions.length - 1; i > 0; i--) {
        precisions[i - 1] = Math.max(precisions[i - 1], precisions[i]);
      }
      let sum = 0;
      let at = 0;
      for (const level of recallLevels) {
        while (at < recalls.length && recalls[at] < level) at++;
        if (at === recalls.length) break;
        sum += precisions[at];
      }
      precision.push(sum / recallLevels.length);
      recall.push(recalls.at(-1) ?? 0);
    }
    return { precision, recall };
  }
}

function percent(values: readonly number[] | undefined): number | null {
  if (values === undefined) return null;
  return 100 * values.reduce((sum, value) => sum + value, 0) / values.length;
}

function detectionFrames(
  groundTruth: Sequence,
  prediction: Sequence,
): (frame: SequenceFrame, index: number) => SequenceFrame | undefined {
  if (prediction.format === "posetrack2017" || groundTruth.format === "posetrack2017") {
    if (prediction.frames.length !== groundTruth.frames.length) {
      throw new RangeError(
        `Cannot evaluate ${prediction.file}: it has ${prediction.frames.length} frames, expected ` +
          `${groundTruth.frames.length} as in ${groundTruth.file}`,
      );
    }
    return (_, index) => prediction.frames[index];
  }
  const known = new Set(groundTruth.frames.map((frame) => frame.imageId));
  const surplus = prediction.frames.filter((frame) => frame.people.length > 0 && !known.has(frame.imageId));
  if (surplus.length > 0) {
    throw new RangeError(
      `Cannot evaluate ${prediction.file}: ${surplus[0].place} has the id ${
        surplus[0].imageId
      }, expected an image of ` +
        groundTruth.file,
    );
  }
  const frameOf = new Map(prediction.frames.map((frame) => [frame.imageId, frame]));
  return (frame) => frameOf.get(frame.imageId);
}
