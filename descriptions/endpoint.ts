/** Where a server's routes are. */
export interface Endpoint {
  /** POST: one question. */
  chat: URL;
  /** GET: the models that the server holds. */
  models: URL;
  /** Protocol, host and port: what may be shown and kept. */
  origin: string;
}

/**
 * Finds the routes of an OpenAI-compatible server from what people write down: `http://127.0.0.1:8000`, the base
 * URL ending in `/v1`, or the chat route itself. A query stays on, as some hosts need one.
 *
 * @param text The server's URL.
 * @returns The routes.
 * @throws {TypeError} If it is no URL, of another protocol than http and https, or holds a user name or password;
 * the message shows neither those nor the query.
 */
export function chatEndpoint(text: string): Endpoint {
  const url = URL.parse(text.trim());
  if (url === null) {
    throw new TypeError(
      `Cannot use the server URL ${
        maskedText(text)
      }: it is no URL, expected one such as http://127.0.0.1:8000/v1`,
    );
  }
  checkServerUrl(url);
  const base = url.pathname.replace(/\/+$/, "").replace(/\/chat\/completions$/, "") || "/v1";
  const route = (path: string): URL => {
    const target = new URL(url);
    target.hash = "";
    target.pathname = base + path;
    return target;
  };
  return { chat: route("/chat/completions"), models: route("/models"), origin: url.origin };
}

/**
 * Checks that a URL may be asked.
 *
 * @param url A parsed URL.
 * @throws {TypeError} If it is of another protocol than http and https, or holds a user name or password.
 */
export function checkServerUrl(url: URL): void {
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new TypeError(
      `Cannot use the server URL ${maskedText(url.href)}: found ${url.protocol}, expected http: or https:`,
    );
  }
  if (url.username !== "" || url.password !== "") {
    throw new TypeError(
      `Cannot use the server URL ${
        shownUrl(url)
      }: it holds a user name or password, expected the key in an environment variable`,
    );
  }
}

/**
 * A URL as it may be shown: without user name, password, query and fragment.
 *
 * @param url The URL.
 * @returns Protocol, host, port and path.
 */
export function shownUrl(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}

function maskedText(text: string): string {
  const masked = text.trim().replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, "$1…@").replace(/[?#].*$/s, "?…");
  return JSON.stringify(masked.length > 80 ? `${masked.slice(0, 80)}…` : masked);
}
