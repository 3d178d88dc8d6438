import { Buffer } from "node:buffer";
import { GlobalFonts } from "@napi-rs/canvas";
import interLatin from "./fonts/inter_latin.txt" with { type: "text" };

/** Name under which the font is known to canvases; another one than that of an installed copy. */
const family = "LAPose Inter";

let isRegistered = false;

/**
 * Makes the font for words in pictures known, so that they look the same on machines without any font: Inter
 * (Latin letters, all weights; see fonts/OFL.txt for its licence). Other scripts fall to fonts of the system.
 *
 * @returns The families for a canvas's `font`, quoted, for example after `600 24px`.
 */
export function drawingFont(): string {
  if (!isRegistered) GlobalFonts.register(Buffer.from(interLatin, "base64"), family);
  isRegistered = true;
  return `"${family}", "Noto Sans", "DejaVu Sans", sans-serif`;
}
