/** Name of the environment variable that holds the key unless another is named. */
export const defaultKeyVariable = "LAPOSE_API_KEY";

/** Shorter keys are placeholders, such as the "x" that some clients insist on; hiding them would garble messages. */
const shortestSecret = 4;

/** What stands where a key was. */
const mask = "[key]";

/**
 * A server's key. It leaves this object as a request's header and in no other way: printed, inspected or made JSON
 * it is a mask, and {@linkcode ApiKey.scrub} takes it out of what others wrote.
 */
export class ApiKey {
  readonly #value: string;
  readonly #spellings: readonly string[];

  /**
   * Holds a key.
   *
   * @param value The key; spaces and line ends around it are dropped.
   * @param source Where it came from, for messages.
   * @throws {TypeError} If it is empty, or no header can carry it; the message does not show it.
   */
  constructor(value: string, source: string) {
    const key = value.trim();
    if (key === "") throw new TypeError(`Cannot use the key in ${source}: it is empty`);
    if (!/^[\x21-\x7e]+$/.test(key)) {
      throw new TypeError(
        `Cannot use the key in ${source}: it holds a space, a line end or a character outside ASCII, expected a key as the server issued it`,
      );
    }
    this.#value = key;
    const spellings = [key, encodeURIComponent(key), JSON.stringify(key).slice(1, -1), btoa(key)];
    this.#spellings = key.length < shortestSecret
      ? []
      : [...new Set(spellings)].sort((a, b) => b.length - a.length);
  }

  /**
   * Reads the key from the environment.
   *
   * @param variable Name of the variable; when it is named, it must be set.
   * @returns The key, or undefined if none is named and {@linkcode defaultKeyVariable} is not set.
   * @throws {TypeError} If the named variable is not set or holds no key.
   */
  static fromEnvironment(variable?: string): ApiKey | undefined {
    const name = variable ?? defaultKeyVariable;
    const value = Deno.env.get(name)?.trim();
    if (value) return new ApiKey(value, `the environment variable ${name}`);
    if (variable === undefined) return undefined;
    throw new TypeError(
      `Cannot read the key: the environment variable ${variable} is not set, expected it to hold the key`,
    );
  }

  /** The value of the Authorization header. */
  authorization(): string {
    return `Bearer ${this.#value}`;
  }

  /**
   * Takes the key out of a text, percent-encoded, escaped and base64 forms too.
   *
   * @param text What a server or a library wrote.
   * @returns The text with masks.
   */
  scrub(text: string): string {
    return this.#spellings.reduce((scrubbed, spelling) => scrubbed.replaceAll(spelling, mask), text);
  }

  /** Whether a text gives the key away. */
  isIn(text: string): boolean {
    return this.#spellings.some((spelling) => text.includes(spelling));
  }

  /** A mask. */
  toString(): string {
    return mask;
  }

  /** A mask. */
  toJSON(): string {
    return mask;
  }
}
