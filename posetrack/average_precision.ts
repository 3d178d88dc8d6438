import { assignPeople } from "./assign_people.ts";
import { DetectionList } from "./detection_list.ts";
import type { EvaluationFrame } from "./evaluation_frames.ts";
import { evaluatedJoints, type JointValues, summarizeJoints } from "./joints.ts";

/** The result of an average precision evaluation, in percent. */
export interface AveragePrecisionResult {
  /** Average precision per joint, group and mean; `null` where undefined. */
  ap: JointValues;
  /** Precision over all detections. */
  precision: JointValues;
  /** Recall over all detections. */
  recall: JointValues;
  /** Number of frames that counted. */
  frames: number;
}

/** One precision–recall curve; shares, not percent. */
export interface PrecisionRecallCurve {
  /** Joint of {@link evaluatedJoints}. */
  joint: string;
  /** Recall after each true positive, rising. */
  recall: Float64Array;
  /** Highest precision at that recall or any higher one. */
  precision: Float64Array;
}

/**
 * PoseTrack's average precision, as poseval computes it: PCKh 0.5, one pool of detections over all sequences, the area
 * under the interpolated precision–recall curve at all points. Detections of equal score keep input order.
 *
 * Keeps a score and a label per joint and detection, nothing else.
 */
export class AveragePrecision {
  readonly #detections: readonly DetectionList[] = evaluatedJoints.map(() => new DetectionList());
  readonly #annotated: Float64Array = new Float64Array(evaluatedJoints.length);
  #frames = 0;

  /**
   * Adds the frames of one sequence.
   *
   * @param frames Cleaned frames.
   * @param file Ground truth file, for messages.
   * @throws {TypeError} If a ground truth person that is compared has no head box.
   */
  add(frames: readonly EvaluationFrame[], file: string): void {
    for (const frame of frames) this.#addFrame(frame, file);
  }

  #addFrame(frame: EvaluationFrame, file: string): void {
    const { groundTruth, prediction } = frame;
    const G = groundTruth.length;
    const J = evaluatedJoints.length;
    this.#frames++;
    for (const person of groundTruth) {
      for (let j = 0; j < J; j++) if (!Number.isNaN(person.x[j])) this.#annotated[j]++;
    }
    if (prediction.length === 0) return;
    const assignment = G === 0 ? undefined : assignPeople(frame, file);
    prediction.forEach((person, p) => {
      const g = assignment === undefined ? -1 : assignment.groundTruthOf[p];
      for (let j = 0; j < J; j++) {
        if (Number.isNaN(person.x[j])) continue;
        const label = g >= 0 && assignment?.matches[(p * G + g) * J + j] === 1;
        this.#detections[j].add(person.scores[j], label);
      }
    });
  }

  /**
   * Computes the metric over everything added.
   *
   * @returns Values per joint, group and mean.
   */
  result(): AveragePrecisionResult {
    const J = evaluatedJoints.length;
    const ap = new Float64Array(J);
    const precision = new Float64Array(J);
    const recall = new Float64Array(J);
    for (let j = 0; j < J; j++) {
      const labels = this.#detections[j].sortedLabels();
      if (labels.length === 0) continue; // poseval: 0, whether or not the joint is annotated anywhere
      const { recall: recalls, precision: precisions } = interpolatedCurve(labels, this.#annotated[j]);
      const found = recalls.length;
      let area = 0;
      for (let k = 0; k < found; k++) area += (recalls[k] - (k === 0 ? 0 : recalls[k - 1])) * precisions[k];
      ap[j] = this.#annotated[j] === 0 ? NaN : 100 * area;
      precision[j] = 100 * found / labels.length;
      recall[j] = 100 * (found / this.#annotated[j]);
    }
    return {
      ap: summarizeJoints(ap),
      precision: summarizeJoints(precision),
      recall: summarizeJoints(recall),
      frames: this.#frames,
    };
  }

  /**
   * The precision–recall curves, whose area is the average precision.
   *
   * @returns One curve per joint, in the order of {@link evaluatedJoints}.
   */
  curves(): PrecisionRecallCurve[] {
    return evaluatedJoints.map((joint, j) => ({
      joint,
      ...interpolatedCurve(this.#detections[j].sortedLabels(), this.#annotated[j]),
    }));
  }
}

/** Recall and interpolated precision after each true positive; recall is infinite or NaN where nothing is annotated. */
function interpolatedCurve(
  labels: Uint8Array,
  annotated: number,
): { recall: Float64Array; precision: Float64Array } {
  let found = 0;
  for (const label of labels) found += label;
  const recall = new Float64Array(found);
  const precision = new Float64Array(found);
  for (let k = 0, positives = 0; k < labels.length; k++) {
    if (labels[k] === 0) continue;
    recall[positives] = (positives + 1) / annotated;
    precision[positives] = (positives + 1) / (k + 1);
    positives++;
  }
  for (let k = found - 2; k >= 0; k--) precision[k] = Math.max(precision[k], precision[k + 1]);
  return { recall, precision };
}
