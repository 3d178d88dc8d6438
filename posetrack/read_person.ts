import type { Box } from "../people/box.ts";
import type { Field } from "./field.ts";
import type { AnnotatedPerson, AnnotatedPoint } from "./sequence.ts";

/**
 * Reads one annotation or result of a COCO-like file.
 *
 * @param annotation The annotation.
 * @param slots Number of keypoint slots.
 * @returns The person, with one point per slot.
 * @throws {TypeError} If a field is of the wrong kind or length.
 */
export function readPerson(annotation: Field, slots: number): AnnotatedPerson {
  const person: AnnotatedPerson = {
    place: annotation.place,
    points: readPoints(annotation, slots),
    isCrowd: Boolean(annotation.key("iscrowd").value),
  };
  const { id } = annotation.object();
  const trackId = annotation.key("track_id");
  const personId = annotation.key("person_id");
  const box = readBox(annotation.key("bbox"));
  const headBox = annotation.key("bbox_head");
  const score = annotation.key("score");
  const area = annotation.key("area");
  const keypointCount = annotation.key("num_keypoints");
  if (typeof id === "number") person.id = id;
  if (trackId.isPresent) person.trackId = trackId.integer();
  if (personId.isPresent) person.personId = personId.number();
  if (box !== undefined) person.box = box;
  if (score.isPresent) person.score = score.number();
  if (area.isPresent) person.area = area.number();
  if (keypointCount.isPresent) person.keypointCount = keypointCount.number();
  if (headBox.value !== undefined) {
    const [x, y, width, height] = headBox.numbers(4);
    person.headBox = [x, y, x + width, y + height];
  }
  return person;
}

function readPoints(annotation: Field, slots: number): AnnotatedPoint[] {
  const coordinates = annotation.key("keypoints").numbers(3 * slots);
  const scores = readScores(annotation.key("scores"), slots);
  const points: AnnotatedPoint[] = [];
  for (let slot = 0; slot < slots; slot++) {
    const point: AnnotatedPoint = {
      slot,
      x: coordinates[3 * slot],
      y: coordinates[3 * slot + 1],
      visibility: coordinates[3 * slot + 2],
    };
    if (scores !== undefined) point.score = scores[slot];
    points.push(point);
  }
  return points;
}

function readScores(scores: Field, slots: number): readonly number[] | undefined {
  if (!scores.isPresent || scores.isEmptyList) return undefined;
  const numbers = scores.numbers();
  if (numbers.length < slots) throw scores.error(`a list of ${slots} numbers`);
  return numbers;
}

function readBox(box: Field): Box | undefined {
  if (!box.isPresent || box.isEmptyList) return undefined;
  const [x, y, width, height] = box.numbers(4);
  return [x, y, width, height];
}
