/**
 * Ollama's silent loss: it makes a message of each part of a question, reckons 768 tokens per picture whatever the
 * model takes, and drops messages from the front, the prompt first, until the rest fits its context. The answer is of
 * status 200 all the same.
 */
import { DescriptionError } from "./description_error.ts";
import type { Question } from "./request.ts";

/** What Ollama signs its answers with. */
export const ollamaFingerprint: string = "fp_ollama";

/** Tokens that Ollama reckons for one picture. */
const tokensPerPicture = 768;

/** Fewest bytes of text that make a token in any language that people write prompts in. */
const bytesPerToken = 3;

/**
 * Reckons the context in which Ollama keeps a whole question.
 *
 * @param prompt The prompt.
 * @param pictures Number of pictures.
 * @returns Tokens, a little more than needed.
 */
export function ollamaContextNeeded(prompt: string, pictures: number): number {
  const bytes = new TextEncoder().encode(prompt).length;
  return tokensPerPicture * pictures + Math.ceil(bytes / bytesPerToken);
}

/**
 * Finds where Ollama says which models it has loaded, and how.
 *
 * @param chat Its chat route.
 * @returns The route, or undefined if the chat route does not end as Ollama's does.
 */
export function ollamaStateRoute(chat: URL): URL | undefined {
  if (!chat.pathname.endsWith("/v1/chat/completions")) return undefined;
  const url = new URL(chat);
  url.pathname = url.pathname.replace(/\/v1\/chat\/completions$/, "/api/ps");
  return url;
}

/**
 * Refuses an answer to what Ollama may have left of a question.
 *
 * @param state The answer of `/api/ps`; one that does not tell the model's context is passed over.
 * @param question What was asked.
 * @throws {DescriptionError} If the question does not fit, with the context that it takes.
 */
export function checkOllamaContext(state: string, { model, prompt, pictures }: Question): void {
  const context = contextOf(state, model);
  const needed = ollamaContextNeeded(prompt, pictures.length);
  if (context === undefined || context >= needed) return;
  throw new DescriptionError(
    `Ollama's context of ${context} tokens is too small for ${pictures.length} pictures, it drops the prompt and ` +
      `then the first of them, expected ${needed} or more (OLLAMA_CONTEXT_LENGTH, or fewer frames)`,
    { fatal: true },
  );
}

/** Tokens that a model, named with or without its tag, was loaded with. */
function contextOf(state: string, model: string): number | undefined {
  try {
    const { models } = JSON.parse(state) as { models?: { name?: unknown; context_length?: unknown }[] };
    const context = models?.find(({ name }) => name === model || name === `${model}:latest`)?.context_length;
    return typeof context === "number" && context > 0 ? context : undefined;
  } catch {
    return undefined; // no answer of Ollama's
  }
}
