import { describeValue, type Field } from "./field.ts";
import { readPerson } from "./read_person.ts";
import type { AnnotatedPerson, Sequence } from "./sequence.ts";

/**
 * Reads a COCO results list: one object per person with `image_id`, `keypoints` and `score`.
 *
 * @param results The file.
 * @param groundTruth The sequences whose images the results speak of; they give the joint names.
 * @returns The ground truth's sequences with the results as people.
 * @throws {TypeError} If a field is missing or of the wrong kind.
 * @throws {RangeError} If a result names an image that the ground truth does not have.
 */
export function readCocoResults(results: Field, groundTruth: readonly Sequence[]): Sequence[] {
  const { file } = results;
  const slotsOf = new Map<unknown, number>();
  for (const { frames, keypoints } of groundTruth) {
    for (const frame of frames) slotsOf.set(frame.imageId, keypoints.length);
  }
  const peopleOf = new Map<unknown, AnnotatedPerson[]>();
  for (const result of results.list()) {
    const imageId = result.key("image_id");
    const slots = slotsOf.get(imageId.value);
    if (slots === undefined) {
      throw new RangeError(
        `Cannot read ${file}: ${imageId.place} is ${
          describeValue(imageId.value)
        }, expected an image of the ground truth`,
      );
    }
    result.key("score").number();
    const person = readPerson(result, slots);
    const people = peopleOf.get(imageId.value);
    if (people === undefined) peopleOf.set(imageId.value, [person]);
    else people.push(person);
  }
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
