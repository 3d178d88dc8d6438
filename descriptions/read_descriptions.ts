import { dirname } from "node:path";
import { type Description, isHalfWritten, parseDescription } from "./description.ts";

/** How {@linkcode readDescriptions} reads. */
export interface ReadDescriptionsOptions {
  /**
   * Whether an absent file counts as an empty one.
   *
   * @default {false}
   */
  mayBeAbsent?: boolean;
  /** Hears of a half-written line that was left out. */
  onNotice?: (text: string) => void;
}

/**
 * Reads a descriptions file.
 *
 * @param path Path of a file of JSON lines, UTF-8.
 * @param options What may be missing.
 * @returns Its descriptions in the order of the file, those with an empty text among them.
 * @throws {SyntaxError} If lines cannot be read; all of them are named, ten at most.
 * @throws {Error} If the file cannot be read.
 */
export async function readDescriptions(
  path: string,
  options: ReadDescriptionsOptions = {},
): Promise<Description[]> {
  const text = await readWhole(path, options.mayBeAbsent ?? false);
  const lines = text.split("\n");
  const problems: string[] = [];
  const descriptions: Description[] = [];
  lines.forEach((line, index) => {
    if (line.trim() === "") return;
    try {
      descriptions.push(parseDescription(line));
    } catch (error) {
      if (index === lines.length - 1 && isHalfWritten(line)) {
        options.onNotice?.(`${path} ends in half a line, which is left out: ${line.slice(0, 80)}`);
        return;
      }
      problems.push(`line ${index + 1}: ${error instanceof Error ? error.message : error}`);
    }
  });
  if (problems.length > 0) {
    const shown = problems.slice(0, 10).join("; ");
    const more = problems.length > 10 ? `; and ${problems.length - 10} more` : "";
    throw new SyntaxError(
      `Cannot read descriptions ${path}: ${shown}${more}, expected one JSON object per line`,
    );
  }
  return descriptions;
}

async function readWhole(path: string, mayBeAbsent: boolean): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound && mayBeAbsent) {
      await checkFolder(path);
      return "";
    }
    const reason = error instanceof Deno.errors.NotFound ? "it does not exist" : String(error);
    throw new Error(`Cannot read descriptions ${path}: ${reason}`, { cause: error });
  }
  // not fatal: a kill may have cut a character in two; the line it stands in is judged as a whole
  return new TextDecoder().decode(bytes);
}

async function checkFolder(path: string): Promise<void> {
  const folder = dirname(path);
  const stat = await Deno.stat(folder).catch(() => undefined);
  if (!stat?.isDirectory) throw new Error(`Cannot write descriptions ${path}: no such folder ${folder}`);
}
