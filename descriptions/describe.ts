/**
 * Descriptions T = MLLM(V, P) of clips and people: asked of a multimodal model, checked, and kept in a file.
 *
 * This folder holds the prompt, the choice of frames, the protocol of OpenAI-compatible servers and the file of
 * descriptions. It knows nothing of the pose model, of devices, of tokens, or of the command line.
 */
import type { ChatServer } from "./chat_server.ts";
import { hashPictures, hashPrompt } from "./content_hash.ts";
import type { Description } from "./description.ts";
import { DescriptionError } from "./description_error.ts";
import type { DescriptionFile } from "./description_file.ts";
import { forEachConcurrently } from "./for_each_concurrently.ts";
import { defaultPersonPrompt, defaultPrompt } from "./prompt.ts";
import type { Sight, Subject } from "./subject.ts";

/** How descriptions are made. */
export interface DescribeOptions {
  /** Where they are kept, and found again. */
  file: DescriptionFile;
  /** Who is asked; without a server only what is kept is found. */
  server?: ChatServer | undefined;
  /** Name of the model; without it any model's kept answer will do, and the server's only model is asked. */
  model?: string | undefined;
  /**
   * The task prompt P.
   *
   * @default {our own, one for clips and one for people}
   */
  prompt?: string | undefined;
  /**
   * Whether to ask again about what is kept; the new answer then counts.
   *
   * @default {false}
   */
  refresh?: boolean | undefined;
  /**
   * How many questions may be under way at once.
   *
   * @default {4}
   */
  concurrency?: number | undefined;
  /**
   * How many subjects in a row may fail, with no answer between, before everything stops.
   *
   * @default {10}
   */
  giveUpAfter?: number | undefined;
  /** Hears of every subject that is finished, in the order in which they finish. */
  onOutcome?: ((outcome: Outcome) => void) | undefined;
}

/** What became of a subject. */
export interface Outcome {
  /** Name of the clip. */
  clip: string;
  /** Track id of the person. */
  person?: number;
  /** Asked now, kept from before, or without a description. */
  kind: "asked" | "kept" | "skipped";
  /** The description, unless it was skipped. */
  description?: Description;
  /** Why it was skipped. */
  reason?: string;
}

/**
 * Describes clips and people. What is kept is not asked again; a bad answer, a picture that cannot be read or a
 * server that fails costs its own subject only, and is reported.
 *
 * @param subjects What to describe.
 * @param options Where descriptions are kept and who is asked.
 * @returns What became of each subject, in their order.
 * @throws {DescriptionError} If every further question would fail: a refused key, an unknown route or model, or too
 * many failures in a row. What was said until then is kept.
 * @throws {Error} If the file cannot be written.
 */
export async function describeAll(
  subjects: Iterable<Subject> | AsyncIterable<Subject>,
  options: DescribeOptions,
): Promise<Outcome[]> {
  const { concurrency = 4, giveUpAfter = 10, onOutcome } = options;
  const outcomes: Outcome[] = [];
  const asking = new Map<string, Promise<Description>>();
  let failures = 0;
  await forEachConcurrently(numbered(subjects), async ([index, subject]) => {
    const outcome = await describeOne(subject, options, asking);
    outcomes[index] = outcome;
    onOutcome?.(outcome);
    failures = outcome.kind === "skipped" ? failures + 1 : outcome.kind === "asked" ? 0 : failures;
    if (failures >= giveUpAfter) {
      throw new DescriptionError(
        `Cannot go on describing: ${failures} in a row failed, the last because ${outcome.reason}`,
        { fatal: true },
      );
    }
  }, { limit: concurrency });
  return outcomes;
}

async function* numbered<T>(items: Iterable<T> | AsyncIterable<T>): AsyncGenerator<[number, T]> {
  let index = 0;
  for await (const item of items) yield [index++, item];
}

async function describeOne(
  subject: Subject,
  options: DescribeOptions,
  asking: Map<string, Promise<Description>>,
): Promise<Outcome> {
  const { clip, person } = subject;
  const { file, server } = options;
  const about = { clip, ...(person === undefined ? {} : { person }) };
  let key = "";
  try {
    let description: Description;
    let kind: "asked" | "kept" = "kept";
    try {
      const sight = await subject.look();
      const prompt = options.prompt ?? (person === undefined ? defaultPrompt : defaultPersonPrompt);
      const content = { frames: hashPictures(sight.pictures), prompt: hashPrompt(prompt) };
      const kept = options.refresh ? undefined : file.find({ ...about, ...content, model: options.model });
      // two subjects with the same pictures are one question
      const other = asking.get(`${content.frames} ${content.prompt}`);
      if (kept ?? other) {
        description = kept ?? await other!;
      } else {
        key = `${content.frames} ${content.prompt}`;
        const answer = ask(about, { sight, prompt, content, options });
        asking.set(key, answer);
        description = await answer;
        kind = "asked";
      }
    } catch (error) {
      if (server?.signal?.aborted) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      if (error instanceof DescriptionError && error.fatal) {
        throw new DescriptionError(`Cannot describe ${subjectName(about)}: ${reason}`, { fatal: true });
      }
      return { ...about, kind: "skipped", reason };
    }
    // kept under another name: it gets a line of its own, so that it is found by name
    const isOwn = description.clip === clip && description.person === person;
    if (!isOwn) description = { ...withoutPerson(description), ...about };
    if (kind === "asked" || !isOwn) await file.append(description);
    return { ...about, kind, description };
  } finally {
    asking.delete(key);
  }
}

async function ask(
  about: { clip: string; person?: number },
  what: {
    sight: Sight;
    prompt: string;
    content: { frames: string; prompt: string };
    options: DescribeOptions;
  },
): Promise<Description> {
  const { sight, prompt, content, options } = what;
  const { server } = options;
  if (server === undefined) {
    throw new DescriptionError(
      `${options.file.path} holds nothing about it, and no server was given to ask`,
      {
        fatal: true,
      },
    );
  }
  const model = options.model ?? await server.onlyModel();
  const { pictures, ...where } = sight;
  const text = await server.ask({ model, prompt, pictures, ...where });
  const { frames, prompt: promptHash } = content;
  const time = new Date().toISOString();
  return {
    ...about,
    text,
    model,
    prompt: promptHash,
    frames,
    sampled: sight.sampled,
    server: server.origin,
    time,
  };
}

/**
 * A subject as messages call it.
 *
 * @param about Clip and person.
 * @returns For example `000001_mpiinew_test` or `000001_mpiinew_test, person 3`.
 */
export function subjectName({ clip, person }: { clip: string; person?: number }): string {
  return person === undefined ? clip : `${clip}, person ${person}`;
}

function withoutPerson({ person: _, ...description }: Description): Description {
  return description;
}
