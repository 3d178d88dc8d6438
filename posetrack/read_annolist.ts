import { badField, type JsonObject, listField, objectField } from "./fields.ts";
import { fileStem, videoOf } from "./file_names.ts";
import { evaluatedJoints } from "./joints.ts";
import { firstNumber, pointRegions } from "./region_fields.ts";
import type { AnnotatedPerson, AnnotatedPoint, Sequence, SequenceFrame } from "./sequence.ts";

/** What {@link readAnnolist} reads. */
export interface ReadAnnolistOptions {
  /** Name of the file, for messages and for the sequence. */
  file: string;
  /** Whether to read ignore regions; predictions have none that count. */
  regions: boolean;
}

/** Joint names by the point ids of 2017 files. */
const keypoints = evaluatedJoints.map((joint) => joint === "neck" ? "head_bottom" : joint);

/**
 * Reads a PoseTrack 2017 document.
 *
 * @param document The parsed file, with an `annolist`.
 * @param options File name and what to read.
 * @returns The sequence.
 * @throws {TypeError} If a field is missing or of the wrong kind.
 */
export function readAnnolist(document: JsonObject, options: ReadAnnolistOptions): Sequence {
  const { file } = options;
  const frames = listField(document.annolist, file, "annolist").map((entry, index) =>
    readFrame(objectField(entry, file, `annolist[${index}]`), { ...options, place: `annolist[${index}]` })
  );
  const video = frames.length === 0 ? "" : videoOf(frames[0].fileName);
  return { name: fileStem(file), file, format: "posetrack2017", video, keypoints, frames };
}

function readFrame(frame: JsonObject, options: ReadAnnolistOptions & { place: string }): SequenceFrame {
  const { file, place } = options;
  const people = listField(frame.annorect, file, `${place}.annorect`).map((entry, index) => {
    const person = `${place}.annorect[${index}]`;
    return readPerson(objectField(entry, file, person), file, person);
  });
  const image = Array.isArray(frame.image) ? frame.image[0] : frame.image;
  const name = (image as JsonObject | undefined | null)?.name;
  const labeled = Array.isArray(frame.is_labeled) ? frame.is_labeled[0] : frame.is_labeled;
  return {
    place,
    fileName: typeof name === "string" ? name : "",
    ...(labeled === undefined || labeled === null ? {} : { isLabeled: Boolean(labeled) }),
    ignoreRegions: options.regions ? pointRegions(frame, { file, place, checked: people.length > 0 }) : [],
    people,
  };
}

function readPerson(rectangle: JsonObject, file: string, place: string): AnnotatedPerson {
  const person: AnnotatedPerson = { place, isCrowd: false };
  const points = readPoints(rectangle.annopoints, file, `${place}.annopoints`);
  if (points !== undefined) person.points = points;
  const trackId = optionalFirst(rectangle.track_id, file, `${place}.track_id`);
  if (trackId !== undefined) {
    if (!Number.isInteger(trackId)) throw badField(file, `${place}.track_id`, trackId, "an integer");
    person.trackId = trackId;
  }
  const score = optionalFirst(rectangle.score, file, `${place}.score`);
  if (score !== undefined) person.score = score;
  const [x1, y1, x2, y2] = ["x1", "y1", "x2", "y2"].map((key) =>
    optionalFirst(rectangle[key], file, `${place}.${key}`)
  );
  if (x1 !== undefined && y1 !== undefined && x2 !== undefined && y2 !== undefined) {
    person.headBox = [x1, y1, x2, y2];
  }
  return person;
}

function readPoints(value: unknown, file: string, place: string): AnnotatedPoint[] | undefined {
  if (value === undefined || value === null) return undefined;
  const list = listField(value, file, place);
  if (list.length === 0) return undefined;
  const holder = objectField(list[0], file, `${place}[0]`);
  if (holder.point === undefined) return undefined;
  return listField(holder.point, file, `${place}[0].point`).map((entry, index) => {
    const where = `${place}[0].point[${index}]`;
    const source = objectField(entry, file, where);
    const point: AnnotatedPoint = {
      slot: readSlot(source, file, where),
      x: firstNumber(source.x, file, `${where}.x`),
      y: firstNumber(source.y, file, `${where}.y`),
    };
    const visibility = optionalFirst(source.is_visible, file, `${where}.is_visible`);
    if (visibility !== undefined) point.visibility = visibility;
    if (source.score !== undefined) point.score = firstNumber(source.score, file, `${where}.score`);
    return point;
  });
}

function readSlot(point: JsonObject, file: string, place: string): number {
  if (point.id === null) return -1;
  const id = firstNumber(point.id, file, `${place}.id`);
  return Number.isInteger(id) && id >= 0 && id < keypoints.length ? id : -1;
}

function optionalFirst(value: unknown, file: string, place: string): number | undefined {
  if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) return undefined;
  return firstNumber(value, file, place);
}
