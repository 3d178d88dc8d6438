/** What a multimodal model, or a person, said about a clip: one line of a descriptions file. */
export interface Description {
  /** Name of the clip: its folder, or its video file without the ending. */
  clip: string;
  /** Track id of the person; absent where the text is about everyone in the clip. */
  person?: number;
  /** One paragraph. */
  text: string;
  /** Name of the model that wrote it; absent where a person did. */
  model?: string;
  /** SHA-256 of the prompt. */
  prompt?: string;
  /** SHA-256 of the pictures that were shown. */
  frames?: string;
  /** Numbers of the frames that were shown, from 0. */
  sampled?: readonly number[];
  /** Protocol, host and port of the server. */
  server?: string;
  /** When it was written: ISO 8601, UTC. */
  time?: string;
}

/** Every line that this package writes begins so. */
const lineBeginning = '{"clip":';

/**
 * Reads one line of a descriptions file.
 *
 * @param line JSON of one object.
 * @returns The description; fields that are not known are left out.
 * @throws {SyntaxError} If the line is no JSON object.
 * @throws {TypeError} If a field is missing or of the wrong kind.
 */
export function parseDescription(line: string): Description {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new SyntaxError(`it is not valid JSON (${error instanceof Error ? error.message : error})`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new SyntaxError(`found ${JSON.stringify(value)?.slice(0, 40)}, expected an object`);
  }
  const fields = value as Record<string, unknown>;
  const { clip, person, text, sampled } = fields;
  if (typeof clip !== "string" || clip === "") throw bad("clip", clip, "the clip's name");
  if (typeof text !== "string") throw bad("text", text, "a string");
  if (person !== undefined && !Number.isInteger(person)) throw bad("person", person, "a whole number");
  if (sampled !== undefined && !(Array.isArray(sampled) && sampled.every(Number.isInteger))) {
    throw bad("sampled", sampled, "a list of frame numbers");
  }
  const description: Description = {
    clip,
    ...(person === undefined ? {} : { person: person as number }),
    text: text.replace(/\s+/g, " ").trim(),
    ...(sampled === undefined ? {} : { sampled }),
  };
  for (const name of ["model", "prompt", "frames", "server", "time"] as const) {
    const field = fields[name];
    if (field === undefined) continue;
    if (typeof field !== "string" || field === "") throw bad(name, field, "a string that is not empty");
    description[name] = field;
  }
  return description;
}

/**
 * Writes one line of a descriptions file: what people read first, where it came from behind it.
 *
 * @param description What is kept.
 * @returns JSON on one line, without a line end.
 */
export function formatDescription(description: Description): string {
  const { clip, person, text, model, prompt, frames, sampled, server, time } = description;
  return JSON.stringify({ clip, person, text, model, prompt, frames, sampled, server, time });
}

/**
 * Whether text is the beginning of a line that this package wrote; anything else is not ours to cut off.
 *
 * @param line A last line without a line feed.
 * @returns Whether a kill may have left it.
 */
export function isHalfWritten(line: string): boolean {
  return line !== "" && (line.startsWith(lineBeginning) || lineBeginning.startsWith(line));
}

function bad(name: string, value: unknown, wanted: string): TypeError {
  return new TypeError(`${name} is ${JSON.stringify(value)?.slice(0, 60) ?? "absent"}, expected ${wanted}`);
}
