import type { SKRSContext2D } from "@napi-rs/canvas";
import type { AttentionExplanation } from "./attention_explanation.ts";
import type { Extent } from "./crop_geometry.ts";
import type { CropPicture } from "./crop_picture.ts";
import { distinctWords, type ShownWord } from "./explained_words.ts";
import type { Frame } from "./frame.ts";
import { css, glow } from "./heat_colors.ts";
import { heatPicture } from "./heat_picture.ts";
import { hatchOutside, visiblePatches } from "./outside_hatch.ts";
import {
  colors,
  drawPicture,
  drawScale,
  percent,
  pictureCanvas,
  resizedPicture,
  write,
} from "./page_drawing.ts";
import type { TransportExplanation } from "./transport_explanation.ts";
import type { WordsOnPatches } from "./words_on_patches.ts";

/** What the grid shows. */
export interface WordGridInput {
  /** The person's crop. */
  crop: CropPicture;
  /** What the transport plan says. */
  explanation: TransportExplanation;
  /** Where the cross-attention looked; without it there is one row. */
  attention?: AttentionExplanation;
  /** The words, from left to right. */
  words: readonly ShownWord[];
}

/** Where the grid goes. */
export interface WordGridOptions {
  /** Left edge in pixels of the page. */
  x: number;
  /** Top edge in pixels of the page. */
  y: number;
  /** Width in pixels of the page. */
  width: number;
  /** Columns: all words together, and one for each word. */
  columns: number;
  /** Height of a crop over its width. */
  aspect: number;
  /** Pixels of the file per pixel of the page. */
  density: number;
}

const sizes = { gap: 16, above: 40, below: 58, between: 30 };

/**
 * Height of the grid.
 *
 * @param rows One, or two with the cross-attention.
 * @param options Place and columns.
 * @returns Pixels of the page.
 */
export function wordGridHeight(rows: number, options: WordGridOptions): number {
  return rows * (sizes.above + tileSize(options).height + sizes.below) + (rows - 1) * sizes.between;
}

function tileSize({ width, columns, aspect }: WordGridOptions): Extent {
  const tile = (width - (columns - 1) * sizes.gap) / columns;
  return { width: tile, height: tile * aspect };
}

/**
 * Draws the words in columns, all of them together first: above where the transport plan took their mass from, below
 * where the cross-attention drew on them.
 *
 * @param context Where to draw.
 * @param input Crop, plan, attention and words.
 * @param options Place.
 */
export function drawWordGrid(context: SKRSContext2D, input: WordGridInput, options: WordGridOptions): void {
  const { crop, explanation, attention, words } = input;
  const picture = hatchOutside(
    resizedPicture(crop.picture, tileSize(options), options.density),
    crop.visible,
  );
  const common = { crop, picture, options };
  drawRow(context, {
    ...common,
    title: "Transport plan P*",
    subtitle: "which patches gave each word its mass",
    all: explanation,
    words,
    caption: ({ share, peak }) => `${percent(share)} matched · ×${peak.toFixed(1)}`,
    y: options.y,
  });
  if (!attention) return;
  const known = distinctWords(attention);
  drawRow(context, {
    ...common,
    title: "Cross-attention",
    subtitle: "which patches drew on each word: last layer, mean of its heads",
    all: attention,
    words: words.map(({ text, ...rest }) => known.get(text) ?? { ...rest, text, share: 0, peak: 0, mass: 0 }),
    caption: ({ mass, peak }) =>
      `${percent(mass)} of attention · ×${peak.toFixed(mass > 0 && peak < 1.095 ? 2 : 1)}`,
    y: options.y + sizes.above + tileSize(options).height + sizes.below + sizes.between,
  });
}

/** One row of the grid. */
interface Row {
  crop: CropPicture;
  /** The crop in the size of a tile. */
  picture: Frame;
  options: WordGridOptions;
  title: string;
  subtitle: string;
  all: WordsOnPatches;
  words: readonly ShownWord[];
  caption: (word: ShownWord) => string;
  /** Top edge. */
  y: number;
}

function drawRow(context: SKRSContext2D, row: Row): void {
  const { crop, picture, options, title, subtitle, all, words, caption, y } = row;
  const { x, width } = options;
  const { rows, columns } = all;
  const tile = tileSize(options);
  const seen = visiblePatches(crop.visible, all);
  const highest = Math.max(1.02, ...words.map(({ lift }) => Math.max(...seen.map((patch) => lift[patch]))));
  const titleWidth = write(context, title, { x, y: y + 20, size: 20, weight: 640, color: colors.ink });
  write(context, subtitle, { x: x + titleWidth + 14, y: y + 20, size: 16, weight: 450, color: colors.muted });
  const scale = `1 to ${highest.toFixed(highest < 1.195 ? 2 : 1)} × an even spread`;
  const style = { y: y + 20, size: 15, weight: 450, color: colors.muted, align: "right" as const };
  const scaleWidth = write(context, scale, { x: x + width, ...style });
  drawScale(
    context,
    { x: x + width - scaleWidth - 122, y: y + 10, width: 110, height: 10 },
    (v) => css(glow(v)),
  );
  const together = matchedShares(all.patchMatched, seen);
  const tiles = [
    { name: "all words", values: together, text: "least to most matched", isAll: true },
    ...words.map((word) => ({
      name: word.count > 1 ? `${word.text} ×${word.count}` : word.text,
      // one scale for all words, so that a faint picture is a faint match
      values: Array.from(word.lift, (lift) => Math.max(0, (lift - 1) / (highest - 1)) ** 0.6),
      text: caption(word),
      isAll: false,
    })),
  ];
  tiles.forEach(({ name, values, text, isAll }, i) => {
    const place = { x: x + i * (tile.width + sizes.gap), y: y + sizes.above, ...tile };
    const heat = { values, rows, columns, visible: crop.visible };
    drawPicture(context, pictureCanvas(heatPicture(picture, heat)), place);
    const below = place.y + place.height;
    write(context, name, {
      x: place.x,
      y: below + 26,
      size: 19,
      weight: isAll ? 450 : 620,
      color: isAll ? colors.muted : colors.ink,
      width: place.width,
    });
    write(context, text, {
      x: place.x,
      y: below + 47,
      size: 14.5,
      weight: 450,
      color: colors.muted,
      width: place.width,
    });
  });
}

/** Values from 0, the least of the patches that are seen, to 1, the most. */
function matchedShares(values: Float64Array, seen: readonly number[]): number[] {
  const own = seen.map((patch) => values[patch]);
  const [least, most] = [Math.min(...own), Math.max(...own)];
  return Array.from(
    values,
    (value) => most > least ? Math.min(Math.max((value - least) / (most - least), 0), 1) : 0,
  );
}
