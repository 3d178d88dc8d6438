/** Configurations and texts that the user names, read with errors that say which and what was expected. */
import { type LaposeConfig, namedConfig } from "../model/config.ts";
import { parseConfig } from "../model/parse_config.ts";
import { UsageError } from "./command_error.ts";

/**
 * Finds a configuration.
 *
 * @param config A configuration's name, or the path of a JSON file.
 * @returns The configuration, free to change.
 * @throws {UsageError} When there is none of that name.
 * @throws {Error} When the file cannot be read.
 * @throws {SyntaxError} When it is not JSON.
 * @throws {TypeError} Listing every field that does not fit.
 */
export async function readConfig(config: string): Promise<LaposeConfig> {
  if (!config.endsWith(".json")) {
    try {
      return namedConfig(config);
    } catch (error) {
      throw new UsageError(`${(error as Error).message}, or a file that ends in .json`);
    }
  }
  return parseConfig(await readJson("the configuration", config), config);
}

/**
 * Reads a text file.
 *
 * @param what What it is, for the error.
 * @param path Where it is.
 * @param expected What it should be, for the error.
 * @returns Its text.
 * @throws {Error} When it cannot be read.
 */
export async function readText(what: string, path: string, expected: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound ? "it does not exist" : (error as Error).message;
    throw new Error(`Cannot read ${what} ${path}: ${reason}, expected ${expected}`, { cause: error });
  }
}

/**
 * Reads a JSON file.
 *
 * @param what What it is, for the error.
 * @param path Where it is.
 * @returns The parsed value, unchecked.
 * @throws {Error} When it cannot be read.
 * @throws {SyntaxError} When it is not JSON.
 */
export async function readJson(what: string, path: string): Promise<unknown> {
  const text = await readText(what, path, "a JSON file");
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SyntaxError(`Cannot read ${what} ${path}: ${(error as Error).message}`, { cause: error });
  }
}
