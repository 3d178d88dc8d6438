import { keypointSets } from "../people/keypoint_sets.ts";

/** Smallest addition to an area, as pycocotools adds it against division by zero. */
const areaGuard = Number.EPSILON;

/** A person as the similarity sees it: one entry per slot. */
export interface SimilarityPoints {
  /** Column per slot, in pixels. */
  x: Float64Array;
  /** Row per slot, in pixels. */
  y: Float64Array;
}

/** An annotated person as the similarity sees it. */
export interface SimilarityTarget extends SimilarityPoints {
  /** Visibility per slot; above 0 where the joint is labelled. */
  visibility: Float64Array;
  /** Area in square pixels. */
  area: number;
  /** Box: left, top, width, height. */
  box: readonly [x: number, y: number, width: number, height: number];
}

/**
 * Object keypoint similarity of a detection to an annotation, as pycocotools computes it: the mean over the labelled
 * joints of exp(−d² / (8 σ² area)). Without a labelled joint, d is the distance to the annotation's box, doubled.
 *
 * @param detection Predicted joints.
 * @param target Annotated joints, area and box.
 * @param options Deviation per slot.
 * @returns A number from 0 to 1.
 */
export function objectKeypointSimilarity(
  detection: SimilarityPoints,
  target: SimilarityTarget,
  options: { sigmas: readonly number[] },
): number {
  const { sigmas } = options;
  const [left, top, width, height] = target.box;
  let labeled = 0;
  for (const visibility of target.visibility) if (visibility > 0) labeled++;
  let sum = 0;
  for (let k = 0; k < sigmas.length; k++) {
    if (labeled > 0 && !(target.visibility[k] > 0)) continue;
    const dx = labeled > 0
      ? detection.x[k] - target.x[k]
      : outside(detection.x[k], [left - width, left + 2 * width]);
    const dy = labeled > 0
      ? detection.y[k] - target.y[k]
      : outside(detection.y[k], [top - height, top + 2 * height]);
    const variance = (2 * sigmas[k]) ** 2;
    sum += Math.exp(-((dx * dx + dy * dy) / variance / (target.area + areaGuard) / 2));
  }
  return sum / (labeled > 0 ? labeled : sigmas.length);
}

function outside(value: number, [low, high]: readonly [number, number]): number {
  return Math.max(0, low - value) + Math.max(0, value - high);
}

/**
 * Finds the deviations of a file's joints by name.
 *
 * @param keypoints Joint names, one per slot.
 * @returns Deviation per slot.
 * @throws {RangeError} If no keypoint set has one of the names.
 */
export function sigmasOf(keypoints: readonly string[]): number[] {
  return keypoints.map((name) => {
    for (const set of Object.values(keypointSets)) {
      const index = set.keypoints.indexOf(name);
      if (index >= 0) return set.sigmas[index];
    }
    throw new RangeError(`Cannot find the sigma of "${name}": expected a joint of a known keypoint set`);
  });
}
