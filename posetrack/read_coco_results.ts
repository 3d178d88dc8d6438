import { badField, describeValue, numberField, objectField } from "./fields.ts";
import { readPerson } from "./read_person.ts";
import type { AnnotatedPerson, Sequence } from "./sequence.ts";

/**
 * Reads a COCO results list: one object per person with `image_id`, `keypoints` and `score`.
 *
 * @param results The parsed file.
 * @param options Name of the file, and the sequences whose images the results speak of; they give the joint names.
 * @returns The ground truth's sequences with the results as people.
 * @throws {TypeError} If a field is missing or of the wrong kind.
 * @throws {RangeError} If a result names an image that the ground truth does not have.
 */
export function readCocoResults(
  results: readonly unknown[],
  options: { file: string; groundTruth: readonly Sequence[] },
): Sequence[] {
  const { file, groundTruth } = options;
  const slotsOf = new Map<unknown, number>();
  for (const { frames, keypoints } of groundTruth) {
    for (const frame of frames) slotsOf.set(frame.imageId, keypoints.length);
  }
  const peopleOf = new Map<unknown, AnnotatedPerson[]>();
  results.forEach((entry, index) => {
    const place = `[${index}]`;
    const result = objectField(entry, file, place);
    const slots = slotsOf.get(result.image_id);
    if (slots === undefined) {
      throw new RangeError(
        `Cannot read ${file}: ${place}.image_id is ${
          describeValue(result.image_id)
        }, expected an image of the ` +
          "ground truth",
      );
    }
    if (result.keypoints === undefined) {
      throw badField(file, `${place}.keypoints`, undefined, `a list of ${3 * slots} numbers`);
    }
    numberField(result.score, file, `${place}.score`);
    const people = peopleOf.get(result.image_id);
    const person = readPerson(result, { file, place, slots });
    if (people === undefined) peopleOf.set(result.image_id, [person]);
    else people.push(person);
  });
  return groundTruth.map((sequence) => ({
    ...sequence,
    file,
    format: "coco",
    frames: sequence.frames.map((frame) => ({
      ...frame,
      ignoreRegions: [],
      people: peopleOf.get(frame.imageId) ?? [],
    })),
  }));
}
