import { join } from "node:path";
import { createCanvas } from "@napi-rs/canvas";
import type { Frame } from "../../people/frame.ts";

/**
 * Runs a test body with an empty folder of its own, removed afterwards.
 *
 * @param body Test body; receives the folder's path.
 */
export async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "lapose-descriptions-" });
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A frame in one colour. */
export function plainFrame(width: number, height: number, color: readonly [number, number, number]): Frame {
  const data = new Uint8ClampedArray(4 * width * height);
  for (let i = 0; i < data.length; i += 4) data.set([...color, 255], i);
  return { width, height, data };
}

/** Colour of frame n of clip k: no two frames of these tests look alike. */
export function frameColor(k: number, n: number): readonly [number, number, number] {
  return [40 * (k % 6), 20 * (n % 12), 255 - 7 * k];
}

/**
 * Writes a clip of plain frames, 64 × 48 pixels.
 *
 * @param folder Where the clip's own folder goes.
 * @param name Name of the clip.
 * @param options Number of the clip, which colours it, and of its frames.
 * @returns The clip's folder.
 */
export async function writeClip(
  folder: string,
  name: string,
  options: { k?: number; length?: number } = {},
): Promise<string> {
  const { k = 0, length = 3 } = options;
  const path = join(folder, name);
  await Deno.mkdir(path, { recursive: true });
  for (let n = 0; n < length; n++) {
    const canvas = createCanvas(64, 48);
    const context = canvas.getContext("2d");
    context.fillStyle = `rgb(${frameColor(k, n).join(",")})`;
    context.fillRect(0, 0, 64, 48);
    await Deno.writeFile(join(path, `${String(n).padStart(6, "0")}.png`), canvas.toBuffer("image/png"));
  }
  return path;
}
