/** Training samples: one annotated person in one frame, with its neighbours in time and its descriptions. */
import type { Box } from "../people/box.ts";
import { convertKeypoints, type KeypointSet } from "../people/keypoint_sets.ts";
import type { DatasetConfig } from "../posetrack/dataset_config.ts";
import { imagePath, requireImages } from "../posetrack/images.ts";
import { annotatedBoxes } from "../posetrack/person_boxes.ts";
import { readSequences } from "../posetrack/read_sequences.ts";
import type { AnnotatedPerson, Sequence } from "../posetrack/sequence.ts";

/** One person in one frame. */
export interface TrainingSample {
  /** Image files of the 2ω+1 frames in order of time; at a clip's ends its end frame is repeated. */
  readonly images: readonly string[];
  /** The person's box in image pixels. */
  readonly box: Box;
  /** `[K, 3]`: x, y in image pixels, and 1 for a labelled joint, 0 otherwise. */
  readonly joints: Float32Array;
  /** What is said about the person, and about the clip as a whole: one is taken at random; empty where nothing is. */
  readonly descriptions: readonly string[];
}

/** Options of {@linkcode readSamples}. */
export interface ReadSamplesOptions {
  /** Keypoints of the model. */
  keypoints: KeypointSet;
  /** Temporal span ω. */
  span: number;
  /** The description of a clip, and of one person in it. */
  describe: (clip: string, person?: number) => string | undefined;
}

/**
 * Reads the samples of a data set, in the order of its files: every person who is no crowd and has a labelled joint.
 *
 * @param config The data set.
 * @param options The model's keypoints, span and descriptions.
 * @returns The samples.
 * @throws {Error} When images are missing (all are named), or there is no sample.
 */
export async function readSamples(
  config: DatasetConfig,
  options: ReadSamplesOptions,
): Promise<TrainingSample[]> {
  await requireImages(readSequences(config.annotations), config.images);
  const samples: TrainingSample[] = [];
  for await (const sequence of readSequences(config.annotations)) {
    samples.push(...samplesOf(sequence, config, options));
  }
  if (samples.length > 0) return samples;
  throw new Error(
    `Cannot train on ${config.annotations}: no person with a labelled joint, expected at least one`,
  );
}

function samplesOf(sequence: Sequence, config: DatasetConfig, options: ReadSamplesOptions): TrainingSample[] {
  const { keypoints, span, describe } = options;
  const { sources } = convertKeypoints({ ...keypoints, name: "", keypoints: sequence.keypoints }, keypoints);
  const { frames } = sequence;
  return frames.flatMap((frame, index) => {
    const images = Array.from({ length: 2 * span + 1 }, (_, f) => {
      const at = Math.min(Math.max(index - span + f, 0), frames.length - 1);
      return imagePath(config.images, frames[at].fileName);
    });
    return frame.people.flatMap((person) => {
      const [found] = annotatedBoxes({ ...frame, people: [person] });
      const joints = jointsOf(person, sources);
      if (!found || !joints.some((value, i) => i % 3 === 2 && value > 0)) return [];
      const own = describe(sequence.name, person.trackId);
      const clip = describe(sequence.name) ?? config.description;
      const descriptions = [...new Set([own, clip])].filter((text) => text !== undefined);
      return [{
        images,
        box: found.box,
        joints,
        descriptions: descriptions.length > 0 ? descriptions : [""],
      }];
    });
  });
}

/**
 * Each joint is the mean of its sources, labelled where all of them are. A joint that is hidden but has a place counts:
 * COCO's people label them, the metrics count them, and a description may tell where they are.
 */
function jointsOf(person: AnnotatedPerson, sources: readonly (readonly number[])[]): Float32Array {
  const points = new Map((person.points ?? []).map((point) => [point.slot, point]));
  const joints = new Float32Array(3 * sources.length);
  for (const [k, slots] of sources.entries()) {
    const found = slots.map((slot) => points.get(slot)).filter((point) =>
      point !== undefined && (point.x !== 0 || point.y !== 0)
    );
    if (found.length === 0 || found.length < slots.length) continue;
    const mean = (axis: "x" | "y") => found.reduce((sum, point) => sum + point![axis], 0) / found.length;
    joints.set([mean("x"), mean("y"), 1], 3 * k);
  }
  return joints;
}
