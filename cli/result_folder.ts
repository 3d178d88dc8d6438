/** A folder of results that appears whole or not at all. */
import { basename, dirname, join, resolve } from "node:path";
import { isThere } from "../files/is_there.ts";
import { onInterruption } from "./interruption.ts";

/**
 * Collects results in a hidden folder on the same disk as the wanted one; `finish` moves them in, and leaving its
 * `await using` scope before that, or an interruption, leaves nothing behind.
 */
export class ResultFolder implements AsyncDisposable {
  readonly #target: string | undefined;
  readonly #partial: string;
  readonly #guard: Disposable;
  #finished = false;

  private constructor(target: string | undefined, partial: string) {
    this.#target = target;
    this.#partial = partial;
    this.#guard = onInterruption(() => Deno.removeSync(partial, { recursive: true }));
  }

  /**
   * Begins a folder of results.
   *
   * @param target Where they shall be in the end; without it they live until the scope is left.
   * @returns The folder.
   * @throws {TypeError} When there is a file in its place.
   * @throws {Error} When nothing can be written there.
   */
  static async open(target: string | undefined): Promise<ResultFolder> {
    if (target === undefined) {
      return new ResultFolder(undefined, await Deno.makeTempDir({ prefix: "lapose-" }));
    }
    const path = resolve(target);
    const partial = join(await existingFolder(path), `.${basename(path)}.partial-${Deno.pid}`);
    try {
      await removeIfPresent(partial); // a process of the same number may have been killed here
      await Deno.mkdir(partial);
    } catch (error) {
      throw new Error(
        `Cannot write results to ${target}: ${error instanceof Error ? error.message : String(error)}`,
        { cause: error },
      );
    }
    return new ResultFolder(path, partial);
  }

  /** Path of a file to write, while the results are collected; its folder is made. */
  path(...parts: string[]): string {
    const path = join(this.#partial, ...parts);
    Deno.mkdirSync(dirname(path), { recursive: true });
    return path;
  }

  /** Path of a finished file. */
  file(...parts: string[]): string {
    return join(this.#finished && this.#target !== undefined ? this.#target : this.#partial, ...parts);
  }

  /**
   * Moves everything to its place: a new folder in one step, an existing one entry by entry over what an earlier run
   * left there under the same names. Nothing else runs meanwhile, an interruption included.
   */
  finish(): Promise<void> {
    this.#finished = true;
    if (this.#target !== undefined) moveResults(this.#partial, this.#target);
    return Promise.resolve();
  }

  /** Removes what is left of the collecting folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#guard[Symbol.dispose]();
    await removeIfPresent(this.#partial);
  }
}

function moveResults(partial: string, target: string): void {
  if (!isThere(target)) {
    Deno.mkdirSync(dirname(target), { recursive: true });
    Deno.renameSync(partial, target);
    return;
  }
  for (const { name, isDirectory } of [...Deno.readDirSync(partial)]) {
    const to = join(target, name);
    if (isDirectory && isThere(to)) Deno.removeSync(to, { recursive: true });
    Deno.renameSync(join(partial, name), to);
  }
}

/** The folder itself if it is there, otherwise the nearest one above it. */
async function existingFolder(path: string): Promise<string> {
  for (let at = path;; at = dirname(at)) {
    const found = await Deno.stat(at).catch(() => undefined);
    if (found?.isDirectory) return at;
    if (found || at === dirname(at)) {
      throw new TypeError(`Cannot write results to ${path}: ${at} is a file, expected a folder`);
    }
  }
}

async function removeIfPresent(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
