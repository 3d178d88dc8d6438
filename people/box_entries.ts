import { type Box, boxFault } from "./box.ts";

/** One person of a boxes file, before it is known which frame that is. */
export interface BoxEntry {
  /** Where it stands in the file, for errors: "entry 3" or "annotation 3". */
  where: string;
  /** What the file calls the frame: a number, or a file name. */
  image: number | string;
  /** The box in pixels. */
  box: Box;
  /** The detector's score; 1 where the file has none. */
  score: number;
  /** The person's number in the clip. */
  trackId?: number;
}

const wanted = "COCO detections, PoseTrack 2018 annotations or a poses.json";

/**
 * Reads the people of a boxes file: a list of COCO detections (`image_id` or `file_name`, `bbox`, `score`,
 * `category_id`), or an object with `images` and `annotations` (PoseTrack 2018, COCO, our own `poses.json`).
 *
 * Left out are other categories than persons (1), crowds, and annotated people without box and joints.
 *
 * @param text Content of the file.
 * @param file Its name, for errors.
 * @returns The people in the file's order.
 * @throws {SyntaxError} If the content is not JSON.
 * @throws {TypeError} If it is another kind of file, or entries are faulty: ten of them are told.
 */
export function readBoxEntries(text: string, file: string): BoxEntry[] {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw new SyntaxError(`Cannot read boxes from ${file}: it is not JSON, expected ${wanted}`, {
      cause: error,
    });
  }
  const problems: string[] = [];
  const entries = Array.isArray(content)
    ? detections(content, problems)
    : annotations(content, file, problems);
  if (problems.length > 0) {
    const shown = problems.slice(0, 10).map((problem) => `\n  ${problem}`).join("");
    const more = problems.length > 10 ? `\n  and ${problems.length - 10} more` : "";
    throw new TypeError(`Cannot read boxes from ${file}: faults in ${problems.length} places${shown}${more}`);
  }
  return entries;
}

function detections(list: readonly unknown[], problems: string[]): BoxEntry[] {
  return list.flatMap((item, index) => {
    const entry = fields(item);
    const image = entry.file_name ?? entry.image_id;
    return readEntry(entry, { where: `entry ${index}`, image }, problems);
  });
}

function annotations(content: unknown, file: string, problems: string[]): BoxEntry[] {
  const { images, annotations: list, annolist } = fields(content);
  if (!Array.isArray(images) || !Array.isArray(list)) {
    const found = annolist !== undefined
      ? "it has an annolist (PoseTrack 2017)"
      : `it is ${describe(content)} without images and annotations`;
    throw new TypeError(`Cannot read boxes from ${file}: ${found}, expected ${wanted}`);
  }
  const names = new Map<unknown, unknown>();
  images.forEach((item, index) => {
    const { id, file_name } = fields(item);
    if (typeof id !== "number") problems.push(`image ${index}: found id ${show(id)}, expected a number`);
    else if (names.has(id)) problems.push(`image ${index}: its id ${id} is taken by an earlier image`);
    names.set(id, file_name ?? id);
  });
  return list.flatMap((item, index) => {
    const entry = fields(item);
    const where = `annotation ${index}`;
    if (entry.iscrowd === true || entry.iscrowd === 1 || isNobody(entry)) return [];
    if (!names.has(entry.image_id)) {
      problems.push(`${where}: found image_id ${show(entry.image_id)}, expected the id of one of the images`);
      return [];
    }
    return readEntry(entry, { where, image: names.get(entry.image_id) }, problems);
  });
}

function readEntry(
  entry: Record<string, unknown>,
  { where, image }: { where: string; image: unknown },
  problems: string[],
): BoxEntry[] {
  const { category_id = 1, bbox, score = 1, track_id } = entry;
  if (category_id !== 1) return [];
  const count = problems.length;
  const isName = typeof image === "string" && image !== "";
  if (!isName && !(Number.isInteger(image) && (image as number) >= 0)) {
    problems.push(`${where}: found image_id ${show(image)}, expected a whole number or a file name`);
  }
  const fault = boxFault(bbox);
  if (fault) problems.push(`${where}: bbox: ${fault}`);
  if (typeof score !== "number" || !Number.isFinite(score)) {
    problems.push(`${where}: found score ${show(score)}, expected a number`);
  }
  if (track_id !== undefined && track_id !== null && !Number.isInteger(track_id)) {
    problems.push(`${where}: found track_id ${show(track_id)}, expected a whole number`);
  }
  if (problems.length > count) return [];
  const trackId = typeof track_id === "number" ? { trackId: track_id } : {};
  return [{ where, image: image as number | string, box: bbox as Box, score: score as number, ...trackId }];
}

/** PoseTrack annotates people that nobody labelled: no joint, and no box or an empty one. */
function isNobody({ bbox, keypoints }: Record<string, unknown>): boolean {
  const hasJoints = Array.isArray(keypoints) && keypoints.some((value) => value !== 0);
  const hasBox = Array.isArray(bbox) && bbox.some((value) => value !== 0);
  return keypoints !== undefined && !hasJoints && !hasBox;
}

function fields(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? value as Record<string, unknown> : {};
}

function describe(value: unknown): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value).slice(0, 40);
  const keys = Object.keys(value);
  return keys.length === 0 ? "an empty object" : `an object with ${keys.slice(0, 5).join(", ")}`;
}

function show(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 60);
}
