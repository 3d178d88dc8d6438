import { findJsonFault } from "./json_fault.ts";

/**
 * Reads a JSON file, naming file, line and innermost element when it cannot be parsed.
 *
 * The literals `NaN`, `Infinity` and `-Infinity`, which Python writes and JSON does not have, come back as strings, so
 * that the check of the field they stand in can name it.
 *
 * @param file Path of the file, UTF-8.
 * @returns The parsed document.
 * @throws {SyntaxError} If the text is empty, truncated or no JSON.
 * @throws {Error} If the file cannot be read.
 */
export async function readJsonFile(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await Deno.readTextFile(file);
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    throw new Error(`Cannot read ${file}: ${found}`, { cause: error });
  }
  return parseJson(text, file);
}

/**
 * Parses JSON text with the leniency and the messages of {@link readJsonFile}.
 *
 * @param text The document.
 * @param file Name for messages.
 * @returns The parsed document.
 * @throws {SyntaxError} If the text is empty, truncated or no JSON.
 */
export function parseJson(text: string, file: string): unknown {
  const source = text.charCodeAt(0) === 0xFEFF ? text.slice(1) : text;
  if (source.trim() === "") throw new SyntaxError(`Cannot parse ${file}: the file is empty, expected JSON`);
  try {
    return JSON.parse(source);
  } catch (error) {
    try {
      return JSON.parse(quoteNotANumber(source));
    } catch {
      throw new SyntaxError(describe(source, { file, error }), { cause: error });
    }
  }
}

function quoteNotANumber(text: string): string {
  return text.replace(
    /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g,
    (token) => token.startsWith('"') ? token : `"${token}"`,
  );
}

function describe(text: string, options: { file: string; error: unknown }): string {
  const { file, error } = options;
  const fault = findJsonFault(text);
  if (fault === undefined) {
    return `Cannot parse ${file}: ${error instanceof Error ? error.message : String(error)}, expected JSON`;
  }
  const before = text.slice(0, fault.offset);
  const line = before.split("\n").length;
  const column = fault.offset - before.lastIndexOf("\n");
  const place = `line ${line}, column ${column}, in ${fault.path}`;
  return fault.truncated
    ? `Cannot parse ${file}: the text ends at ${place}, expected a complete JSON document`
    : `Cannot parse ${file}: unexpected ${JSON.stringify(text[fault.offset])} at ${place}, expected JSON`;
}
