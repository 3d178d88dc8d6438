import { DescriptionError } from "./description_error.ts";
import { eventData } from "./event_stream.ts";
import { readText } from "./read_limited.ts";

/** Most bytes of an answer in one piece. */
export const largestAnswer: number = 2 ** 20;

/** Most bytes of an answer in pieces, each of which comes with some 300 bytes around it. */
const largestStream: number = 16 * 2 ** 20;

/** What a server answered. */
export interface Reply {
  /** The model's text, unchecked. */
  text: string;
  /** What the server signs its answers with, if it does. */
  fingerprint: string | undefined;
}

/** What the model said, before anyone judged it. */
interface RawReply extends Reply {
  refusal: string;
  finish: string | undefined;
}

/**
 * Reads the answer of a chat route, whole or piece by piece, by what the server says it is: some answer whole though
 * a stream was asked for.
 *
 * @param response A response of status 200.
 * @returns The model's text, unchecked, and the server's signature.
 * @throws {DescriptionError} If the answer is of another type, too large, broken off, no JSON, an error, a refusal, or
 * has no text field.
 */
export async function readReply(response: Response): Promise<Reply> {
  const type = (response.headers.get("content-type") ?? "").split(";")[0].trim().toLowerCase();
  if (type === "text/event-stream") return judged(await readStream(response));
  if (type === "application/json" || type.endsWith("+json")) return judged(await readWhole(response));
  await response.body?.cancel();
  throw new DescriptionError(
    `the answer is ${
      type === "text/html" ? "an HTML page" : `of type ${type || "(none)"}`
    }, expected application/json or text/event-stream`,
  );
}

async function readWhole(response: Response): Promise<RawReply> {
  const document = parse(await readText(response, largestAnswer), "the answer");
  const choice = firstChoice(document);
  if (choice === undefined) throw new DescriptionError("the answer has no choices[0]");
  const message = asObject(choice.message) ?? {};
  return {
    text: textOf(message.content),
    refusal: textOf(message.refusal),
    finish: asString(choice.finish_reason),
    fingerprint: asString(document.system_fingerprint),
  };
}

async function readStream(response: Response): Promise<RawReply> {
  const reply: RawReply = { text: "", refusal: "", finish: undefined, fingerprint: undefined };
  let isDone = false;
  for await (const data of eventData(response, largestStream)) {
    if (data.trim() === "[DONE]") {
      isDone = true;
      break;
    }
    if (data.trim() === "") continue;
    const piece = parse(data, "a piece of the answer");
    const choice = firstChoice(piece);
    const delta = asObject(choice?.delta) ?? asObject(choice?.message);
    reply.text += textOf(delta?.content);
    reply.refusal += textOf(delta?.refusal);
    reply.finish = asString(choice?.finish_reason) ?? reply.finish;
    reply.fingerprint = asString(piece.system_fingerprint) ?? reply.fingerprint;
    if (reply.text.length > largestAnswer) throw new DescriptionError("the answer is larger than 1 MB");
  }
  if (!isDone && reply.finish === undefined) {
    throw new DescriptionError("the answer breaks off in the middle of its stream", { retry: true });
  }
  return reply;
}

function judged({ text, refusal, finish, fingerprint }: RawReply): Reply {
  if (refusal.trim() !== "") throw new DescriptionError(`the model refuses: ${shorten(refusal)}`);
  if (finish === "content_filter") {
    throw new DescriptionError("the model refuses: its content filter stopped the answer");
  }
  if (finish === "length") {
    throw new DescriptionError(
      "the answer was cut off at the limit of tokens, expected a whole paragraph (allow more, or ask for less in the prompt)",
    );
  }
  return { text, fingerprint };
}

function parse(text: string, what: string): Record<string, unknown> {
  let document: Record<string, unknown> | undefined;
  try {
    document = asObject(JSON.parse(text));
  } catch {
    throw new DescriptionError(`${what} is not valid JSON (it begins ${shorten(text, 40)})`);
  }
  if (document === undefined) throw new DescriptionError(`${what} is JSON but no object`);
  const error = errorMessage(document);
  if (error !== undefined) {
    throw new DescriptionError(`the server reports an error: ${error}`);
  }
  return document;
}

/**
 * Finds the message of an error document, in the forms that servers use.
 *
 * @param document A parsed answer.
 * @returns The message, shortened, or undefined if the answer is no error.
 */
export function errorMessage(document: Record<string, unknown>): string | undefined {
  const { error, detail, message, object } = document;
  if (error !== undefined && error !== null) return messageIn(asObject(error)?.message ?? error);
  if (object === "error" || document.choices === undefined) {
    const found = message ?? detail;
    if (found !== undefined) return messageIn(found);
  }
  return undefined;
}

/** A server in front of another one may pass on its whole error document as the message. */
function messageIn(found: unknown): string {
  if (typeof found !== "string") return shorten(JSON.stringify(found));
  try {
    const document = asObject(JSON.parse(found));
    return (document && errorMessage(document)) ?? shorten(found);
  } catch {
    return shorten(found); // plain words, as most are
  }
}

/** Text on one line, quoted, its end left out where it is long. */
function shorten(text: string, longest = 300): string {
  const line = text.replace(/\s+/g, " ").trim();
  return JSON.stringify(line.length > longest ? `${line.slice(0, longest)}…` : line);
}

function firstChoice(document: Record<string, unknown>): Record<string, unknown> | undefined {
  return Array.isArray(document.choices) ? asObject(document.choices[0]) : undefined;
}

/** A string, or the text parts of a list of parts. */
function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.map((part) => asString(asObject(part)?.text) ?? "").join("");
}

function asObject(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as Record<string, unknown>
    : undefined;
}

function asString(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
