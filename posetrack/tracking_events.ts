import { linearAssignment } from "./linear_assignment.ts";

/** Counts of the CLEAR MOT events of one joint. */
export interface TrackingCounts {
  /** Objects without a hypothesis. */
  misses: number;
  /** Objects whose hypothesis changed. */
  switches: number;
  /** Hypotheses without an object. */
  falsePositives: number;
  /** Objects, summed over frames. */
  objects: number;
  /** Objects with a hypothesis. */
  detections: number;
  /** Distances as poseval sums them, see {@link TrackingEvents}. */
  distance: number;
}

/** The objects and hypotheses of one frame. */
export interface TrackingFrame {
  /** Ids of the annotated people. */
  objects: readonly number[];
  /** Ids of the predicted people. */
  hypotheses: readonly number[];
  /** Row-major [objects, hypotheses]; NaN where the two do not match. */
  distances: Float64Array;
}

/**
 * The CLEAR MOT events of one sequence and joint, frame by frame, as py-motmetrics counts them: pairs of earlier frames
 * are kept while they match, the rest is assigned at the least total distance.
 *
 * poseval divides the sum of *all* distances that py-motmetrics logs, candidate pairs and the extra entries for
 * transfers, ascents and migrations included, by the number of detections. `distance` is that sum.
 */
export class TrackingEvents {
  readonly #hypothesisOf = new Map<number, number>();
  readonly #objectOf = new Map<number, number>();
  readonly #seenHypotheses = new Set<number>();
  readonly #matchedObjects = new Set<number>();
  readonly #counts: TrackingCounts = {
    misses: 0,
    switches: 0,
    falsePositives: 0,
    objects: 0,
    detections: 0,
    distance: 0,
  };

  /** Counts of all frames so far. */
  get counts(): Readonly<TrackingCounts> {
    return this.#counts;
  }

  /**
   * Adds the next frame.
   *
   * @param frame Ids and distances.
   */
  add(frame: TrackingFrame): void {
    const { objects, hypotheses } = frame;
    const distances = frame.distances.slice();
    const counts = this.#counts;
    for (const distance of distances) if (Number.isFinite(distance)) counts.distance += distance;
    counts.objects += objects.length;
    const freeObjects = new Set(objects.keys());
    const freeHypotheses = new Set(hypotheses.keys());
    const columns = hypotheses.length;

    for (let i = 0; i < objects.length; i++) {
      const earlier = this.#hypothesisOf.get(objects[i]);
      const j = earlier === undefined
        ? -1
        : hypotheses.findIndex((id, at) => id === earlier && freeHypotheses.has(at));
      if (j < 0 || !Number.isFinite(distances[i * columns + j])) continue;
      freeObjects.delete(i);
      freeHypotheses.delete(j);
      counts.detections++;
      counts.distance += distances[i * columns + j];
      this.#matchedObjects.add(objects[i]);
      this.#seenHypotheses.add(hypotheses[j]);
    }
    for (let i = 0; i < objects.length; i++) {
      for (let j = 0; j < columns; j++) {
        if (!freeObjects.has(i) || !freeHypotheses.has(j)) distances[i * columns + j] = NaN;
      }
    }
    linearAssignment(distances, objects.length).forEach((j, i) => {
      if (j < 0) return;
      freeObjects.delete(i);
      freeHypotheses.delete(j);
      this.#pair(objects[i], hypotheses[j], distances[i * columns + j]);
    });
    counts.misses += freeObjects.size;
    counts.falsePositives += freeHypotheses.size;
  }

  #pair(object: number, hypothesis: number, distance: number): void {
    const counts = this.#counts;
    const earlier = this.#hypothesisOf.get(object);
    counts.detections++;
    counts.distance += distance;
    if (earlier !== undefined && earlier !== hypothesis) {
      counts.switches++;
      if (!this.#seenHypotheses.has(hypothesis)) counts.distance += distance; // ascent
    }
    const owner = this.#objectOf.get(hypothesis);
    if (owner !== undefined && owner !== object) {
      counts.distance += distance; // transfer
      if (!this.#matchedObjects.has(object)) counts.distance += distance; // migration
    }
    this.#seenHypotheses.add(hypothesis);
    this.#matchedObjects.add(object);
    this.#hypothesisOf.set(object, hypothesis);
    this.#objectOf.set(hypothesis, object);
  }
}
