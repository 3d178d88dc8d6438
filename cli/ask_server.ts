/** What `describe` and `pose --describe` share: how a server is reached, asked, and heard. */
import { ApiKey } from "../descriptions/api_key.ts";
import { ChatServer } from "../descriptions/chat_server.ts";
import { Clip } from "../descriptions/clip.ts";
import { describeAll, type Outcome } from "../descriptions/describe.ts";
import { DescriptionFile } from "../descriptions/description_file.ts";
import { readPrompt } from "../descriptions/prompt.ts";
import type { Media } from "../descriptions/request.ts";
import type { SampleWindow } from "../descriptions/sample_indices.ts";
import { clipSubject, type Subject, type SubjectOptions } from "../descriptions/subject.ts";
import { UsageError } from "./command_error.ts";

/** How a server is reached and asked: the same options for `describe` and for `pose --describe`. */
export interface AskOptions {
  /** The server: its base URL or chat route. Default: the environment variable LAPOSE_URL. */
  url?: string | undefined;
  /** Name of the model. Default: LAPOSE_MODEL, or else the only model that the server holds. */
  model?: string | undefined;
  /** Name of the environment variable with the key. Default: LAPOSE_API_KEY, which may be unset. */
  keyVariable?: string | undefined;
  /** Text file with a prompt in place of our own. */
  prompt?: string | undefined;
  /** How pictures are sent. Default: images. */
  media?: Media | undefined;
  /** Have the answer come piece by piece. */
  stream?: boolean | undefined;
  /** Number of frames, at most. Default: 8. */
  frames?: number | undefined;
  /** Part of the clip, `FIRST:LAST`, frame numbers from 0. */
  window?: string | undefined;
  /** Longer side of the pictures in pixels. Default: 512. */
  imageSize?: number | undefined;
  /** Most tokens of an answer. Default: 400. */
  maxTokens?: number | undefined;
  /** JSON of further fields of the request. */
  fields?: string | undefined;
  /** Seconds for one try. Default: 180. */
  timeout?: number | undefined;
  /** Tries in all. Default: 5. */
  attempts?: number | undefined;
  /** Milliseconds before the second try. Default: 1000. */
  firstWait?: number | undefined;
  /** Questions under way at once. Default: 4. */
  concurrency?: number | undefined;
  /** Ask again about what is kept. */
  refresh?: boolean | undefined;
  /** No progress. */
  quiet?: boolean | undefined;
}

/**
 * Describes subjects with the options of the command line: what `describe` and `pose --describe` share.
 *
 * @param subjects Clips or people.
 * @param options How the server is reached, and the file `to` that keeps descriptions.
 * @returns What became of each subject.
 * @throws {UsageError} If the URL, the key's variable or the fields cannot be used.
 */
export async function askAll(
  subjects: Iterable<Subject> | AsyncIterable<Subject>,
  options: AskOptions & { to: string; onOutcome?: (outcome: Outcome) => void },
): Promise<Outcome[]> {
  const { to, onOutcome, concurrency, refresh } = options;
  const model = options.model ?? (Deno.env.get("LAPOSE_MODEL") || undefined);
  return await describeAll(subjects, {
    file: await DescriptionFile.open(to, tell),
    server: serverOf(options),
    model,
    prompt: options.prompt === undefined ? undefined : await readPrompt(options.prompt),
    refresh,
    concurrency,
    onOutcome,
  });
}

/**
 * Describes one clip: what `pose --describe` needs.
 *
 * @param input One path, or several paths of images.
 * @param options How the server is reached, and the file `to` that keeps descriptions.
 * @returns The description.
 * @throws {UsageError} If the URL, the key's variable, the window or the fields cannot be used.
 * @throws {Error} If no description comes of it; the message says why.
 */
export async function describeClip(
  input: string | readonly string[],
  options: AskOptions & { to: string },
): Promise<string> {
  const clip = await Clip.open(input);
  const [outcome] = await askAll([clipSubject(clip, pictureOptions(options))], options);
  if (outcome.description) return outcome.description.text;
  throw new Error(`Cannot describe ${clip.name}: ${outcome.reason}`);
}

/**
 * Reads which pictures are taken.
 *
 * @param options What the command line gives.
 * @returns Number of frames, part of the clip, and size.
 * @throws {UsageError} If they are no use.
 */
export function pictureOptions(options: AskOptions): SubjectOptions {
  const { frames = 8, imageSize: longSide = 512, window } = options;
  if (!Number.isInteger(frames) || frames < 1) {
    throw new UsageError(`Cannot send ${frames} frames, expected a whole number from 1`);
  }
  if (!Number.isInteger(longSide) || longSide < 32 || longSide > 4096) {
    throw new UsageError(
      `Cannot send pictures of ${longSide} pixels, expected a whole number from 32 to 4096`,
    );
  }
  return { frames, longSide, window: parseWindow(window) };
}

/**
 * Reads the part of a clip that pictures are taken from.
 *
 * @param text `FIRST:LAST`, frame numbers from 0.
 * @returns The part, or undefined for the whole clip.
 * @throws {UsageError} If it is of another form.
 */
function parseWindow(text: string | undefined): SampleWindow | undefined {
  if (text === undefined) return undefined;
  const match = /^(\d+):(\d+)$/.exec(text.trim());
  const window = { first: Number(match?.[1]), last: Number(match?.[2]) };
  if (match === null || window.last < window.first) {
    throw new UsageError(
      `Cannot use the window ${JSON.stringify(text)}, expected FIRST:LAST, for example 30:60`,
    );
  }
  return window;
}

function serverOf(options: AskOptions): ChatServer | undefined {
  const url = options.url ?? Deno.env.get("LAPOSE_URL");
  if (!url) return undefined;
  const { media, stream, maxTokens, attempts, firstWait, timeout } = options;
  try {
    return new ChatServer(url, {
      key: ApiKey.fromEnvironment(options.keyVariable),
      onNotice: tell,
      fields: parseFields(options.fields),
      ...(media === undefined ? {} : { media }),
      ...(stream === undefined ? {} : { stream }),
      ...(maxTokens === undefined ? {} : { maxTokens }),
      ...(attempts === undefined ? {} : { attempts }),
      ...(firstWait === undefined ? {} : { firstWait }),
      ...(timeout === undefined ? {} : { timeout: timeout * 1000 }),
    });
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

function parseFields(text: string | undefined): Record<string, unknown> | undefined {
  if (text === undefined) return undefined;
  try {
    const fields: unknown = JSON.parse(text);
    if (typeof fields === "object" && fields !== null && !Array.isArray(fields)) {
      return fields as Record<string, unknown>;
    }
  } catch {
    // said below, as for JSON that is no object
  }
  throw new UsageError(
    `Cannot use the fields ${text.slice(0, 60)}, expected a JSON object such as {"seed": 7}`,
  );
}

/**
 * Says something on standard error, above the progress line.
 *
 * @param text One line.
 */
export function tell(text: string): void {
  console.error(Deno.stderr.isTerminal() ? `\r\x1b[K${text}` : text);
}
