import { dirname, isAbsolute, join, relative, win32 } from "node:path";

/** Who names the path. */
export interface ConfinedPathOptions {
  /** File that names the location; nothing outside its folder may be read. */
  from: string;
  /** What names it, for the message, for example `"tensor a.weight"`. */
  what: string;
}

/**
 * Resolves a file name that an untrusted file gives, refusing anything that leaves that file's folder: absolute paths,
 * `..`, and symbolic links that lead out.
 *
 * @param location The name as given, relative to the folder of `options.from`.
 * @param options Who names it.
 * @returns A path to an existing file inside the folder.
 * @throws {RangeError} When the location is empty, absolute or leads out of the folder.
 * @throws {Error} When no such file exists.
 */
export async function confinedPath(location: string, options: ConfinedPathOptions): Promise<string> {
  const problem = `Cannot follow ${options.what} of ${options.from} to ${JSON.stringify(location)}`;
  const outside = `expected a file inside the folder of ${options.from}`;
  if (location === "" || location.includes("\0")) {
    throw new RangeError(`${problem}: it is not a file name, ${outside}`);
  }
  // Windows spellings are refused everywhere, so that a file is judged alike on every machine.
  if (isAbsolute(location) || win32.isAbsolute(location) || /^[a-z]:/i.test(location)) {
    throw new RangeError(`${problem}: it is absolute, ${outside}`);
  }
  if (location.split(/[\\/]/).includes("..")) {
    throw new RangeError(`${problem}: it contains "..", ${outside}`);
  }
  const folder = dirname(options.from);
  const path = join(folder, location);
  let real: string;
  try {
    real = await Deno.realPath(path);
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound ? "no such file" : String(error);
    throw new Error(`${problem}: ${reason}`, { cause: error });
  }
  const inside = relative(await Deno.realPath(folder), real);
  if (inside === "" || inside.split(/[\\/]/)[0] === ".." || isAbsolute(inside)) {
    throw new RangeError(
      `${problem}: a symbolic link leads to ${real}, ${outside}; copy the file there instead`,
    );
  }
  return path;
}
