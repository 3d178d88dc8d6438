import { type Box, boxFault } from "../people/box.ts";
import { Field } from "./field.ts";
import { readJsonFile } from "./json_file.ts";
import type { AnnotatedPerson, SequenceFrame } from "./sequence.ts";

/** A person's box and how sure its source is. */
export interface PersonBox {
  /** Left, top, width, height in pixels. */
  box: Box;
  /** Confidence of the detector; 1 for annotated boxes. */
  score: number;
  /** Id of the person within the sequence, for annotated boxes. */
  trackId?: number;
}

/** Which detections are read. */
export interface ReadDetectionsOptions {
  /**
   * Detections with a lower score are left out.
   *
   * @default 0
   */
  threshold?: number;
}

/**
 * Reads person detections in COCO form: a list of `image_id`, `category_id` (1 = person), `bbox` and `score`.
 *
 * @param file The file.
 * @param options Threshold.
 * @returns Boxes by image id, in file order.
 * @throws {TypeError} If a field is missing or of the wrong kind, or a box has no area; with its index.
 * @throws {SyntaxError} If the file is no JSON.
 */
export async function readDetections(
  file: string,
  options: ReadDetectionsOptions = {},
): Promise<Map<number | string, PersonBox[]>> {
  const { threshold = 0 } = options;
  const result = new Map<number | string, PersonBox[]>();
  for (const entry of new Field(await readJsonFile(file), file).list()) {
    const category = entry.key("category_id").value;
    if (category !== undefined && category !== 1) continue;
    const score = entry.key("score").number();
    const imageId = entry.key("image_id").imageId();
    if (score < threshold) continue;
    const bbox = entry.key("bbox");
    const fault = boxFault(bbox.value);
    if (fault !== undefined) throw new TypeError(`Cannot read ${file}: ${bbox.place}: ${fault}`);
    const [x, y, width, height] = bbox.numbers(4);
    const boxes = result.get(imageId);
    const found: PersonBox = { box: [x, y, width, height], score };
    if (boxes === undefined) result.set(imageId, [found]);
    else boxes.push(found);
  }
  return result;
}

/**
 * The annotated boxes of a frame: `bbox` where the file has one, else the smallest box around the labelled joints,
 * grown by 15 % of its size on every side, as poseval's converter does for PoseTrack 2017. Crowds and people without either are left out.
 *
 * @param frame Annotated frame.
 * @returns Boxes in file order.
 */
export function annotatedBoxes(frame: SequenceFrame): PersonBox[] {
  return frame.people.flatMap((person) => {
    const box = person.box ?? boxOfPoints(person);
    if (person.isCrowd || box === undefined || box[2] <= 0 || box[3] <= 0) return [];
    return [{ box, score: 1, ...(person.trackId === undefined ? {} : { trackId: person.trackId }) }];
  });
}

function boxOfPoints(person: AnnotatedPerson): Box | undefined {
  const points = (person.points ?? []).filter(({ x, y, visibility }) =>
    x !== 0 || y !== 0 || (visibility ?? 1) > 0
  );
  if (points.length === 0) return undefined;
  const left = Math.min(...points.map(({ x }) => x));
  const top = Math.min(...points.map(({ y }) => y));
  const width = Math.max(...points.map(({ x }) => x)) - left;
  const height = Math.max(...points.map(({ y }) => y)) - top;
  return [left - 0.15 * width, top - 0.15 * height, 1.3 * width, 1.3 * height];
}
