import { isStrictlyInside } from "./ignore_regions.ts";
import { evaluatedJoints, jointOfSlots } from "./joints.ts";
import type {
  AnnotatedPerson,
  AnnotatedPoint,
  Corners,
  Polygon,
  Sequence,
  SequenceFrame,
} from "./sequence.ts";

/** Score of a joint whose file gives none. */
const missingScore = -9999;

/** One person as the PoseTrack metrics see them. */
export interface EvaluatedPerson {
  /** Where the person stands in the file. */
  place: string;
  /** Column per evaluated joint, in pixels; NaN where the person lacks the joint. Length 15. */
  x: Float64Array;
  /** Row per evaluated joint, in pixels; NaN where the person lacks the joint. Length 15. */
  y: Float64Array;
  /** Score per evaluated joint. Length 15. */
  scores: Float64Array;
  /** Id of the person within the sequence. */
  trackId?: number;
  /** Box around the head. */
  headBox?: Corners;
}

/** One frame that counts, cleaned. */
export interface EvaluationFrame {
  /** Where the frame stands in the ground truth file. */
  place: string;
  /** Ground truth, in file order. */
  groundTruth: readonly EvaluatedPerson[];
  /** Predictions, in file order. */
  prediction: readonly EvaluatedPerson[];
}

/** Which frames count. */
export interface EvaluationFrameOptions {
  /**
   * Drop the frames whose ground truth says `is_labeled: false`, as PoseTrack21's own tool does; poseval never looks.
   *
   * @default false
   */
  labeledOnly?: boolean;
}

/**
 * Pairs the frames of a sequence with those of its predictions, by position, and cleans them as poseval does: frames
 * without annotated people drop out; people without a point list go; in frames with ignore regions, points strictly
 * inside one go, and then people without points.
 *
 * @param groundTruth Annotated sequence, ignore regions included.
 * @param prediction Predictions for the same frames, in any format.
 * @param options Which frames count.
 * @returns The frames that count.
 * @throws {RangeError} If the numbers of frames differ, or a track id repeats within a frame of the predictions.
 * @throws {TypeError} If one of the 15 joints has no slot in either file.
 */
export function evaluationFrames(
  groundTruth: Sequence,
  prediction: Sequence,
  options: EvaluationFrameOptions = {},
): EvaluationFrame[] {
  const wanted = groundTruth.frames.length;
  if (prediction.frames.length !== wanted) {
    throw new RangeError(
      `Cannot evaluate ${prediction.file}: it has ${prediction.frames.length} frames, expected ${wanted} as in ` +
        groundTruth.file,
    );
  }
  requireUniqueTracks(prediction);
  const trueJoints = jointOfSlots(groundTruth.keypoints, groundTruth.file);
  const predictedJoints = jointOfSlots(prediction.keypoints, prediction.file);
  const result: EvaluationFrame[] = [];
  groundTruth.frames.forEach((frame, index) => {
    if (frame.people.length === 0 || (options.labeledOnly && frame.isLabeled === false)) return;
    const regions = frame.ignoreRegions;
    result.push({
      place: frame.place,
      groundTruth: cleanPeople(frame, { joints: trueJoints, regions, format: groundTruth.format }),
      prediction: cleanPeople(prediction.frames[index], {
        joints: predictedJoints,
        regions,
        format: prediction.format,
      }),
    });
  });
  return result;
}

function requireUniqueTracks(sequence: Sequence): void {
  const problems: string[] = [];
  for (const frame of sequence.frames) {
    const first = new Map<number, AnnotatedPerson>();
    for (const person of frame.people) {
      if (person.trackId === undefined) continue;
      const earlier = first.get(person.trackId);
      if (earlier === undefined) first.set(person.trackId, person);
      else {
        problems.push(
          `${earlier.place} and ${person.place} share the track id ${person.trackId} in ${frame.place}`,
        );
      }
    }
  }
  if (problems.length > 0) {
    const more = problems.length > 10 ? `; and ${problems.length - 10} more` : "";
    throw new RangeError(
      `Cannot evaluate ${sequence.file}: ${
        problems.slice(0, 10).join("; ")
      }${more}, expected each id once a frame`,
    );
  }
}

interface CleanOptions {
  joints: Int8Array;
  regions: readonly Polygon[];
  format: Sequence["format"];
}

function cleanPeople(frame: SequenceFrame, options: CleanOptions): EvaluatedPerson[] {
  const { joints, regions, format } = options;
  const result: EvaluatedPerson[] = [];
  for (const person of frame.people) {
    if (person.points === undefined) continue;
    const count = evaluatedJoints.length;
    const x = new Float64Array(count).fill(NaN);
    const y = new Float64Array(count).fill(NaN);
    const scores = new Float64Array(count).fill(NaN);
    let kept = 0;
    for (const point of person.points) {
      const joint = point.slot < 0 ? -1 : joints[point.slot];
      if (format !== "posetrack2017" && (joint < 0 || isAbsent(point))) continue;
      if (regions.some((region) => isStrictlyInside(region, point))) continue;
      kept++;
      if (joint < 0 || !Number.isNaN(x[joint])) continue; // of several points of one joint the first counts
      x[joint] = point.x;
      y[joint] = point.y;
      scores[joint] = point.score ?? missingScore;
    }
    if (regions.length > 0 && kept === 0) continue;
    const evaluated: EvaluatedPerson = { place: person.place, x, y, scores };
    if (person.trackId !== undefined) evaluated.trackId = person.trackId;
    if (person.headBox !== undefined) evaluated.headBox = person.headBox;
    result.push(evaluated);
  }
  return result;
}

/** COCO-like files write joints that are not there as three zeros. */
function isAbsent(point: AnnotatedPoint): boolean {
  return point.x === 0 && point.y === 0 && point.visibility === 0;
}
