/**
 * A server on loopback that speaks the chat protocol strictly, and misbehaves on demand.
 *
 * It answers 400 to whatever an OpenAI-compatible server would not take, so that a request of the wrong shape fails
 * the test that made it.
 */

/** A request as it came in. */
export interface Received {
  /** Its body, parsed. */
  body: ChatBody;
  /** Its headers. */
  headers: Headers;
  /** The JPEG files of its pictures, in order. */
  pictures: Uint8Array[];
  /** Its prompt. */
  prompt: string;
}

/** The body of a chat request. */
export interface ChatBody {
  model: string;
  stream?: boolean;
  max_tokens?: number;
  temperature?: number;
  messages: { role: string; content: ContentPart[] }[];
  [field: string]: unknown;
}

/** One part of a message. */
export interface ContentPart {
  type: string;
  text?: string;
  image_url?: { url: string };
  video_url?: { url: string };
}

/** What the server does with its n-th chat request, from 0. */
export type Behaviour = (request: Received, n: number) => Response | Promise<Response>;

/** A running server. */
export interface ChatStub {
  /** Its base URL, ending in /v1. */
  url: string;
  /** Chat requests so far. */
  received: Received[];
  /** Requests for the list of models so far. */
  modelRequests: number;
  /** The models it holds. */
  models: string[];
  /** What it answers on `/api/ps`, as Ollama does; undefined where there is no such route. */
  state: string | undefined;
  /** Requests for its state so far. */
  stateRequests: number;
  /** The most chat requests that were under way at once. */
  mostAtOnce: number;
}

/**
 * Runs a test body with a server of its own.
 *
 * @param behaviour What it does with chat requests.
 * @param body Test body.
 */
export async function withChatStub(
  behaviour: Behaviour,
  body: (stub: ChatStub) => Promise<void>,
): Promise<void> {
  const stub: ChatStub = {
    url: "",
    received: [],
    modelRequests: 0,
    models: ["stub"],
    mostAtOnce: 0,
    state: undefined,
    stateRequests: 0,
  };
  let atOnce = 0;
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const { pathname } = new URL(request.url);
    if (request.method === "GET" && pathname === "/v1/models") {
      stub.modelRequests++;
      return Response.json({ object: "list", data: stub.models.map((id) => ({ id, object: "model" })) });
    }
    if (request.method === "GET" && pathname === "/api/ps") {
      stub.stateRequests++;
      return stub.state === undefined
        ? new Response("404 page not found", { status: 404 })
        : new Response(stub.state);
    }
    if (request.method !== "POST" || pathname !== "/v1/chat/completions") {
      return Response.json({ detail: "Not Found" }, { status: 404 });
    }
    stub.mostAtOnce = Math.max(stub.mostAtOnce, ++atOnce);
    try {
      const received = readRequest(await request.json(), request.headers);
      stub.received.push(received);
      return await behaviour(received, stub.received.length - 1);
    } catch (error) {
      return Response.json({ error: { message: String(error), type: "invalid_request_error" } }, {
        status: 400,
      });
    } finally {
      atOnce--;
    }
  });
  stub.url = `http://127.0.0.1:${server.addr.port}/v1`;
  try {
    await body(stub);
  } finally {
    await server.shutdown();
  }
}

/** An answer in one piece. */
export function whole(text: string | null, extra: { finish?: string; refusal?: string } = {}): Response {
  const { finish = "stop", refusal = null } = extra;
  return Response.json({
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1,
    model: "stub",
    choices: [{ index: 0, message: { role: "assistant", content: text, refusal }, finish_reason: finish }],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  });
}

/** The events of an answer in pieces, as servers write them: a role first, then words, then the end. */
export function streamEvents(text: string, finish: string | null = "stop"): string[] {
  const chunk = (delta: object, finish_reason: string | null = null) =>
    `data: ${
      JSON.stringify({ object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason }] })
    }\n\n`;
  const words = text.match(/\s*\S+/g) ?? [];
  return [
    chunk({ role: "assistant", content: "" }),
    ...words.map((word) => chunk({ content: word })),
    ...(finish === null ? [] : [chunk({}, finish), 'data: {"choices":[],"usage":{"total_tokens":2}}\n\n']),
    "data: [DONE]\n\n",
  ];
}

/** A response that sends each piece as it is, then ends. */
export function pieces(
  parts: readonly (string | Uint8Array<ArrayBuffer>)[],
  options: { type?: string } = {},
): Response {
  const { type = "text/event-stream" } = options;
  let next = 0;
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      if (next < parts.length) {
        const part = parts[next++];
        controller.enqueue(typeof part === "string" ? new TextEncoder().encode(part) : part);
      } else controller.close();
    },
  });
  return new Response(stream, { headers: { "content-type": type } });
}

/** Checks a request as strictly as the servers do. */
function readRequest(body: ChatBody, headers: Headers): Received {
  const expect = (isSo: boolean, what: string) => {
    if (!isSo) throw new TypeError(`bad request: ${what}`);
  };
  expect(headers.get("content-type") === "application/json", "content-type");
  expect(typeof body.model === "string" && body.model !== "", "model");
  expect(body.stream === undefined || typeof body.stream === "boolean", "stream");
  expect(body.max_tokens === undefined || Number.isInteger(body.max_tokens), "max_tokens");
  expect(Array.isArray(body.messages) && body.messages.length === 1, "messages");
  const [{ role, content }] = body.messages;
  expect(role === "user" && Array.isArray(content), "a user message of parts");
  let prompt = "";
  const pictures: Uint8Array[] = [];
  for (const part of content) {
    if (part.type === "text") {
      expect(typeof part.text === "string", "text");
      prompt += part.text;
    } else if (part.type === "image_url") {
      const url = part.image_url?.url ?? "";
      expect(url.startsWith("data:image/jpeg;base64,"), "an image data URI");
      pictures.push(Uint8Array.fromBase64(url.slice(url.indexOf(",") + 1)));
    } else if (part.type === "video_url") {
      const url = part.video_url?.url ?? "";
      expect(url.startsWith("data:video/jpeg;base64,"), "a video data URI");
      pictures.push(...url.split(",").slice(1).map((file) => Uint8Array.fromBase64(file)));
    } else expect(false, `part of type ${part.type}`);
  }
  expect(prompt.trim() !== "", "a prompt");
  expect(pictures.length > 0, "pictures");
  for (const file of pictures) expect(file[0] === 0xff && file[1] === 0xd8, "JPEG");
  return { body, headers, pictures, prompt };
}

/**
 * Runs a test body with a server that reads a request, writes bytes and closes the connection, HTTP or not.
 *
 * @param answers What it writes to one connection after another; the last one stays.
 * @param body Test body; receives the server's URL.
 */
export async function withBareServer(
  answers: readonly string[],
  body: (url: string) => Promise<void>,
): Promise<void> {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  let n = 0;
  const serving = (async () => {
    for await (const connection of listener) {
      await connection.read(new Uint8Array(65536));
      const answer = answers[Math.min(n++, answers.length - 1)];
      await connection.write(new TextEncoder().encode(answer));
      connection.close();
    }
  })();
  try {
    await body(`http://127.0.0.1:${(listener.addr as Deno.NetAddr).port}`);
  } finally {
    listener.close();
    await serving;
  }
}
