import { basename, dirname, join } from "node:path";

/** A file that is written beside the one that shall be, until it is complete and takes its place. */
export class PartialFile {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  #isClosed = false;

  private constructor(path: string, file: Deno.FsFile) {
    this.#path = path;
    this.#file = file;
  }

  /**
   * Begins a file.
   *
   * @param target Path of the file that shall be.
   * @param suffix Tells several partial files of one target apart.
   * @returns The file, empty.
   * @throws {Error} If it cannot be made.
   */
  static async create(target: string, suffix: string): Promise<PartialFile> {
    const path = join(dirname(target), `.${basename(target)}${suffix}.partial-${Deno.pid}`);
    try {
      return new PartialFile(
        path,
        await Deno.open(path, { read: true, write: true, create: true, truncate: true }),
      );
    } catch (error) {
      const reason = error instanceof Deno.errors.NotFound ? "its folder does not exist" : String(error);
      throw new Error(`Cannot write ${target}: ${reason}`, { cause: error });
    }
  }

  /**
   * Appends text.
   *
   * @param text The text, written as UTF-8.
   */
  async write(text: string): Promise<void> {
    const bytes = new TextEncoder().encode(text);
    for (let at = 0; at < bytes.length;) at += await this.#file.write(bytes.subarray(at));
  }

  /**
   * Appends another file's content piece by piece.
   *
   * @param other The other file, still open.
   */
  async append(other: PartialFile): Promise<void> {
    await other.#file.seek(0, Deno.SeekMode.Start);
    const piece = new Uint8Array(1 << 16);
    for (;;) {
      const count = await other.#file.read(piece);
      if (count === null) return;
      for (let at = 0; at < count;) at += await this.#file.write(piece.subarray(at, count));
    }
  }

  /**
   * Closes the file and puts it in its place.
   *
   * @param target Path of the finished file.
   */
  async moveTo(target: string): Promise<void> {
    await this.#file.sync();
    this.#close();
    await Deno.rename(this.#path, target);
  }

  /** Closes and deletes the file; does nothing if it is gone. */
  async remove(): Promise<void> {
    this.#close();
    try {
      await Deno.remove(this.#path);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  #close(): void {
    if (!this.#isClosed) this.#file.close();
    this.#isClosed = true;
  }
}
