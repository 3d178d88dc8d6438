import { assignPeople } from "./assign_people.ts";
import type { EvaluatedPerson, EvaluationFrame } from "./evaluation_frames.ts";
import { evaluatedJoints, type JointValues, summarizeJoints } from "./joints.ts";
import { type TrackingCounts, TrackingEvents } from "./tracking_events.ts";

/** The result of a tracking evaluation, in percent. */
export interface TrackingAccuracyResult {
  /** Multiple object tracking accuracy per joint, group and mean; `null` where undefined. */
  mota: JointValues;
  /** Multiple object tracking precision, as poseval computes it. */
  motp: JointValues;
  /** Share of the predicted joints that have an object. */
  precision: JointValues;
  /** Share of the annotated joints that have a hypothesis. */
  recall: JointValues;
  /** Number of frames that counted before poseval leaves out the last one of each sequence. */
  frames: number;
}

/**
 * PoseTrack's tracking metric, as poseval computes it with py-motmetrics: CLEAR MOT per joint on all pairs within
 * PCKh 0.5, counts pooled over sequences.
 *
 * Two habits of poseval are kept, since published numbers contain them: the last frame of every sequence is left
 * out, and a frame in which one side has nobody counts as one object missed and one false positive for each joint.
 */
export class TrackingAccuracy {
  readonly #totals: TrackingCounts[] = evaluatedJoints.map(() => ({
    misses: 0,
    switches: 0,
    falsePositives: 0,
    objects: 0,
    detections: 0,
    distance: 0,
  }));
  #frames = 0;

  /**
   * Adds a whole sequence.
   *
   * @param frames Cleaned frames, in order.
   * @param file Ground truth file, for messages.
   * @throws {TypeError} If a person has no track id, or a ground truth person no head box.
   */
  add(frames: readonly EvaluationFrame[], file: string): void {
    this.#frames += frames.length;
    const events = evaluatedJoints.map(() => new TrackingEvents());
    for (const frame of frames.slice(0, -1)) addFrame(frame, { file, events });
    events.forEach(({ counts }, joint) => {
      const total = this.#totals[joint];
      total.misses += counts.misses;
      total.switches += counts.switches;
      total.falsePositives += counts.falsePositives;
      total.objects += counts.objects;
      total.detections += counts.detections;
      total.distance += counts.distance;
    });
  }

  /**
   * Computes the metric over everything added.
   *
   * @returns Values per joint, group and mean.
   */
  result(): TrackingAccuracyResult {
    const totals = this.#totals;
    const errors = (t: TrackingCounts) => t.misses + t.switches + t.falsePositives;
    return {
      mota: summarizeJoints(totals.map((t) => 100 * (1 - errors(t) / (t.objects > 0 ? t.objects : NaN)))),
      motp: summarizeJoints(
        totals.map((t) => t.detections === 0 ? 0 : 100 * (1 - t.distance / t.detections)),
      ),
      precision: summarizeJoints(totals.map((t) => 100 * (t.detections / (t.falsePositives + t.detections)))),
      recall: summarizeJoints(totals.map((t) => 100 * (t.detections / (t.objects > 0 ? t.objects : NaN)))),
      frames: this.#frames,
    };
  }
}

function addFrame(
  frame: EvaluationFrame,
  options: { file: string; events: readonly TrackingEvents[] },
): void {
  const { file, events } = options;
  const { groundTruth, prediction } = frame;
  if (groundTruth.length === 0 || prediction.length === 0) {
    for (const joint of events) {
      joint.add({ objects: [0], hypotheses: [0], distances: new Float64Array(1).fill(NaN) });
    }
    return;
  }
  const { distances, matches } = assignPeople(frame, file);
  const G = groundTruth.length;
  const J = evaluatedJoints.length;
  const objects = groundTruth.map((person) => trackIdOf(person, { frame: frame.place, file }));
  const hypotheses = prediction.map((person) => trackIdOf(person, { frame: frame.place, file }));
  for (let j = 0; j < J; j++) {
    const rows = indicesWith(groundTruth, j);
    const columns = indicesWith(prediction, j);
    const pairs = new Float64Array(rows.length * columns.length).fill(NaN);
    rows.forEach((g, row) =>
      columns.forEach((p, column) => {
        const at = (p * G + g) * J + j;
        if (matches[at] === 1) pairs[row * columns.length + column] = distances[at];
      })
    );
    events[j].add({
      objects: rows.map((g) => objects[g]),
      hypotheses: columns.map((p) => hypotheses[p]),
      distances: pairs,
    });
  }
}

function indicesWith(people: readonly EvaluatedPerson[], joint: number): number[] {
  return [...people.keys()].filter((index) => !Number.isNaN(people[index].x[joint]));
}

function trackIdOf(person: EvaluatedPerson, where: { frame: string; file: string }): number {
  if (person.trackId === undefined) {
    throw new TypeError(
      `Cannot evaluate tracks against ${where.file}: ${person.place} in ${where.frame} has no track id, expected one`,
    );
  }
  return person.trackId;
}
