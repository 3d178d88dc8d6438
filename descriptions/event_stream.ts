import { decode, limitedBody } from "./read_limited.ts";

/**
 * Reads server-sent events: the data of each event, however the network cut it into pieces.
 *
 * Comments, which servers send to keep a line open, and fields other than `data` are passed over. An event that the
 * end of the body cuts off is not given.
 *
 * @param response A response of type `text/event-stream`.
 * @param limit Most bytes.
 * @returns The data of one event after another; lines of one event are joined by line feeds.
 * @throws {DescriptionError} If there are more bytes, or they are not UTF-8.
 */
export async function* eventData(response: Response, limit: number): AsyncGenerator<string, void, undefined> {
  let data: string[] = [];
  for await (const line of lines(response, limit)) {
    if (line === "") {
      if (data.length > 0) yield data.join("\n");
      data = [];
    } else if (line.startsWith("data:")) {
      data.push(line.slice(line[5] === " " ? 6 : 5));
    }
  }
}

/** Complete lines, which end in CR, LF or both. */
async function* lines(response: Response, limit: number): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let rest = "";
  for await (const piece of limitedBody(response, limit)) {
    rest += decode(decoder, piece);
    // a CR at the very end may be half of a CRLF, so it waits
    const complete = rest.split(/\r\n|\n|\r(?!$)/);
    rest = complete.pop() ?? "";
    yield* complete;
  }
  rest += decode(decoder);
  if (rest.endsWith("\r")) yield rest.slice(0, -1);
}
