import { basename, dirname, join } from "node:path";

/** A file that appears whole or not at all: written beside its place under another name, then renamed. */
export class PartialFile {
  /** Path that the file takes when it is complete. */
  readonly path: string;
  readonly #partialPath: string;
  readonly #file: Deno.FsFile;
  #open = true;
  #committed = false;

  private constructor(path: string, partialPath: string, file: Deno.FsFile) {
    this.path = path;
    this.#partialPath = partialPath;
    this.#file = file;
  }

  /**
   * Begins a file.
   *
   * @param path Path that it takes when it is complete; a file there is replaced at that moment.
   * @returns The empty file; end it with `commit` or `discard`.
   * @throws {Error} When its folder does not exist or cannot be written.
   * @throws {TypeError} When the path is a folder.
   */
  static async create(path: string): Promise<PartialFile> {
    const present = await Deno.stat(path).catch(() => undefined);
    if (present?.isDirectory) throw new TypeError(`Cannot write file ${path}: it is a folder`);
    const partialPath = join(dirname(path), `.${basename(path)}.partial-${Deno.pid}`);
    try {
      return new PartialFile(
        path,
        partialPath,
        await Deno.open(partialPath, { write: true, create: true, truncate: true }),
      );
    } catch (error) {
      const reason = error instanceof Deno.errors.NotFound
        ? `no such folder ${dirname(path)}`
        : String(error);
      throw new Error(`Cannot write file ${path}: ${reason}`, { cause: error });
    }
  }

  /**
   * Appends bytes.
   *
   * @param bytes Bytes to append; they may be reused when the promise resolves.
   */
  async write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    for (let written = 0; written < bytes.length;) written += await this.#file.write(bytes.subarray(written));
  }

  /** Closes the file and moves it to its place. */
  async commit(): Promise<void> {
    this.#close();
    await Deno.rename(this.#partialPath, this.path);
    this.#committed = true;
  }

  /** Closes and removes the file, even where it already took its place: half of a pair of files is no use. */
  async discard(): Promise<void> {
    this.#close();
    await Deno.remove(this.#committed ? this.path : this.#partialPath).catch(() => {});
  }

  #close(): void {
    if (this.#open) this.#file.close();
    this.#open = false;
  }
}
