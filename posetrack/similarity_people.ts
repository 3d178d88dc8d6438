import type { SimilarityDetection, SimilarityPerson } from "./match_detections.ts";
import type { AnnotatedPerson } from "./sequence.ts";

/**
 * Turns an annotation into what COCO's matching sees; without an area it takes its box's, then that of its joints.
 *
 * @param person The annotation.
 * @param slots Slot of each compared joint in the annotation's file, −1 where it has none.
 * @returns Joints, area, box and flags.
 */
export function similarityPerson(person: AnnotatedPerson, slots: readonly number[]): SimilarityPerson {
  const K = slots.length;
  const x = new Float64Array(K);
  const y = new Float64Array(K);
  const visibility = new Float64Array(K);
  const points = new Map(person.points?.map((point) => [point.slot, point]));
  slots.forEach((slot, k) => {
    const point = points.get(slot);
    if (point === undefined) return;
    x[k] = point.x;
    y[k] = point.y;
    visibility[k] = point.visibility ?? 1;
  });
  const labeled = person.keypointCount ?? visibility.reduce((count, value) => count + (value > 0 ? 1 : 0), 0);
  const box = person.box ?? extent(person).box;
  return {
    x,
    y,
    visibility,
    box,
    area: person.area ?? box[2] * box[3],
    ignored: person.isCrowd || labeled === 0,
    isCrowd: person.isCrowd,
    countsAsMatch: person.id !== 0,
  };
}

/**
 * Turns a prediction into what COCO's matching sees: its area is that of its box, or of its joints; its score its own,
 * or the mean of its joints' scores.
 *
 * @param person The prediction.
 * @param options Slot of each compared joint in the prediction's file, and that file's name.
 * @returns Joints, area and score.
 * @throws {TypeError} If there is neither a score nor joint scores.
 */
export function similarityDetection(
  person: AnnotatedPerson,
  options: { slots: readonly number[]; file: string },
): SimilarityDetection {
  const { x, y } = similarityPerson(person, options.slots);
  const area = person.box === undefined ? extent(person).area : person.box[2] * person.box[3];
  return { x, y, area, score: personScore(person, options.file) };
}

/** Smallest box around all points of a person, as pycocotools takes it for detections without a box. */
function extent(person: AnnotatedPerson): { box: [number, number, number, number]; area: number } {
  const points = person.points ?? [];
  if (points.length === 0) return { box: [0, 0, 0, 0], area: 0 };
  const columns = points.map((point) => point.x);
  const rows = points.map((point) => point.y);
  const left = Math.min(...columns);
  const top = Math.min(...rows);
  const width = Math.max(...columns) - left;
  const height = Math.max(...rows) - top;
  return { box: [left, top, width, height], area: width * height };
}

function personScore(person: AnnotatedPerson, file: string): number {
  if (person.score !== undefined) return person.score;
  const scores = (person.points ?? []).map((point) => point.score).filter((score) => score !== undefined);
  if (scores.length === 0) {
    throw new TypeError(
      `Cannot evaluate ${file}: ${person.place} has neither a score nor joint scores, expected one`,
    );
  }
  return scores.reduce((sum, score) => sum + score, 0) / scores.length;
}
