import type { Field } from "./field.ts";
import { fileStem, videoOf } from "./file_names.ts";
import { evaluatedJoints } from "./joints.ts";
import { readPointRegions } from "./read_regions.ts";
import type { AnnotatedPerson, AnnotatedPoint, Sequence, SequenceFrame } from "./sequence.ts";

/** What {@link readAnnolist} reads. */
export interface ReadAnnolistOptions {
  /** Whether to read ignore regions; predictions have none that count. */
  regions: boolean;
}

/** Joint names by the point ids of 2017 files. */
const keypoints = evaluatedJoints.map((joint) => joint === "neck" ? "head_bottom" : joint);

/**
 * Reads a PoseTrack 2017 document.
 *
 * @param document The file, with an `annolist`.
 * @param options What to read.
 * @returns The sequence.
 * @throws {TypeError} If a field is missing or of the wrong kind.
 */
export function readAnnolist(document: Field, options: ReadAnnolistOptions): Sequence {
  const { file } = document;
  const frames = document.key("annolist").list().map((frame) => readFrame(frame, options));
  const video = frames.length === 0 ? "" : videoOf(frames[0].fileName);
  return { name: fileStem(file), file, format: "posetrack2017", video, keypoints, frames };
}

function readFrame(frame: Field, options: ReadAnnolistOptions): SequenceFrame {
  const people = frame.key("annorect").list().map(readPerson);
  const image = frame.key("image").first();
  const name = image.isPresent ? image.key("name").value : undefined;
  const labeled = frame.key("is_labeled").first();
  return {
    place: frame.place,
    fileName: typeof name === "string" ? name : "",
    ...(labeled.isPresent ? { isLabeled: Boolean(labeled.value) } : {}),
    ignoreRegions: options.regions ? readPointRegions(frame, { checked: people.length > 0 }) : [],
    people,
  };
}

function readPerson(rectangle: Field): AnnotatedPerson {
  const person: AnnotatedPerson = { place: rectangle.place, isCrowd: false };
  const points = readPoints(rectangle.key("annopoints"));
  const trackId = rectangle.key("track_id").first();
  const score = rectangle.key("score").first();
  const corners = ["x1", "y1", "x2", "y2"].map((key) => rectangle.key(key).first());
  if (points !== undefined) person.points = points;
  if (trackId.isPresent) person.trackId = trackId.integer();
  if (score.isPresent) person.score = score.number();
  if (corners.every((corner) => corner.isPresent)) {
    const [x1, y1, x2, y2] = corners.map((corner) => corner.number());
    person.headBox = [x1, y1, x2, y2];
  }
  return person;
}

function readPoints(annopoints: Field): AnnotatedPoint[] | undefined {
  if (!annopoints.isPresent || annopoints.isEmptyList) return undefined;
  const [holder] = annopoints.list();
  const list = holder.key("point");
  if (list.value === undefined) return undefined;
  return list.list().map((source) => {
    const point: AnnotatedPoint = {
      slot: readSlot(source.key("id")),
      x: source.key("x").first().number(),
      y: source.key("y").first().number(),
    };
    const visibility = source.key("is_visible").first();
    if (visibility.isPresent) point.visibility = visibility.number();
    const score = source.key("score");
    if (score.value !== undefined) point.score = score.first().number();
    return point;
  });
}

/** −1 for no id and for ids that the format does not define. */
function readSlot(field: Field): number {
  if (field.value === null) return -1;
  const id = field.first().number();
  return Number.isInteger(id) && id >= 0 && id < keypoints.length ? id : -1;
}
