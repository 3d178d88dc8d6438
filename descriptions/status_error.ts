import { DescriptionError } from "./description_error.ts";
import { readText } from "./read_limited.ts";
import { errorMessage } from "./reply.ts";
import { retryAfter } from "./retry.ts";

/** By these words servers say that the model takes no pictures: llama.cpp and Ollama with status 500, vLLM with 400. */
const isBlind = /\bimages? inputs? (is|are) not supported\b|\bnot a multimodal model\b/i;

/**
 * Makes an error of a status other than 2xx: which help from asking again, and which every question would meet.
 *
 * @param origin The server, as it may be shown.
 * @param response Its response.
 * @param said What it says beside the status; see {@linkcode statusText}.
 * @returns The error; `said` is part of its message.
 */
export function statusError(origin: string, response: Response, said: string): DescriptionError {
  const { status, headers } = response;
  const message = `the server ${origin} answers with status ${status}${said ? `: ${said}` : ""}`;
  if (status === 401 || status === 403) {
    return new DescriptionError(
      `${message} (it wants a key, or another one, in the environment variable)`,
      { fatal: true },
    );
  }
  const hasNoEyes = isBlind.test(said);
  return new DescriptionError(message, {
    retry: !hasNoEyes && (status >= 500 || [408, 425, 429].includes(status)),
    waitMilliseconds: retryAfter(headers.get("retry-after"), Date.now()),
    fatal: hasNoEyes || status === 404 || status === 405,
  });
}

/**
 * Reads what a server says beside a status; pages and floods are not repeated.
 *
 * @param response A response of a status other than 2xx.
 * @returns One line, or "" if there is nothing to repeat.
 * @throws {DescriptionError} If the body is too large or no text.
 */
export async function statusText(response: Response): Promise<string> {
  const text = await readText(response, 65_536);
  try {
    const document: unknown = JSON.parse(text);
    return typeof document === "object" && document !== null
      ? errorMessage(document as Record<string, unknown>) ?? ""
      : "";
  } catch {
    return /^\s*</.test(text) ? "an HTML page" : text.replace(/\s+/g, " ").trim().slice(0, 200);
  }
}
