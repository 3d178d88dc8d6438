import { dirname, resolve } from "node:path";
import { describeValue, Field } from "./field.ts";
import { readJsonFile } from "./json_file.ts";

/** Where the person boxes of a run come from. */
export type BoxSource =
  | {
    /** Annotated boxes. */
    kind: "annotations";
  }
  | {
    /** A COCO detection file. */
    kind: "detections";
    /** Path of the file. */
    file: string;
    /** Detections with a lower score are left out. */
    threshold: number;
  };

/** A data set to run a model over, as its JSON file describes it; paths are absolute. */
export interface DatasetConfig {
  /** Folder with one annotation file per sequence, or one file. */
  annotations: string;
  /** Folder that the image names of the annotations start from. */
  images: string;
  /** Source of the person boxes. */
  boxes: BoxSource;
  /** Folder for the result files; made when missing. */
  results: string;
  /** Which frames are posed: those with annotated people, which alone are evaluated, or all. */
  frames: "labeled" | "all";
  /** Whether the heatmaps of the mirrored crop are averaged in. */
  flipTest: boolean;
  /** People in one batch at most; the estimator's own choice when absent. */
  batch?: number;
  /** How people are followed from frame to frame. */
  tracks: "iou" | "oks" | "none";
  /** One description for every sequence. */
  description?: string;
  /** Path of a file with descriptions by sequence, and by person of a sequence. */
  descriptions?: string;
}

const knownKeys = [
  "annotations",
  "images",
  "boxes",
  "results",
  "frames",
  "flipTest",
  "batch",
  "tracks",
  "description",
  "descriptions",
];

/**
 * Reads the description of a data set:
 *
 * ```json
 * {
 *   "annotations": "annotations/val",
 *   "images": ".",
 *   "boxes": { "file": "val_boxes.json", "threshold": 0.4 },
 *   "results": "results/val"
 * }
 * ```
 *
 * `annotations`, `images` and `results` are required. `boxes` is `"annotations"` (the default) or a detection file;
 * `frames` is `"labeled"` (default) or `"all"`; `flipTest` is true by default; `tracks` is `"iou"` (default), `"oks"` or
 * `"none"`; `batch`, `description` and `descriptions` may be left out. Paths are relative to the file's folder.
 *
 * @param file Path of the JSON file.
 * @returns The checked configuration.
 * @throws {TypeError} If anything is missing, unknown or of the wrong kind; all faults at once.
 * @throws {SyntaxError} If the file is no JSON.
 */
export async function readDatasetConfig(file: string): Promise<DatasetConfig> {
  return parseDatasetConfig(await readJsonFile(file), file);
}

/**
 * Checks a parsed data set description, see {@link readDatasetConfig}.
 *
 * @param value The parsed file.
 * @param file Path of the file, for messages and relative paths.
 * @returns The checked configuration.
 * @throws {TypeError} If anything is missing, unknown or of the wrong kind; all faults at once.
 */
export function parseDatasetConfig(value: unknown, file: string): DatasetConfig {
  const source = new Field(value, file).object();
  const faults: string[] = [];
  const fault = (key: string, found: unknown, wanted: string) => {
    faults.push(`${key} is ${describeValue(found)}, expected ${wanted}`);
  };
  for (const key of Object.keys(source)) {
    if (!knownKeys.includes(key)) faults.push(`${key} is unknown, expected ${knownKeys.join(", ")}`);
  }
  const folder = dirname(resolve(file));
  const path = (key: string, found: unknown): string => {
    if (typeof found === "string" && found !== "") return resolve(folder, found);
    fault(key, found, "a path");
    return "";
  };
  const choice = <T extends string>(key: string, choices: readonly T[]): T => {
    const found = source[key] ?? choices[0];
    const match = choices.find((candidate) => candidate === found);
    if (match === undefined) fault(key, found, choices.map((name) => `"${name}"`).join(" or "));
    return match ?? choices[0];
  };
  const config: DatasetConfig = {
    annotations: path("annotations", source.annotations),
    images: path("images", source.images),
    boxes: parseBoxes(source.boxes, { path, fault }),
    results: path("results", source.results),
    frames: choice("frames", ["labeled", "all"]),
    flipTest: typeof source.flipTest === "boolean" ? source.flipTest : true,
    tracks: choice("tracks", ["iou", "oks", "none"]),
  };
  if (source.flipTest !== undefined && typeof source.flipTest !== "boolean") {
    fault("flipTest", source.flipTest, "true or false");
  }
  if (source.batch !== undefined) {
    if (Number.isInteger(source.batch) && Number(source.batch) > 0) config.batch = Number(source.batch);
    else fault("batch", source.batch, "a whole number from 1");
  }
  if (source.description !== undefined) {
    if (typeof source.description === "string") config.description = source.description;
    else fault("description", source.description, "a text");
  }
  if (source.descriptions !== undefined) config.descriptions = path("descriptions", source.descriptions);
  if (faults.length > 0) throw new TypeError(`Cannot read the data set ${file}: ${faults.join("; ")}`);
  return config;
}

function parseBoxes(
  value: unknown,
  options: {
    path: (key: string, found: unknown) => string;
    fault: (key: string, found: unknown, wanted: string) => void;
  },
): BoxSource {
  if (value === undefined || value === "annotations") return { kind: "annotations" };
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    options.fault("boxes", value, '"annotations" or { "file", "threshold" }');
    return { kind: "annotations" };
  }
  const source = value as Readonly<Record<string, unknown>>;
  const { threshold = 0 } = source;
  for (const key of Object.keys(source)) {
    if (key !== "file" && key !== "threshold") options.fault(`boxes.${key}`, source[key], "no such key");
  }
  if (typeof threshold !== "number" || !Number.isFinite(threshold)) {
    options.fault("boxes.threshold", threshold, "a number");
    return { kind: "annotations" };
  }
  return { kind: "detections", file: options.path("boxes.file", source.file), threshold };
}
