import { basename } from "node:path";
import { type Box, boxFault } from "../../people/box.ts";
import type { Pose } from "../../people/pose.ts";

/** One image of a poses file with the people in it. */
export interface PosedImage {
  /** The image's number in the file. */
  id: number;
  /** File name, with its folder. */
  fileName: string;
  /** Width in pixels; 0 if the file does not say. */
  width: number;
  /** Height in pixels; 0 if the file does not say. */
  height: number;
  /** The people, in the file's order. */
  poses: Pose[];
}

/** What a poses file holds. */
export interface PosesFile {
  /** Names of the joints, length K. */
  keypoints: string[];
  /** The images in the file's order. */
  images: PosedImage[];
}

/**
 * Reads a `poses.json`, or any file of PoseTrack 2018 or COCO form with keypoints as x, y and score.
 *
 * @param path The file.
 * @returns Joint names and images.
 * @throws {Error} If the file cannot be read.
 * @throws {SyntaxError} If it is not JSON.
 * @throws {TypeError} If it is another kind of file, or entries are faulty: ten of them are told.
 */
export async function readPoses(path: string): Promise<PosesFile> {
  const file = basename(path);
  const content = parse(await Deno.readTextFile(path), file);
  const keypoints = fields(list(content.categories)[0]).keypoints;
  if (!Array.isArray(content.images) || !Array.isArray(content.annotations) || !Array.isArray(keypoints)) {
    throw new TypeError(
      `Cannot read poses from ${file}: it has no images, annotations or category with keypoints, expected a poses.json`,
    );
  }
  const problems: string[] = [];
  const images = new Map<unknown, PosedImage>();
  content.images.forEach((item, index) => {
    const { id, file_name, width = 0, height = 0 } = fields(item);
    if (typeof id !== "number" || typeof file_name !== "string" || images.has(id)) {
      problems.push(
        `image ${index}: found id ${JSON.stringify(id)}, expected a number of its own and a file_name`,
      );
    }
    const size = { width: Number(width), height: Number(height) };
    images.set(id, { id: Number(id), fileName: String(file_name), ...size, poses: [] });
  });
  content.annotations.forEach((item, index) => {
    const { image_id } = fields(item);
    const pose = readPose(fields(item), keypoints.length);
    const image = images.get(image_id);
    if (typeof pose === "string") problems.push(`annotation ${index}: ${pose}`);
    else if (!image) {
      problems.push(
        `annotation ${index}: found image_id ${JSON.stringify(image_id)}, expected an image's id`,
      );
    } else image.poses.push(pose);
  });
  if (problems.length > 0) {
    const shown = problems.slice(0, 10).map((problem) => `\n  ${problem}`).join("");
    const more = problems.length > 10 ? `\n  and ${problems.length - 10} more` : "";
    throw new TypeError(`Cannot read poses from ${file}: faults in ${problems.length} places${shown}${more}`);
  }
  return { keypoints: keypoints.map(String), images: [...images.values()] };
}

/** A pose, or what is wrong with it. */
function readPose(entry: Record<string, unknown>, count: number): Pose | string {
  const { keypoints, bbox, score = 1, track_id } = entry;
  if (!Array.isArray(keypoints) || keypoints.length !== 3 * count || !keypoints.every(Number.isFinite)) {
    return `found ${list(keypoints).length} keypoint numbers, expected ${3 * count} finite ones`;
  }
  const fault = boxFault(bbox);
  if (fault) return `bbox: ${fault}`;
  if (typeof score !== "number" || !Number.isFinite(score)) {
    return `found score ${String(score)}, expected a number`;
  }
  return {
    keypoints: Array.from({ length: count }, (_, k) => {
      const [x, y, score] = keypoints.slice(3 * k, 3 * k + 3) as number[];
      return { x, y, score };
    }),
    box: bbox as Box,
    score,
    ...(typeof track_id === "number" ? { trackId: track_id } : {}),
  };
}

function parse(text: string, file: string): Record<string, unknown> {
  try {
    return fields(JSON.parse(text));
  } catch (error) {
    throw new SyntaxError(`Cannot read poses from ${file}: it is not JSON, expected a poses.json`, {
      cause: error,
    });
  }
}

function fields(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? value as Record<string, unknown> : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
