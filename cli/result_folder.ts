/** A folder of results that appears whole or not at all. */
import { dirname, join, resolve } from "node:path";

/**
 * Collects results in a hidden folder beside the wanted one; `finish` moves them in, and leaving its `await using`
 * scope before that leaves nothing behind.
 */
export class ResultFolder implements AsyncDisposable {
  readonly #target: string | undefined;
  readonly #partial: string;
  #finished = false;

  private constructor(target: string | undefined, partial: string) {
    this.#target = target;
    this.#partial = partial;
  }

  /**
   * Begins a folder of results.
   *
   * @param target Where they shall be in the end; without it they live until the scope is left.
   * @returns The folder.
   */
  static async open(target: string | undefined): Promise<ResultFolder> {
    if (target === undefined) {
      return new ResultFolder(undefined, await Deno.makeTempDir({ prefix: "lapose-" }));
    }
    const parent = dirname(resolve(target));
    await Deno.mkdir(parent, { recursive: true });
    return new ResultFolder(target, await Deno.makeTempDir({ dir: parent, prefix: ".lapose-partial-" }));
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

  /** Moves everything to its place, over what an earlier run left there under the same names. */
  async finish(): Promise<void> {
    this.#finished = true;
    if (this.#target === undefined) return;
    await Deno.mkdir(this.#target, { recursive: true });
    for await (const { name } of Deno.readDir(this.#partial)) {
      const to = join(this.#target, name);
      await Deno.remove(to, { recursive: true }).catch((error: unknown) => {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      });
      await Deno.rename(join(this.#partial, name), to);
    }
  }

  /** Removes what is left of the collecting folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#partial, { recursive: true });
  }
}
