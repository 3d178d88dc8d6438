import { mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/**
 * The name under which a file or folder is built before it takes its place.
 *
 * @param path Final path.
 * @returns A hidden path beside it.
 */
export function partialPath(path: string): string {
  return join(dirname(path), `.${basename(path)}.partial-${Deno.pid}`);
}

/**
 * Writes a text file whole or not at all: beside its place first, then renamed. Makes the folder when it is missing.
 *
 * @param path The file; one that is there is replaced.
 * @param text Its text, whole or in pieces.
 * @throws {Error} If it cannot be written, or the pieces fail; nothing stays behind then.
 */
export async function writeWholeFile(
  path: string,
  text: string | Iterable<string> | AsyncIterable<string>,
): Promise<void> {
  const partial = partialPath(path);
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(partial, "w");
    try {
      const pieces = typeof text === "string" ? [text] : text;
      for await (const piece of pieces) await file.writeFile(piece);
    } finally {
      await file.close();
    }
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true }).catch(() => {});
    throw writeError(path, error);
  }
}

/**
 * Names the path in an error of the file system; other errors stay as they are.
 *
 * @param path What was being written.
 * @param error What was thrown.
 * @returns The error to throw.
 */
export function writeError(path: string, error: unknown): unknown {
  if (!(error instanceof Error && "code" in error)) return error;
  return new Error(`Cannot write ${path}: ${error.message}`, { cause: error });
}
