import { dirname } from "node:path";
import { PartialFile } from "./partial_file.ts";

/**
 * Writes a text file whole or not at all. Makes the folder when it is missing.
 *
 * @param path The file; one that is there is replaced.
 * @param text Its text, whole or in pieces.
 * @throws {Error} If it cannot be written, or the pieces fail; nothing stays behind then.
 */
export async function writeWholeFile(
  path: string,
  text: string | Iterable<string> | AsyncIterable<string>,
): Promise<void> {
  let file: PartialFile | undefined;
  try {
    await Deno.mkdir(dirname(path), { recursive: true });
    file = await PartialFile.create(path);
    const pieces = typeof text === "string" ? [text] : text;
    for await (const piece of pieces) await file.write(piece);
    await file.commit();
  } catch (error) {
    await file?.discard();
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
