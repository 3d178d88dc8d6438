import { DescriptionError } from "./description_error.ts";

/** A paragraph has some hundred words; what is longer than this is something else. */
const longestText = 20_000;

/** Beginnings by which models decline, or say that they were shown nothing. */
const refusals: readonly RegExp[] = [
  /^(i['’]?m|i am|we['’]?re) (really |very |so )?(sorry|afraid)\b/,
  /^(sorry|unfortunately|apologies|my apologies|i apologi[sz]e)\b/,
  /^as an? (ai|artificial intelligence|language model|large language model|text-based)\b/,
  /^i (can['’]?t|can ?not|could not|couldn['’]?t|won['’]?t|will not|am unable|am not able|do not|don['’]?t)\b/,
  /^i['’]m (unable|not able)\b/,
  /^(no|there (are|is|were) no) (image|images|video|videos|frames?|pictures?)\b.*\b(provided|attached|included|given|visible|here)\b/,
  /^(please|could you|can you) (please )?(provide|upload|share|attach|send)\b/,
  /^it (seems|looks|appears)\b.{0,60}\b(no|not|didn['’]?t|missing|without)\b.{0,40}\b(image|video|frame|picture|file|attach)/,
];

const htmlTag =
  /<!doctype\s+html|<\/?(html|head|body|title|meta|link|script|style|div|span|p|a|br|img|table|tr|td|ul|ol|li|h[1-6]|form|iframe|center)(\s[^<>]*)?\/?>/i;

/**
 * Checks what a model said, and makes it one paragraph: white space becomes single spaces; thoughts, the tokens that
 * end a turn, emphasis and quotation marks around the whole are taken off.
 *
 * @param text The model's text.
 * @returns A description.
 * @throws {DescriptionError} If it is empty, a refusal, HTML, JSON, no words, a loop, or far too long for a paragraph.
 */
export function checkAnswer(text: string): string {
  const answer = paragraph(text);
  if (answer === "") throw new DescriptionError("the answer is empty");
  if (answer.length > longestText) {
    throw new DescriptionError(
      `the answer has ${answer.length} characters, expected a paragraph (at most ${longestText})`,
    );
  }
  if (htmlTag.test(answer)) throw new DescriptionError("the answer is HTML, expected plain text");
  if (isJson(answer)) throw new DescriptionError("the answer is JSON, expected plain text");
  if (refusals.some((refusal) => refusal.test(answer.slice(0, 200).toLowerCase()))) {
    throw new DescriptionError(`the model refuses: ${JSON.stringify(answer.slice(0, 160))}`);
  }
  if (!/\p{L}{2}/u.test(answer)) {
    throw new DescriptionError(`the answer has no words: ${JSON.stringify(answer.slice(0, 40))}`);
  }
  if (isLoop(answer)) {
    throw new DescriptionError(`the answer repeats itself: ${JSON.stringify(answer.slice(0, 60))}…`);
  }
  return answer;
}

/** Small models fall into loops: many words, hardly any different ones. */
function isLoop(text: string): boolean {
  const words = text.toLowerCase().split(" ");
  return words.length >= 40 && new Set(words).size < 0.15 * words.length;
}

function paragraph(text: string): string {
  const line = withoutThoughts(text)
    .replace(/<\|[^<>|]{1,40}\|>|<\/?s>|\[\/?INST\]/g, " ")
    .replace(/```[a-z]*|\*\*/g, " ")
    // deno-lint-ignore no-control-regex -- control characters are what is taken out
    .replace(/[\u0000-\u001f\u007f-\u009f\ufeff\ufffd]/g, " ")
    .replace(/\s+/g, " ")
    .trim();
  return /^["“].*["”]$/.test(line) && !/["“”]/.test(line.slice(1, -1)) ? line.slice(1, -1).trim() : line;
}

/** Some servers leave what a model thought in front of what it said. */
function withoutThoughts(text: string): string {
  const trimmed = text.trimStart();
  const end = trimmed.indexOf("</think>");
  if (end >= 0) return trimmed.slice(end + "</think>".length);
  if (trimmed.startsWith("<think>")) {
    throw new DescriptionError("the answer holds nothing but thoughts (an unfinished <think> block)");
  }
  return text;
}

function isJson(text: string): boolean {
  if (!/^[[{]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
