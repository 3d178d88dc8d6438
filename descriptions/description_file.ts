import { appendLine } from "./append_line.ts";
import { type Description, formatDescription } from "./description.ts";
import { readDescriptions } from "./read_descriptions.ts";

/** By what a kept description is found. */
export interface DescriptionKey {
  /** Name of the clip. */
  clip: string;
  /** Track id of the person. */
  person?: number | undefined;
  /** SHA-256 of the pictures. */
  frames: string;
  /** SHA-256 of the prompt. */
  prompt: string;
  /** Name of the model; absent where any will do. */
  model?: string | undefined;
}

/**
 * Descriptions in a file of JSON lines, which people may read and edit: an edited text stays as it is, a line without
 * `frames` is a person's own and stands for its clip, and of several lines about the same the last one counts.
 *
 * Lines are appended whole, by one process at a time; half a line, which a kill may leave at the end, is cut off.
 */
export class DescriptionFile {
  /** Path of the file; it need not exist before the first line. */
  readonly path: string;
  readonly #onNotice: (text: string) => void;
  readonly #byContent = new Map<string, Description>();
  readonly #byClip = new Map<string, Description>();
  #appending: Promise<void> = Promise.resolve();

  private constructor(path: string, onNotice: (text: string) => void) {
    this.path = path;
    this.#onNotice = onNotice;
  }

  /**
   * Opens a file, which may be absent.
   *
   * @param path Path of the file.
   * @param onNotice Hears of a half-written line that was left out.
   * @returns What the file holds.
   * @throws {SyntaxError} If lines cannot be read; all of them are named, ten at most.
   * @throws {Error} If the file cannot be read, or its folder does not exist.
   */
  static async open(path: string, onNotice: (text: string) => void = () => {}): Promise<DescriptionFile> {
    const file = new DescriptionFile(path, onNotice);
    for (const description of await readDescriptions(path, { mayBeAbsent: true, onNotice })) {
      file.#remember(description);
    }
    return file;
  }

  /**
   * Finds what was said before.
   *
   * @param key Content of the pictures and the prompt, and the model; clip and person for lines written by hand.
   * @returns The description, or undefined if there is none or its text was emptied.
   */
  find(key: DescriptionKey): Description | undefined {
    const found = [
      this.#byClip.get(clipKey(key)),
      this.#byContent.get(clipKey(key) + contentKey(key)),
      this.#byContent.get(contentKey(key)),
    ];
    return found.find((description) => description?.text);
  }

  /**
   * Keeps a description: one whole line at the end of the file, on the disk before this resolves.
   *
   * @param description What is kept.
   * @throws {Error} If it cannot be written; the file is then as it was.
   */
  append(description: Description): Promise<void> {
    const appended = this.#appending.then(async () => {
      await appendLine(this.path, formatDescription(description), this.#onNotice);
      this.#remember(description);
    });
    this.#appending = appended.catch(() => {});
    return appended;
  }

  #remember(description: Description): void {
    const { frames, prompt, model } = description;
    if (frames === undefined || prompt === undefined) {
      this.#byClip.set(clipKey(description), description);
      return;
    }
    for (const key of [contentKey({ frames, prompt }), contentKey({ frames, prompt, model })]) {
      this.#byContent.set(key, description);
      this.#byContent.set(clipKey(description) + key, description);
    }
  }
}

function clipKey({ clip, person }: { clip: string; person?: number | undefined }): string {
  return JSON.stringify([clip, person ?? null]);
}

function contentKey(
  { frames, prompt, model }: { frames: string; prompt: string; model?: string | undefined },
): string {
  return JSON.stringify([frames, prompt, model ?? null]);
}
