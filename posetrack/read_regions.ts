import type { Field } from "./field.ts";
import type { Polygon } from "./sequence.ts";

/** How strictly regions are read. */
export interface RegionOptions {
  /** Whether a polygon of one or two points is an error; frames without people are never looked at. */
  checked: boolean;
}

/**
 * Reads the ignore regions of a PoseTrack 2018 or 21 image: two parallel lists of coordinate lists.
 *
 * @param image The image; both lists must be there, else there are no regions.
 * @param options Strictness.
 * @returns The polygons, those without any point included.
 * @throws {TypeError} If the lists differ in shape, or a polygon has one or two points.
 */
export function readCoordinateRegions(image: Field, options: RegionOptions): Polygon[] {
  const columns = image.key("ignore_regions_x");
  const rows = image.key("ignore_regions_y");
  if (!columns.isPresent || !rows.isPresent) return [];
  const all = columns.list();
  const others = rows.list();
  if (all.length !== others.length) throw rows.error(`a list of ${all.length}, as ignore_regions_x`);
  return all.map((list, index) => {
    const x = list.numbers();
    const polygon = { x, y: others[index].numbers(x.length) };
    if (options.checked) requirePolygon(polygon, list);
    return polygon;
  });
}

/**
 * Reads the ignore regions of a PoseTrack 2017 frame: a list of objects with a list of points.
 *
 * @param frame The frame.
 * @param options Strictness.
 * @returns The polygons, those without any point included.
 * @throws {TypeError} If a point has no coordinates, or a polygon has one or two points.
 */
export function readPointRegions(frame: Field, options: RegionOptions): Polygon[] {
  const regions = frame.key("ignore_regions");
  if (!regions.isPresent) return [];
  return regions.list().map((region) => {
    const points = region.key("point").list();
    const polygon = {
      x: points.map((point) => point.key("x").first().number()),
      y: points.map((point) => point.key("y").first().number()),
    };
    if (options.checked) requirePolygon(polygon, region);
    return polygon;
  });
}

function requirePolygon(polygon: Polygon, field: Field): void {
  const { length } = polygon.x;
  if (length === 0 || length >= 3) return;
  const points = length === 1 ? "1 point" : `${length} points`;
  throw new TypeError(
    `Cannot read ${field.file}: ${field.place} is a polygon of ${points}, expected at least 3`,
  );
}
