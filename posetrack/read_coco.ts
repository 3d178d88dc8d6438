import { keypointSets } from "../people/keypoint_sets.ts";
import { describeValue, type Field } from "./field.ts";
import { fileStem, videoOf } from "./file_names.ts";
import { readPerson } from "./read_person.ts";
import { readCoordinateRegions } from "./read_regions.ts";
import type { AnnotatedPerson, AnnotationFormat, Sequence, SequenceFrame } from "./sequence.ts";

/** What {@link readCoco} reads. */
export interface ReadCocoOptions {
  /** Whether to read ignore regions; predictions have none that count. */
  regions: boolean;
}

/**
 * Reads a COCO-like document: PoseTrack 2018, PoseTrack21 or COCO keypoints. Frames keep the order of `images`, people
 * that of `annotations`; annotations of unknown images are dropped, as poseval does.
 *
 * @param document The file, with `images`, `annotations`, and one category `person` that names the keypoints
 * (PoseTrack21 results may leave the categories out).
 * @param options What to read.
 * @returns One sequence per video, in the order in which they appear.
 * @throws {TypeError} If a field is missing or of the wrong kind: unknown joint names, a wrong number of keypoints or
 * scores, NaN.
 * @throws {RangeError} If image or annotation ids repeat.
 */
export function readCoco(document: Field, options: ReadCocoOptions): Sequence[] {
  const { file } = document;
  const images = document.key("images").list();
  const annotations = document.key("annotations").list();
  const keypoints = readKeypointNames(document.key("categories"));
  const people = new Map<unknown, AnnotatedPerson[]>(images.map((image) => [image.object().id, []]));
  for (const annotation of annotations) {
    const imageId = annotation.key("image_id");
    if (imageId.value === undefined) throw imageId.error("an image id");
    people.get(imageId.value)?.push(readPerson(annotation, keypoints.length));
  }
  requireUniqueIds(images);
  requireUniqueIds(annotations);

  const format = formatOf(keypoints, [...images, ...annotations]);
  const videos = new Map<string, SequenceFrame[]>();
  for (const image of images) {
    const frame = readFrame(image, { ...options, people: people.get(image.object().id) ?? [] });
    const video = format === "coco" ? "" : videoOf(frame.fileName);
    const frames = videos.get(video);
    if (frames === undefined) videos.set(video, [frame]);
    else frames.push(frame);
  }
  if (videos.size === 0) videos.set("", []);
  const name = fileStem(file);
  return [...videos].map(([video, frames]) => ({ name, file, format, video, keypoints, frames }));
}

function formatOf(keypoints: readonly string[], entries: readonly Field[]): AnnotationFormat {
  if (!keypoints.includes("head_bottom")) return "coco";
  const own = (entry: Field) =>
    Object.hasOwn(entry.object(), "has_labeled_person") || Object.hasOwn(entry.object(), "person_id");
  return entries.some(own) ? "posetrack21" : "posetrack2018";
}

function readKeypointNames(categories: Field): readonly string[] {
  if (categories.value === undefined) return keypointSets.posetrack17.keypoints;
  const list = categories.list();
  if (list.length !== 1) throw categories.error('exactly one category, "person"');
  const [category] = list;
  const title = category.key("name");
  if (title.value !== "person") throw title.error('"person"');
  const names = category.key("keypoints").list().map(({ value }) => value);
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
    throw new TypeError(`Cannot read ${categories.file}: in categories[0], ${problems.join("; ")}`);
  }
  return names as readonly string[];
}

function requireUniqueIds(entries: readonly Field[]): void {
  const first = new Map<unknown, Field>();
  const problems: string[] = [];
  for (const entry of entries) {
    const { id } = entry.object();
    if (id === undefined || id === null) continue;
    const earlier = first.get(id);
    if (earlier === undefined) first.set(id, entry);
    else problems.push(`${earlier.place} and ${entry.place} share the id ${describeValue(id)}`);
  }
  if (problems.length > 0) {
    const shown = problems.slice(0, 10).join("; ");
    const more = problems.length > 10 ? `; and ${problems.length - 10} more` : "";
    throw new RangeError(`Cannot read ${entries[0].file}: ${shown}${more}, expected each id once`);
  }
}

function readFrame(
  image: Field,
  options: ReadCocoOptions & { people: readonly AnnotatedPerson[] },
): SequenceFrame {
  const { people } = options;
  const width = image.key("width");
  const height = image.key("height");
  const labeled = image.key("is_labeled").value;
  return {
    place: image.place,
    imageId: image.key("id").imageId(),
    fileName: image.key("file_name").text(),
    ...(width.isPresent ? { width: width.number() } : {}),
    ...(height.isPresent ? { height: height.number() } : {}),
    ...(typeof labeled === "boolean" || typeof labeled === "number" ? { isLabeled: Boolean(labeled) } : {}),
    ignoreRegions: options.regions ? readCoordinateRegions(image, { checked: people.length > 0 }) : [],
    people,
  };
}
