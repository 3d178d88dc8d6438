/**
 * Files that appear whole or not at all.
 *
 * This folder writes bytes beside their place and moves them in; it knows nothing of what they mean.
 */
import { basename, dirname, join } from "node:path";

/** Options of {@linkcode PartialFile.create}. */
export interface PartialFileOptions {
  /**
   * Tells several partial files of one target apart.
   *
   * @default {""}
   */
  suffix?: string;
}

/**
 * The name under which a file or folder is built before it takes its place.
 *
 * @param path Final path.
 * @param suffix Tells several of one target apart.
 * @returns A hidden path beside it.
 */
export function partialPath(path: string, suffix = ""): string {
  return join(dirname(path), `.${basename(path)}${suffix}.partial-${Deno.pid}`);
}

/** A file that is written beside its place under another name, then renamed. */
export class PartialFile {
  /** Path that the file takes when it is complete. */
  readonly path: string;
  readonly #partial: string;
  readonly #file: Deno.FsFile;
  #isOpen = true;
  #isCommitted = false;

  private constructor(path: string, partial: string, file: Deno.FsFile) {
    this.path = path;
    this.#partial = partial;
    this.#file = file;
  }

  /**
   * Begins a file.
   *
   * @param path Path that it takes when it is complete; a file there is replaced at that moment.
   * @param options What tells it from other partial files.
   * @returns The empty file; end it with `commit` or `discard`.
   * @throws {Error} When its folder does not exist or cannot be written.
   * @throws {TypeError} When the path is a folder.
   */
  static async create(path: string, options: PartialFileOptions = {}): Promise<PartialFile> {
    const present = await Deno.stat(path).catch(() => undefined);
    if (present?.isDirectory) throw new TypeError(`Cannot write file ${path}: it is a folder`);
    const partial = partialPath(path, options.suffix);
    try {
      const file = await Deno.open(partial, { read: true, write: true, create: true, truncate: true });
      return new PartialFile(path, partial, file);
    } catch (error) {
      const reason = error instanceof Deno.errors.NotFound
        ? `no such folder ${dirname(path)}`
        : String(error);
      throw new Error(`Cannot write file ${path}: ${reason}`, { cause: error });
    }
  }

  /**
   * Appends bytes, or text as UTF-8.
   *
   * @param content What to append; bytes may be reused when the promise resolves.
   */
  async write(content: string | Uint8Array<ArrayBuffer>): Promise<void> {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    for (let at = 0; at < bytes.length;) at += await this.#file.write(bytes.subarray(at));
  }

  /**
   * Appends another partial file's content piece by piece.
   *
   * @param other The other file, still open.
   * @throws {TypeError} When it is the same file, which would never end.
   */
  async append(other: PartialFile): Promise<void> {
    if (other.#partial === this.#partial) {
      throw new TypeError(`Cannot append ${this.#partial} to itself, expected another file`);
    }
    await other.#file.seek(0, Deno.SeekMode.Start);
    const piece = new Uint8Array(1 << 16);
    for (;;) {
      const count = await other.#file.read(piece);
      if (count === null) return;
      await this.write(piece.subarray(0, count));
    }
  }

  /** Closes the file and moves it to its place. */
  async commit(): Promise<void> {
    this.#close();
    await Deno.rename(this.#partial, this.path);
    this.#isCommitted = true;
  }

  /** Closes and removes the file, even where it already took its place: half of a pair of files is no use. */
  async discard(): Promise<void> {
    this.#close();
    await Deno.remove(this.#isCommitted ? this.path : this.#partial).catch(() => {});
  }

  #close(): void {
    if (this.#isOpen) this.#file.close();
    this.#isOpen = false;
  }
}
