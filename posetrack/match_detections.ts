import { objectKeypointSimilarity, type SimilarityTarget } from "./object_keypoint_similarity.ts";

/** Most detections of an image that count. */
const maximumDetections = 20;

/** An annotated person in COCO's matching. */
export interface SimilarityPerson extends SimilarityTarget {
  /** Whether detections of the person neither gain nor cost anything. */
  ignored: boolean;
  /** Whether several detections may match. */
  isCrowd: boolean;
  /** False for an annotation of id 0, which pycocotools takes for "no match" though it is then taken. */
  countsAsMatch: boolean;
}

/** A detected person in COCO's matching. */
export interface SimilarityDetection {
  /** Column per slot, in pixels. */
  x: Float64Array;
  /** Row per slot, in pixels. */
  y: Float64Array;
  /** Area in square pixels. */
  area: number;
  /** Confidence. */
  score: number;
}

/** One image to match. */
export interface MatchDetectionsOptions {
  /** Annotated people, in file order. */
  truth: readonly SimilarityPerson[];
  /** Detected people, in file order. */
  detections: readonly SimilarityDetection[];
  /** Deviation per slot. */
  sigmas: readonly number[];
  /** Similarities from which a detection matches. At most ten. */
  thresholds: readonly number[];
  /** Ranges of area, each evaluated for itself. */
  areaRanges: readonly (readonly [number, number])[];
}

/** The outcome of one image. */
export interface MatchedDetections {
  /** Scores of the detections that count, falling. */
  scores: number[];
  /** Per area range and detection: bit t = matched at threshold t, bit t + 10 = does not count there. */
  outcomes: number[][];
  /** Per area range the number of annotations that count. */
  counted: number[];
}

/**
 * Matches the detections of one image to its annotations as pycocotools does: by falling score, each takes the free
 * annotation of highest similarity; annotations that do not count come last.
 *
 * @param options Image, thresholds and ranges.
 * @returns Matches per range, detection and threshold.
 */
export function matchDetections(options: MatchDetectionsOptions): MatchedDetections {
  const { truth, sigmas, thresholds, areaRanges } = options;
  const detections = [...options.detections].sort((a, b) => b.score - a.score).slice(0, maximumDetections);
  const similarities = detections.map((detection) =>
    truth.map((person) => objectKeypointSimilarity(detection, person, { sigmas }))
  );
  const outcomes: number[][] = [];
  const counted: number[] = [];
  for (const [low, high] of areaRanges) {
    const ignored = truth.map((person) => person.ignored || person.area < low || person.area > high);
    const order = [...truth.keys()].sort((a, b) => Number(ignored[a]) - Number(ignored[b]));
    const outcome = detections.map(() => 0);
    thresholds.forEach((threshold, t) => {
      const taken = new Set<number>();
      detections.forEach((detection, d) => {
        const match = bestMatch(similarities[d], { truth, order, ignored, taken, threshold });
        if (match >= 0) taken.add(match);
        const matched = match >= 0 && truth[match].countsAsMatch;
        const outOfRange = detection.area < low || detection.area > high;
        if (matched) outcome[d] |= 1 << t;
        if ((match >= 0 && ignored[match]) || (!matched && outOfRange)) outcome[d] |= 1 << (t + 10);
      });
    });
    outcomes.push(outcome);
    counted.push(ignored.filter((flag) => !flag).length);
  }
  return { scores: detections.map(({ score }) => score), outcomes, counted };
}

interface MatchState {
  truth: readonly SimilarityPerson[];
  order: readonly number[];
  ignored: readonly boolean[];
  taken: ReadonlySet<number>;
  threshold: number;
}

function bestMatch(similarities: readonly number[], state: MatchState): number {
  let best = -1;
  let highest = Math.min(state.threshold, 1 - 1e-10);
  for (const g of state.order) {
    if (state.taken.has(g) && !state.truth[g].isCrowd) continue;
    if (best >= 0 && !state.ignored[best] && state.ignored[g]) break;
    if (similarities[g] < highest) continue;
    highest = similarities[g];
    best = g;
  }
  return best;
}
