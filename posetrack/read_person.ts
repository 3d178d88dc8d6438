import type { Box } from "../people/box.ts";
import { badField, type JsonObject, listField, numberField, numbersField, optionalNumber } from "./fields.ts";
import type { AnnotatedPerson, AnnotatedPoint } from "./sequence.ts";

/** Where a person is read from. */
export interface ReadPersonOptions {
  /** Name of the file. */
  file: string;
  /** Path of the annotation within it. */
  place: string;
  /** Number of keypoint slots. */
  slots: number;
}

/**
 * Reads one annotation or result of a COCO-like file.
 *
 * @param annotation The annotation's object.
 * @param options Where it stands and how many keypoints it has.
 * @returns The person, with one point per slot.
 * @throws {TypeError} If a field is of the wrong kind or length.
 */
export function readPerson(annotation: JsonObject, options: ReadPersonOptions): AnnotatedPerson {
  const { file, place, slots } = options;
  const coordinates = numbersField(annotation.keypoints, file, {
    place: `${place}.keypoints`,
    length: 3 * slots,
  });
  const scores = readScores(annotation.scores, options);
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
  const person: AnnotatedPerson = { place, points, isCrowd: Boolean(annotation.iscrowd) };
  const id = optionalNumber(annotation.id, file, `${place}.id`);
  const trackId = readTrackId(annotation.track_id, file, `${place}.track_id`);
  const personId = optionalNumber(annotation.person_id, file, `${place}.person_id`);
  const box = readBox(annotation.bbox, file, `${place}.bbox`);
  const score = optionalNumber(annotation.score, file, `${place}.score`);
  const area = optionalNumber(annotation.area, file, `${place}.area`);
  const keypointCount = optionalNumber(annotation.num_keypoints, file, `${place}.num_keypoints`);
  if (id !== undefined) person.id = id;
  if (trackId !== undefined) person.trackId = trackId;
  if (personId !== undefined) person.personId = personId;
  if (box !== undefined) person.box = box;
  if (score !== undefined) person.score = score;
  if (area !== undefined) person.area = area;
  if (keypointCount !== undefined) person.keypointCount = keypointCount;
  if (annotation.bbox_head !== undefined) {
    const [x, y, width, height] = numbersField(annotation.bbox_head, file, {
      place: `${place}.bbox_head`,
      length: 4,
    });
    person.headBox = [x, y, x + width, y + height];
  }
  return person;
}

function readScores(
  value: unknown,
  options: ReadPersonOptions,
): readonly number[] | undefined {
  const { file, place, slots } = options;
  if (value === undefined || value === null) return undefined;
  const scores = listField(value, file, `${place}.scores`);
  if (scores.length === 0) return undefined;
  if (scores.length < slots) throw badField(file, `${place}.scores`, scores, `a list of ${slots} numbers`);
  return numbersField(scores, file, { place: `${place}.scores` });
}

function readBox(value: unknown, file: string, place: string): Box | undefined {
  if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) return undefined;
  const [x, y, width, height] = numbersField(value, file, { place, length: 4 });
  return [x, y, width, height];
}

function readTrackId(value: unknown, file: string, place: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  const id = numberField(value, file, place);
  if (!Number.isInteger(id)) throw badField(file, place, id, "an integer");
  return id;
}
