import type { EvaluatedPerson, EvaluationFrame } from "./evaluation_frames.ts";
import { evaluatedJoints } from "./joints.ts";

/** Share of the head size within which a joint is found (PCKh 0.5). */
const distanceThreshold = 0.5;

/** How the predictions of one frame relate to its ground truth. */
export interface Assignment {
  /** Distance over head size, [predictions, ground truth, 15]; NaN where either lacks the joint. */
  distances: Float64Array;
  /** 1 where the distance is within the threshold, [predictions, ground truth, 15]. */
  matches: Uint8Array;
  /** Per prediction the index of its ground truth person, or −1. */
  groundTruthOf: Int32Array;
}

/**
 * Assigns predictions to ground truth by PCKh 0.5, as poseval does: every prediction keeps its best person only, then
 * every person takes the best of the predictions that kept them; the first wins among equals.
 *
 * @param frame Cleaned frame, both sides with people.
 * @param file Ground truth file, for messages.
 * @returns Distances, matches and assignment.
 * @throws {TypeError} If a ground truth person has no head box.
 */
export function assignPeople(frame: EvaluationFrame, file: string): Assignment {
  const { groundTruth, prediction } = frame;
  const P = prediction.length;
  const G = groundTruth.length;
  const J = evaluatedJoints.length;
  const distances = new Float64Array(P * G * J).fill(NaN);
  const matches = new Uint8Array(P * G * J);
  const best = new Int32Array(P);
  const bestShare = new Float64Array(P);
  for (let g = 0; g < G; g++) {
    const truth = groundTruth[g];
    const headSize = headSizeOf(truth, { file, frame: frame.place });
    const annotated = countJoints(truth);
    for (let p = 0; p < P; p++) {
      let found = 0;
      for (let j = 0; j < J; j++) {
        const dx = truth.x[j] - prediction[p].x[j];
        const dy = truth.y[j] - prediction[p].y[j];
        const distance = Math.sqrt(dx * dx + dy * dy) / headSize; // NaN when either lacks the joint: never a match
        distances[(p * G + g) * J + j] = distance;
        if (distance <= distanceThreshold) {
          matches[(p * G + g) * J + j] = 1;
          found++;
        }
      }
      const share = annotated === 0 ? 0 : found / annotated;
      if (share > bestShare[p]) {
        bestShare[p] = share;
        best[p] = g;
      }
    }
  }
  const groundTruthOf = new Int32Array(P).fill(-1);
  for (let g = 0; g < G; g++) {
    let winner = -1;
    for (let p = 0; p < P; p++) {
      if (best[p] === g && bestShare[p] > (winner < 0 ? 0 : bestShare[winner])) winner = p;
    }
    if (winner >= 0) groundTruthOf[winner] = g;
  }
  return { distances, matches, groundTruthOf };
}

function headSizeOf(person: EvaluatedPerson, where: { file: string; frame: string }): number {
  if (person.headBox === undefined) {
    throw new TypeError(
      `Cannot evaluate ${where.file}: ${person.place} in ${where.frame} has no head box, expected bbox_head or x1 … y2`,
    );
  }
  const [x1, y1, x2, y2] = person.headBox;
  const dx = x2 - x1;
  const dy = y2 - y1;
  return 0.6 * Math.sqrt(dx * dx + dy * dy);
}

function countJoints(person: EvaluatedPerson): number {
  let count = 0;
  for (const x of person.x) if (!Number.isNaN(x)) count++;
  return count;
}
