import type { SKRSContext2D } from "@napi-rs/canvas";
import { drawingFont } from "./drawing_font.ts";
import { css, ember } from "./heat_colors.ts";
import type { WordMass } from "./words_on_patches.ts";

/** Where a sentence goes. */
export interface SentenceOptions {
  /** Left edge in pixels. */
  x: number;
  /** Top edge in pixels. */
  y: number;
  /** Width of the lines in pixels. */
  width: number;
  /** Size of the letters in pixels. */
  size: number;
  /** Share of matched mass that gets the strongest colour. */
  strongest: number;
  /** Whether the text goes on beyond what the model read. */
  isTruncated: boolean;
  /**
   * Only measure.
   *
   * @default {false}
   */
  isTrial?: boolean;
}

/** Height of a line in heights of letters. */
const leading = 1.62;

/**
 * Draws a text, each word on a colour as strong as the share of its mass that found particular patches.
 *
 * @param context Where to draw.
 * @param words Words and marks in order.
 * @param options Place and scale.
 * @returns Height of the text in pixels.
 */
export function drawSentence(
  context: SKRSContext2D,
  words: readonly WordMass[],
  options: SentenceOptions,
): number {
  const { x, y, width, size, strongest, isTruncated, isTrial = false } = options;
  context.font = `450 ${size}px ${drawingFont()}`;
  context.textBaseline = "alphabetic";
  context.textAlign = "left";
  const space = context.measureText(" ").width * 1.25;
  let [left, line] = [0, 0];
  const place = (text: string, share: number, isJoined: boolean) => {
    const wide = context.measureText(text).width;
    if (left > 0 && !isJoined) left += space;
    if (left > 0 && left + wide > width) [left, line] = [0, line + 1];
    if (!isTrial) {
      const baseline = y + (line + 0.78) * size * leading;
      if (share > 0) {
        context.fillStyle = css(ember(share / strongest));
        context.beginPath();
        context.roundRect(
          x + left - 0.16 * size,
          baseline - 0.98 * size,
          wide + 0.32 * size,
          1.32 * size,
          0.22 * size,
        );
        context.fill();
      }
      context.fillStyle = share > 0 ? "#17191c" : "#6d7178";
      context.fillText(text, x + left, baseline);
    }
    left += wide;
  };
  for (const { text, isJoined, isMark, mass, matched } of words) {
    place(text, isMark || mass === 0 ? 0 : matched / mass, isJoined);
  }
  if (isTruncated) place("… (the model read no further)", 0, false);
  return (line + 1) * size * leading;
}
