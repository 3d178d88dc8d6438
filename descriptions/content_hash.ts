import { createHash } from "node:crypto";
import type { Frame } from "../people/frame.ts";

/**
 * Names pictures by their content.
 *
 * @param pictures What the model is shown, in order, opaque.
 * @returns SHA-256 of all sizes and pixels, 64 hexadecimal digits.
 */
export function hashPictures(pictures: readonly Frame[]): string {
  const hash = createHash("sha256");
  for (const { width, height, data } of pictures) hash.update(`${width}×${height}\n`).update(data);
  return hash.digest("hex");
}

/**
 * Names a prompt by its content.
 *
 * @param prompt The prompt.
 * @returns SHA-256 of its UTF-8 form, 64 hexadecimal digits.
 */
export function hashPrompt(prompt: string): string {
  return createHash("sha256").update(prompt).digest("hex");
}
