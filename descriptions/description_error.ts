/** How a {@linkcode DescriptionError} is to be taken. */
export interface DescriptionErrorOptions extends ErrorOptions {
  /**
   * Whether asking once more may help.
   *
   * @default {false}
   */
  retry?: boolean;
  /** How long the server asks to be left alone, in milliseconds. */
  waitMilliseconds?: number | undefined;
  /**
   * Whether every other question would fail in the same way.
   *
   * @default {false}
   */
  fatal?: boolean;
}

/** No description came of a question: what the server did, or what its answer is. */
export class DescriptionError extends Error {
  /** The class, for `error.name`. */
  override name = "DescriptionError";
  /** Whether asking once more may help. */
  readonly retry: boolean;
  /** How long the server asks to be left alone, in milliseconds. */
  readonly waitMilliseconds: number | undefined;
  /** Whether every other question would fail in the same way. */
  readonly fatal: boolean;

  /**
   * Makes the error.
   *
   * @param message What happened; it may be shown to anyone.
   * @param options How it is to be taken.
   */
  constructor(message: string, options: DescriptionErrorOptions = {}) {
    super(message, options);
    this.retry = options.retry ?? false;
    this.waitMilliseconds = options.waitMilliseconds;
    this.fatal = options.fatal ?? false;
  }
}
