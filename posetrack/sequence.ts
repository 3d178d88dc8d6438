/**
 * The data of posetrack/: sequences of frames with annotated people, whichever file format they came from.
 *
 * The folder reads and writes the field's annotation files and computes the field's metrics. It knows nothing of
 * models, devices or the command line.
 */

import type { Box } from "../people/box.ts";

/** The file formats that are read. */
export type AnnotationFormat = "posetrack2017" | "posetrack2018" | "posetrack21" | "coco";

/** A polygon in pixels, closed implicitly. */
export interface Polygon {
  /** Column of each corner. */
  x: readonly number[];
  /** Row of each corner. */
  y: readonly number[];
}

/** Two opposite corners of a rectangle in pixels; no order is required of them. */
export type Corners = readonly [x1: number, y1: number, x2: number, y2: number];

/** One entry of a person's point list, as the file gives it. */
export interface AnnotatedPoint {
  /** Index into {@link Sequence.keypoints}; −1 for an id that the format does not define. */
  slot: number;
  /** Column in pixels. */
  x: number;
  /** Row in pixels. */
  y: number;
  /** The file's visibility: COCO's v (0 not labelled, 1 hidden, 2 visible), or 2017's `is_visible`. */
  visibility?: number;
  /** Confidence of a prediction. */
  score?: number;
}

/** One annotation or prediction of a person. */
export interface AnnotatedPerson {
  /** Where the person stands in the file, for messages: `annotations[12]` or `annolist[3].annorect[0]`. */
  place: string;
  /** Points in file order; one per slot, absent joints included, except in 2017 files. Undefined: no point list. */
  points?: readonly AnnotatedPoint[];
  /** Id of the annotation. */
  id?: number;
  /** Id of the person within the sequence. */
  trackId?: number;
  /** Id of the person across sequences (PoseTrack21). */
  personId?: number;
  /** Box around the person. */
  box?: Box;
  /** Box around the head. */
  headBox?: Corners;
  /** Confidence in the person as a whole. */
  score?: number;
  /** Area in square pixels. */
  area?: number;
  /** What the file says of the number of labelled keypoints (COCO). */
  keypointCount?: number;
  /** Whether the annotation stands for a crowd. */
  isCrowd: boolean;
}

/** One frame of a sequence. */
export interface SequenceFrame {
  /** Where the frame stands in the file, for messages: `images[3]` or `annolist[3]`. */
  place: string;
  /** Id of the image; 2017 files have none. */
  imageId?: number | string;
  /** Image file, as the annotation names it. */
  fileName: string;
  /** Width in pixels. */
  width?: number;
  /** Height in pixels. */
  height?: number;
  /** What the file says of the frame's keypoints; undefined where it is silent. */
  isLabeled?: boolean;
  /** Regions with people whom nobody annotated. */
  ignoreRegions: readonly Polygon[];
  /** People in file order. */
  people: readonly AnnotatedPerson[];
}

/** One video, frames in the order of its file. */
export interface Sequence {
  /** Name of the file without folder and ending. */
  name: string;
  /** The file it came from. */
  file: string;
  /** Format of that file. */
  format: AnnotationFormat;
  /** Key of the video within the file: the start of the image folder's name, up to its first underscore. */
  video: string;
  /** Joint names, one per slot. */
  keypoints: readonly string[];
  /** Frames in file order. */
  frames: readonly SequenceFrame[];
}
