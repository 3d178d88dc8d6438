import { badField, type JsonObject, listField, numbersField, objectField } from "./fields.ts";
import type { Polygon } from "./sequence.ts";

/** Where regions are read from. */
export interface RegionOptions {
  /** Name of the file. */
  file: string;
  /** Path of the frame within it. */
  place: string;
  /** Whether a polygon of one or two points is an error; frames without people are never looked at. */
  checked: boolean;
}

/**
 * Reads the ignore regions of a PoseTrack 2018 or 21 image: two parallel lists of coordinate lists.
 *
 * @param image The image's object; both lists must be there, else there are no regions.
 * @param options File, place and strictness.
 * @returns The polygons, those without any point included.
 * @throws {TypeError} If the lists differ in shape, or a polygon has one or two points.
 */
export function coordinateRegions(image: JsonObject, options: RegionOptions): Polygon[] {
  const { file, place } = options;
  const { ignore_regions_x: columns, ignore_regions_y: rows } = image;
  if (columns === undefined || columns === null || rows === undefined || rows === null) return [];
  const all = listField(columns, file, `${place}.ignore_regions_x`);
  const others = listField(rows, file, `${place}.ignore_regions_y`);
  if (all.length !== others.length) {
    throw badField(file, `${place}.ignore_regions_y`, rows, `a list of ${all.length}, as ignore_regions_x`);
  }
  return all.map((list, index) => {
    const x = numbersField(list, file, { place: `${place}.ignore_regions_x[${index}]` });
    const y = numbersField(others[index], file, {
      place: `${place}.ignore_regions_y[${index}]`,
      length: x.length,
    });
    return checkedPolygon({ x, y }, { ...options, place: `${place}.ignore_regions_x[${index}]` });
  });
}

/**
 * Reads the ignore regions of a PoseTrack 2017 frame: a list of objects with a list of points.
 *
 * @param frame The frame's object.
 * @param options File, place and strictness.
 * @returns The polygons, those without any point included.
 * @throws {TypeError} If a point has no coordinates, or a polygon has one or two points.
 */
export function pointRegions(frame: JsonObject, options: RegionOptions): Polygon[] {
  const { file, place } = options;
  if (frame.ignore_regions === undefined || frame.ignore_regions === null) return [];
  return listField(frame.ignore_regions, file, `${place}.ignore_regions`).map((entry, index) => {
    const region = `${place}.ignore_regions[${index}]`;
    const x: number[] = [];
    const y: number[] = [];
    listField(objectField(entry, file, region).point, file, `${region}.point`).forEach((value, corner) => {
      const point = objectField(value, file, `${region}.point[${corner}]`);
      x.push(firstNumber(point.x, file, `${region}.point[${corner}].x`));
      y.push(firstNumber(point.y, file, `${region}.point[${corner}].y`));
    });
    return checkedPolygon({ x, y }, { ...options, place: region });
  });
}

/**
 * Requires a number, given as itself or as the first entry of a list (the 2017 files' habit).
 *
 * @param value The field.
 * @param file Name of the file.
 * @param place Path of the field.
 * @returns The number.
 * @throws {TypeError} If it is neither.
 */
export function firstNumber(value: unknown, file: string, place: string): number {
  const number = Array.isArray(value) ? value[0] : value;
  if (typeof number !== "number" || !Number.isFinite(number)) {
    throw badField(file, place, Array.isArray(value) && value.length > 0 ? number : value, "a finite number");
  }
  return number;
}

function checkedPolygon(polygon: Polygon, options: RegionOptions): Polygon {
  const { length } = polygon.x;
  if (options.checked && length > 0 && length < 3) {
    throw new TypeError(
      `Cannot read ${options.file}: ${options.place} is a polygon of ${length} point${
        length === 1 ? "" : "s"
      }, ` +
        "expected at least 3",
    );
  }
  return polygon;
}
