/** Red, green, blue, 0 to 255. */
export type Color = readonly [red: number, green: number, blue: number];

/** From night to glow: lighter is more at every step, for any kind of colour vision. */
const glowStops: readonly Color[] = [
  [28, 16, 68],
  [92, 30, 120],
  [172, 44, 110],
  [232, 84, 74],
  [250, 160, 74],
  [254, 238, 168],
];

/** From paper to ember: dark words stay readable on it. */
const emberStops: readonly Color[] = [
  [251, 248, 241],
  [255, 233, 190],
  [253, 199, 125],
  [247, 150, 84],
];

/**
 * Colour of heat over a picture.
 *
 * @param value 0 to 1.
 * @returns The colour.
 */
export function glow(value: number): Color {
  return between(glowStops, value);
}

/**
 * Colour of heat behind a word.
 *
 * @param value 0 to 1.
 * @returns The colour.
 */
export function ember(value: number): Color {
  return between(emberStops, value);
}

/**
 * A colour as a canvas takes it.
 *
 * @param color The colour.
 * @param alpha 0 to 1.
 * @returns CSS.
 */
export function css([red, green, blue]: Color, alpha = 1): string {
  return `rgba(${Math.round(red)}, ${Math.round(green)}, ${Math.round(blue)}, ${alpha})`;
}

function between(stops: readonly Color[], value: number): Color {
  const place = Math.min(Math.max(value, 0), 1) * (stops.length - 1);
  const index = Math.min(Math.floor(place), stops.length - 2);
  const [low, high] = [stops[index], stops[index + 1]];
  const mix = (c: number) => low[c] + (high[c] - low[c]) * (place - index);
  return [mix(0), mix(1), mix(2)];
}
