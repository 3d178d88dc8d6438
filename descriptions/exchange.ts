import type { ApiKey } from "./api_key.ts";
import { DescriptionError } from "./description_error.ts";
import { checkServerUrl, shownUrl } from "./endpoint.ts";

/** One request. */
export interface ExchangeOptions {
  /** The body as JSON text; a request without one is a GET. */
  body?: string;
  /** Media types that are welcome. */
  accept: string;
  /** The server's key. */
  key?: ApiKey | undefined;
  /** Ends the exchange. */
  signal: AbortSignal;
  /** Hears what a user should know, for example that a redirect leads to another host. */
  onNotice?: ((text: string) => void) | undefined;
}

/** More hops than any server needs. */
const mostRedirects = 5;

/**
 * Sends a request and follows redirects by hand: to the same origin as it stands, to another one without the key,
 * which from then on is not sent again; never from https to http.
 *
 * @param url Where to.
 * @param options Body, key and signal.
 * @returns The response, whatever its status, its body unread.
 * @throws {DescriptionError} If the server cannot be reached, or redirects to where the request must not go.
 */
export async function exchange(url: URL, options: ExchangeOptions): Promise<Response> {
  const { body, accept, signal, onNotice } = options;
  let key = options.key;
  let target = url;
  for (let hop = 0; hop <= mostRedirects; hop++) {
    const headers = new Headers({ accept });
    if (body !== undefined) headers.set("content-type", "application/json");
    if (key !== undefined) headers.set("authorization", key.authorization());
    const response = await send(target, { headers, body, signal, key: options.key });
    const location = response.headers.get("location");
    if (response.status < 300 || response.status > 399 || location === null) return response;
    await response.body?.cancel();
    const next = redirectTarget(target, location, response.status, body !== undefined);
    if (next.origin !== target.origin) {
      const about = options.key === undefined ? "" : "; the key is not sent there";
      onNotice?.(`${target.origin} redirects to ${next.origin}, the pictures go there too${about}`);
      key = undefined;
    }
    target = next;
  }
  throw new DescriptionError(`${shownUrl(url)} redirects more than ${mostRedirects} times`, { fatal: true });
}

async function send(
  url: URL,
  options: { headers: Headers; body: string | undefined; signal: AbortSignal; key: ApiKey | undefined },
): Promise<Response> {
  const { headers, body, signal, key } = options;
  try {
    return await fetch(url, {
      method: body === undefined ? "GET" : "POST",
      headers,
      ...(body === undefined ? {} : { body }),
      redirect: "manual",
      signal,
    });
  } catch (error) {
    if (signal.aborted) throw error;
    throw networkError(`${shownUrl(url)} cannot be reached`, error, key);
  }
}

/**
 * Makes an error of what the network layer threw.
 *
 * @param what What failed.
 * @param error What was thrown; its message may name the whole URL and is shortened.
 * @param key Taken out of the message.
 * @returns An error that asks for another try.
 */
export function networkError(what: string, error: unknown, key: ApiKey | undefined): DescriptionError {
  const told = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const message = told instanceof Error ? told.message : String(told);
  const reason = message.replace(/^error sending request(?: from \S+)?(?: for url \(.*?\))?:?\s*/, "")
    .replace(/https?:\/\/\S+/g, "…").trim();
  // no cause: the thrown error's message may hold the whole URL
  return new DescriptionError(`${what}${reason ? ` (${key?.scrub(reason) ?? reason})` : ""}`, {
    retry: true,
  });
}

function redirectTarget(from: URL, location: string, status: number, hasBody: boolean): URL {
  const next = URL.parse(location, from);
  if (next === null) {
    throw new DescriptionError(`${shownUrl(from)} redirects to what is no URL`, { fatal: true });
  }
  try {
    checkServerUrl(next);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DescriptionError(`${shownUrl(from)} redirects to another place. ${reason}`, { fatal: true });
  }
  if (from.protocol === "https:" && next.protocol === "http:") {
    throw new DescriptionError(
      `${shownUrl(from)} redirects from https to ${next.origin}, expected it to stay on https`,
      { fatal: true },
    );
  }
  if (status === 303 && hasBody) {
    throw new DescriptionError(
      `${shownUrl(from)} answers a question with a redirect to a page (303), expected a chat route`,
      { fatal: true },
    );
  }
  return next;
}
