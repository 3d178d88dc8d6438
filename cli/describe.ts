/** `describe`: descriptions of clips or people, asked of a multimodal model and kept in a file of JSON lines. */
import { Clip } from "../descriptions/clip.ts";
import { type Outcome, subjectName } from "../descriptions/describe.ts";
import { findClips, type FoundClip } from "../descriptions/find_clips.ts";
import { personTracks } from "../descriptions/person_tracks.ts";
import { clipSubject, personSubjects, type Subject } from "../descriptions/subject.ts";
import { openBoxes } from "../people/boxes.ts";
import { askAll, type AskOptions, pictureOptions, tell } from "./ask_server.ts";
import { UsageError } from "./command_error.ts";
import { createProgress } from "./progress.ts";

/** Options of the `describe` command. */
export interface DescribeCommandOptions extends AskOptions {
  /** Clips: images, videos, folders of images, or folders of clips. */
  inputs: readonly string[];
  /** The file of descriptions. Default: descriptions.jsonl. */
  to?: string | undefined;
  /** Describe each person from crops, not the clip as a whole. */
  perPerson?: boolean | undefined;
  /** Boxes file, or `full`; needed for people. */
  boxes?: string | undefined;
  /** Print one JSON object. */
  json?: boolean | undefined;
}

/**
 * Describes clips, or people in them, and prints what was said.
 *
 * @param options Inputs, server and file.
 * @throws {UsageError} If options contradict each other or cannot be read.
 * @throws {Error} If something was skipped, or nothing more can be asked; what was said is kept.
 */
export async function describeCommand(options: DescribeCommandOptions): Promise<void> {
  const { inputs, to = "descriptions.jsonl", perPerson = false, boxes, json = false, quiet } = options;
  if (inputs.length === 0) {
    throw new UsageError("Cannot describe nothing, expected a clip or a folder of clips");
  }
  if (perPerson && boxes === undefined) {
    throw new UsageError("Cannot describe each person without boxes, expected --boxes FILE or --boxes full");
  }
  const clips = (await Promise.all(inputs.map(findClips))).flat();
  checkNames(clips);
  const progress = createProgress("Describing", {
    unit: perPerson ? "people" : "clips",
    ...(perPerson ? {} : { total: clips.length }),
    quiet,
  });
  const counts = { asked: 0, kept: 0, skipped: 0 };
  const outcomes = await askAll(subjectsOf(clips, options), {
    ...options,
    to,
    onOutcome(outcome) {
      counts[outcome.kind]++;
      if (outcome.reason && (perPerson || clips.length > 1)) {
        tell(`skipped ${subjectName(outcome)}: ${outcome.reason}`);
      }
      const done = counts.asked + counts.kept + counts.skipped;
      progress.update(done, `${counts.kept} kept from before, ${counts.skipped} skipped`);
    },
  }).finally(() => progress.finish());
  print(outcomes, { json, to });
  if (counts.skipped > 0) {
    const [{ reason }] = outcomes;
    throw new Error(
      outcomes.length === 1
        ? `Cannot describe ${subjectName(outcomes[0])}: ${reason}`
        : `Cannot describe ${counts.skipped} of ${outcomes.length} (reasons above): ` +
          `the others are in ${to}, and the same command asks only about what is missing`,
    );
  }
}

async function* subjectsOf(
  clips: readonly FoundClip[],
  options: DescribeCommandOptions,
): AsyncGenerator<Subject> {
  const { perPerson, boxes } = options;
  const which = pictureOptions(options);
  for (const { name, path } of clips) {
    if (!perPerson) {
      yield { clip: name, look: async () => await clipSubject(await Clip.open(path, name), which).look() };
      continue;
    }
    const clip = await Clip.open(path, name);
    const facts = { clip: name.split("/").at(-1)!, names: clip.frameNames, length: clip.length };
    yield* personSubjects(clip, personTracks(await openBoxes(boxes!, facts), clip), which);
  }
}

/** Two clips of one name could not be told apart afterwards. */
function checkNames(clips: readonly FoundClip[]): void {
  const paths = new Map<string, string>();
  for (const { name, path } of clips) {
    const other = paths.get(name);
    if (other !== undefined && other !== path) {
      throw new UsageError(
        `Cannot describe ${other} and ${path} together: both are called ${name}, expected clips of different names`,
      );
    }
    paths.set(name, path);
  }
}

function print(outcomes: readonly Outcome[], { json, to }: { json: boolean; to: string }): void {
  if (json) {
    const count = (kind: Outcome["kind"]) => outcomes.filter((outcome) => outcome.kind === kind).length;
    const skipped = outcomes.filter(({ kind }) => kind === "skipped")
      .map(({ clip, person, reason }) => ({ clip, person, reason }));
    const descriptions = outcomes.flatMap(({ description }) => description ?? []);
    console.log(
      JSON.stringify({ file: to, asked: count("asked"), kept: count("kept"), skipped, descriptions }),
    );
    return;
  }
  for (const { description } of outcomes) {
    if (!description) continue;
    console.log(
      outcomes.length === 1 ? description.text : `${subjectName(description)}: ${description.text}`,
    );
  }
}
