/** A regular file read at positions: synchronously while its structure is walked, asynchronously for big payloads. */
export class RandomAccessFile implements AsyncDisposable {
  /** Path as it was given. */
  readonly path: string;
  /** Size in bytes when the file was opened. */
  readonly size: number;
  readonly #file: Deno.FsFile;
  #closed = false;
  /** Ends when every queued use of the one file cursor has ended. */
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(path: string, size: number, file: Deno.FsFile) {
    this.path = path;
    this.size = size;
    this.#file = file;
  }

  /**
   * Opens a file for reading.
   *
   * @param path Path of a regular file; anything else (a folder, a pipe) is refused, since it has no size to check against.
   * @returns The open file.
   * @throws {Error} When there is no such file.
   * @throws {TypeError} When it is not a regular file.
   */
  static async open(path: string): Promise<RandomAccessFile> {
    let info: Deno.FileInfo;
    try {
      info = await Deno.stat(path);
    } catch (error) {
      const reason = error instanceof Deno.errors.NotFound ? "no such file" : String(error);
      throw new Error(`Cannot open file ${path}: ${reason}`, { cause: error });
    }
    if (!info.isFile) {
      throw new TypeError(
        `Cannot open file ${path}: it is ${
          info.isDirectory ? "a folder" : "a special file"
        }, expected a regular file`,
      );
    }
    const file = await Deno.open(path, { read: true });
    return new RandomAccessFile(path, (await file.stat()).size, file);
  }

  /**
   * Runs a task that alone may use the file's cursor; tasks run one after the other.
   *
   * @param task What to run, for example a walk through `readSync`.
   * @returns What the task returns.
   */
  exclusive<T>(task: () => T | Promise<T>): Promise<T> {
    const result = this.#queue.then(task);
    this.#queue = result.catch(() => {});
    return result;
  }

  /**
   * Fills memory from a position, asynchronously and in turn with other uses.
   *
   * @param position First byte to read.
   * @param into Memory to fill completely.
   * @throws {RangeError} When the file ends too early.
   */
  async read(position: number, into: Uint8Array<ArrayBuffer>): Promise<void> {
    this.#checkRange(position, into.length);
    await this.exclusive(async () => {
      this.checkOpen();
      await this.#file.seek(position, Deno.SeekMode.Start);
      for (let filled = 0; filled < into.length;) {
        const count = await this.#file.read(into.subarray(filled));
        if (count === null) throw this.#shortened(position + filled);
        filled += count;
      }
    });
  }

  /**
   * Fills memory from a position at once; call it inside `exclusive`, or before any other use begins.
   *
   * @param position First byte to read.
   * @param into Memory to fill completely.
   * @throws {RangeError} When the file ends too early.
   */
  readSync(position: number, into: Uint8Array<ArrayBuffer>): void {
    this.#checkRange(position, into.length);
    this.checkOpen();
    this.#file.seekSync(position, Deno.SeekMode.Start);
    for (let filled = 0; filled < into.length;) {
      const count = this.#file.readSync(into.subarray(filled));
      if (count === null) throw this.#shortened(position + filled);
      filled += count;
    }
  }

  /**
   * Refuses to go on with a closed file.
   *
   * @throws {Error} When the file is closed.
   */
  checkOpen(): void {
    if (this.#closed) throw new Error(`Cannot read file ${this.path}: it is closed`);
  }

  /** Closes the file once its queued reads have ended; closing twice is harmless. */
  async close(): Promise<void> {
    await this.exclusive(() => {
      if (!this.#closed) this.#file.close();
      this.#closed = true;
    });
  }

  /** Same as `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #checkRange(position: number, length: number): void {
    if (position + length > this.size) {
      throw new RangeError(
        `Cannot read file ${this.path}: bytes ${position} to ${
          position + length
        } wanted, it has ${this.size}`,
      );
    }
  }

  #shortened(position: number): RangeError {
    return new RangeError(
      `Cannot read file ${this.path}: it ends at byte ${position}, expected ${this.size} bytes as when it was opened`,
    );
  }
}
