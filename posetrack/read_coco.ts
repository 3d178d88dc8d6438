import { keypointSets } from "../people/keypoint_sets.ts";
import {
  badField,
  describeValue,
  type JsonObject,
  listField,
  objectField,
  optionalNumber,
  stringField,
} from "./fields.ts";
import { fileStem, videoOf } from "./file_names.ts";
import { readPerson } from "./read_person.ts";
import { coordinateRegions } from "./region_fields.ts";
import type { AnnotatedPerson, AnnotationFormat, Sequence, SequenceFrame } from "./sequence.ts";

/** What {@link readCoco} reads. */
export interface ReadCocoOptions {
  /** Name of the file, for messages and for the sequence. */
  file: string;
  /** Whether to read ignore regions; predictions have none that count. */
  regions: boolean;
}

/**
 * Reads a COCO-like document: PoseTrack 2018, PoseTrack21 or COCO keypoints. Frames keep the order of `images`, people
 * that of `annotations`; annotations of unknown images are dropped, as poseval does.
 *
 * @param document The parsed file, with `images`, `annotations`, and one category `person` that names the keypoints
 * (PoseTrack21 results may leave the categories out).
 * @param options File name and what to read.
 * @returns One sequence per video, in the order in which they appear.
 * @throws {TypeError} If a field is missing or of the wrong kind: unknown joint names, a wrong number of keypoints or
 * scores, NaN.
 * @throws {RangeError} If image or annotation ids repeat.
 */
export function readCoco(document: JsonObject, options: ReadCocoOptions): Sequence[] {
  const { file } = options;
  const images = listField(document.images, file, "images");
  const annotations = listField(document.annotations, file, "annotations");
  const keypoints = readKeypointNames(document.categories, file);
  const people = new Map<unknown, AnnotatedPerson[]>();
  for (let i = 0; i < images.length; i++) {
    people.set(objectField(images[i], file, `images[${i}]`).id, []);
  }
  annotations.forEach((entry, index) => {
    const place = `annotations[${index}]`;
    const annotation = objectField(entry, file, place);
    if (annotation.image_id === undefined) {
      throw badField(file, `${place}.image_id`, undefined, "an image id");
    }
    people.get(annotation.image_id)?.push(readPerson(annotation, { file, place, slots: keypoints.length }));
  });
  requireUniqueIds(images, "images", file);
  requireUniqueIds(annotations, "annotations", file);

  const format = formatOf(keypoints, images, annotations);
  const videos = new Map<string, SequenceFrame[]>();
  images.forEach((entry, index) => {
    const image = entry as JsonObject;
    const frame = readFrame(image, {
      ...options,
      place: `images[${index}]`,
      people: people.get(image.id) ?? [],
    });
    const video = format === "coco" ? "" : videoOf(frame.fileName);
    const frames = videos.get(video);
    if (frames === undefined) videos.set(video, [frame]);
    else frames.push(frame);
  });
  if (videos.size === 0) videos.set("", []);
  const name = fileStem(file);
  return [...videos].map(([video, frames]) => ({ name, file, format, video, keypoints, frames }));
}

function formatOf(
  keypoints: readonly string[],
  images: readonly unknown[],
  annotations: readonly unknown[],
): AnnotationFormat {
  if (!keypoints.includes("head_bottom")) return "coco";
  const has = (entry: unknown, key: string) => Object.hasOwn(entry as object, key);
  return images.some((image) => has(image, "has_labeled_person")) ||
      annotations.some((annotation) => has(annotation, "person_id"))
    ? "posetrack21"
    : "posetrack2018";
}

function readKeypointNames(categories: unknown, file: string): readonly string[] {
  if (categories === undefined) return keypointSets.posetrack17.keypoints;
  const list = listField(categories, file, "categories");
  if (list.length !== 1) throw badField(file, "categories", categories, 'exactly one category, "person"');
  const category = objectField(list[0], file, "categories[0]");
  if (category.name !== "person") throw badField(file, "categories[0].name", category.name, '"person"');
  const names = listField(category.keypoints, file, "categories[0].keypoints");
  const known = new Set(Object.values(keypointSets).flatMap((set) => set.keypoints));
  const problems: string[] = [];
  names.forEach((name, index) => {
    if (typeof name !== "string" || !known.has(name)) {
      problems.push(
        `keypoints[${index}] is ${describeValue(name)}, expected a joint name such as "left_ankle"`,
      );
    } else if (names.indexOf(name) < index) {
      problems.push(`keypoints[${index}] repeats "${name}", expected each joint once`);
    }
  });
  if (names.length === 0) problems.push("keypoints is an empty list, expected the joint names");
  if (problems.length > 0) {
    throw new TypeError(`Cannot read ${file}: in categories[0], ${problems.join("; ")}`);
  }
  return names as readonly string[];
}

function requireUniqueIds(entries: readonly unknown[], list: string, file: string): void {
  const first = new Map<unknown, number>();
  const problems: string[] = [];
  entries.forEach((entry, index) => {
    const { id } = entry as JsonObject;
    if (id === undefined || id === null) return;
    const earlier = first.get(id);
    if (earlier === undefined) first.set(id, index);
    else problems.push(`${list}[${earlier}] and ${list}[${index}] share the id ${describeValue(id)}`);
  });
  if (problems.length > 0) {
    const shown = problems.slice(0, 10).join("; ");
    const more = problems.length > 10 ? `; and ${problems.length - 10} more` : "";
    throw new RangeError(`Cannot read ${file}: ${shown}${more}, expected each id once`);
  }
}

function readFrame(
  image: JsonObject,
  options: ReadCocoOptions & { place: string; people: readonly AnnotatedPerson[] },
): SequenceFrame {
  const { file, place, people } = options;
  if (typeof image.id !== "number" && typeof image.id !== "string") {
    throw badField(file, `${place}.id`, image.id, "an image id");
  }
  const width = optionalNumber(image.width, file, `${place}.width`);
  const height = optionalNumber(image.height, file, `${place}.height`);
  return {
    place,
    imageId: image.id,
    fileName: stringField(image.file_name, file, `${place}.file_name`),
    ...(width === undefined ? {} : { width }),
    ...(height === undefined ? {} : { height }),
    ...(typeof image.is_labeled === "boolean" || typeof image.is_labeled === "number"
      ? { isLabeled: Boolean(image.is_labeled) }
      : {}),
    ignoreRegions: options.regions
      ? coordinateRegions(image, { file, place, checked: people.length > 0 })
      : [],
    people,
  };
}
