import assert from "node:assert/strict";
import { ApiKey } from "../../descriptions/api_key.ts";
import { ChatServer, type ChatServerOptions } from "../../descriptions/chat_server.ts";
import type { Media } from "../../descriptions/request.ts";
import {
  type Behaviour,
  type ChatStub,
  pieces,
  streamEvents,
  whole,
  withBareServer,
  withChatStub,
} from "./chat_stub.ts";
import { plainFrame } from "./made_up_clips.ts";

const text = "A woman in a blue coat lifts her left arm; ☂ she walks to the right.";
const pictures = [plainFrame(24, 16, [9, 9, 9]), plainFrame(24, 16, [99, 99, 99])];
const question = { model: "stub", prompt: "Describe.", pictures };
const quick = { firstWait: 1, attempts: 3 };
const secret = "sk-very-secret-0123";
const key = new ApiKey(secret, "a test");

const ask = (stub: ChatStub, options: ChatServerOptions = {}) =>
  new ChatServer(stub.url, { ...quick, ...options }).ask(question);

for (const stream of [false, true]) {
  for (const media of ["images", "video"] satisfies Media[]) {
    Deno.test(`ChatServer.ask() gets a description, stream ${stream}, media ${media}`, async () => {
      await withChatStub(
        ({ body }) => body.stream ? pieces(streamEvents(text)) : whole(` ${text}\n`),
        async (stub) => {
          assert.equal(await ask(stub, { stream, media }), text);
          const [{ headers, body, prompt, pictures }] = stub.received;
          assert.equal(body.stream, stream);
          assert.equal(prompt, "Describe.");
          assert.equal(pictures.length, 2);
          assert.equal(headers.get("authorization"), null);
        },
      );
    });
  }
}

Deno.test("ChatServer.ask() reads a stream however it is cut, with comments, CRLF and a late [DONE]", async () => {
  const bytes = new TextEncoder().encode(
    `: ping\r\n\r\n${streamEvents(text).join("").replaceAll("\n", "\r\n")}`,
  );
  const cut = (length: number) =>
    Array.from(
      { length: Math.ceil(bytes.length / length) },
      (_, i) => bytes.slice(i * length, (i + 1) * length),
    );
  for (const length of [1, 13, 4096]) {
    await withChatStub(() => pieces(cut(length)), async (stub) => {
      assert.equal(await ask(stub, { stream: true }), text);
    });
  }
});

Deno.test("ChatServer.ask() takes an answer in one piece where it asked for a stream, and the reverse", async () => {
  await withChatStub(({ body }) => body.stream ? whole(text) : pieces(streamEvents(text)), async (stub) => {
    assert.equal(await ask(stub, { stream: true }), text);
    assert.equal(await ask(stub, { stream: false }), text);
  });
});

Deno.test("ChatServer.ask() reads a message that is a list of parts", async () => {
  const content = [{ type: "text", text: "A man " }, { type: "text", text: "runs." }];
  await withChatStub(() => Response.json({ choices: [{ message: { content } }] }), async (stub) => {
    assert.equal(await ask(stub), "A man runs.");
  });
});

const json = (text: string) =>
  new Response(text, { headers: { "content-type": "application/json; charset=utf-8" } });
const megabyte = "A man runs. ".repeat(95_000);

/** Answers of status 200 that are no descriptions: asked once, reported, not asked again. */
const bad: Record<string, [behaviour: Behaviour, message: RegExp]> = {
  "an empty text": [() => whole(" \n"), /the answer is empty/],
  "null": [() => whole(null), /the answer is empty/],
  "a refusal": [() => whole("I'm sorry, but I can't help with that."), /the model refuses/],
  "a refusal in its own field": [
    () => whole(null, { refusal: "No people, please." }),
    /the model refuses: "No people/,
  ],
  "a filtered answer": [() => whole("A man", { finish: "content_filter" }), /content filter/],
  "a text cut off at the limit": [
    () => whole("A man who", { finish: "length" }),
    /cut off at the limit of tokens/,
  ],
  "an HTML page": [
    () => new Response("<html><body>Welcome</body></html>", { headers: { "content-type": "text/html" } }),
    /an HTML page, expected application\/json/,
  ],
  "an HTML page that calls itself JSON": [
    () => json("<!doctype html><p>Welcome"),
    /not valid JSON \(it begins .*doctype/,
  ],
  "HTML inside the answer": [() => whole("<html><body>502 Bad Gateway</body></html>"), /the answer is HTML/],
  "a megabyte of text": [() => whole(megabyte), /larger than 1 MB/],
  "a megabyte of text without a length": [
    () => pieces(Array.from({ length: 40 }, () => "x".repeat(50_000)), { type: "application/json" }),
    /larger than 1 MB/,
  ],
  "an answer without end": [
    () =>
      new Response(
        new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65536).fill(32)) }),
        { headers: { "content-type": "application/json" } },
      ),
    /larger than 1 MB/,
  ],
  "a megabyte in pieces": [
    () => pieces([...Array.from({ length: 30 }, () => streamEvents("y".repeat(50_000), null)[1])]),
    /larger than 1 MB/,
  ],
  "a long text": [() => whole("A man runs. ".repeat(2000)), /characters, expected a paragraph/],
  "invalid JSON": [() => json('{"choices":[{"message":{"content":"A man runs.'), /not valid JSON/],
  "JSON that is no object": [() => json('"A man runs."'), /JSON but no object/],
  "JSON without choices": [() => json('{"text":"A man runs."}'), /no choices\[0\]/],
  "an empty body": [() => json(""), /not valid JSON/],
  "bytes that are no text": [
    () => pieces([new Uint8Array([0x7b, 0xff, 0xfe])], { type: "application/json" }),
    /not UTF-8/,
  ],
  "plain text": [() => new Response(text), /of type text\/plain/],
  "no type": [() => new Response(new TextEncoder().encode(text)), /of type \(none\)/],
  "a JPEG": [() => new Response("x", { headers: { "content-type": "image/jpeg" } }), /of type image\/jpeg/],
  "an error of status 200": [
    () => json('{"error":{"message":"out of memory"}}'),
    /reports an error: "out of memory"/,
  ],
  "an error within a stream": [
    () => pieces([...streamEvents("A man").slice(0, 2), 'data: {"error":"out of memory"}\n\n']),
    /reports an error: "out of memory"/,
  ],
  "a broken piece of a stream": [
    () => pieces(['data: {"choices":\n\n']),
    /a piece of the answer is not valid JSON/,
  ],
  "status 400": [
    () => Response.json({ error: { message: "at most 1 image" } }, { status: 400 }),
    /status 400: "at most 1 image"/,
  ],
  "status 204": [() => new Response(null, { status: 204 }), /of type \(none\)/],
};
for (const [what, [behaviour, message]] of Object.entries(bad)) {
  for (const stream of [false, true]) {
    Deno.test(`ChatServer.ask() reports ${what}, stream ${stream}`, async () => {
      await withChatStub(behaviour, async (stub) => {
        await assert.rejects(ask(stub, { stream }), { name: "DescriptionError", message, fatal: false });
        assert.equal(stub.received.length, 1);
      });
    });
  }
}

/** Faults that pass: asked again, and reported when they stay. */
const passing: Record<string, [behaviour: Behaviour, message: RegExp]> = {
  "status 429": [
    () => Response.json({ error: "slow down" }, { status: 429 }),
    /status 429: "slow down", after 3 tries/,
  ],
  "status 500": [
    () => new Response("<html>no</html>", { status: 500 }),
    /status 500: an HTML page, after 3 tries/,
  ],
  "status 503": [
    () => new Response("loading model", { status: 503 }),
    /status 503: loading model, after 3 tries/,
  ],
  "a stream that ends early": [
    () => pieces(streamEvents(text, null).slice(0, 5)),
    /breaks off.*after 3 tries/,
  ],
};
for (const [what, [behaviour, message]] of Object.entries(passing)) {
  Deno.test(`ChatServer.ask() asks again after ${what}`, async () => {
    await withChatStub((request, n) => n < 2 ? behaviour(request, n) : whole(text), async (stub) => {
      assert.equal(await ask(stub), text);
      assert.equal(stub.received.length, 3);
    });
    await withChatStub(behaviour, async (stub) => {
      await assert.rejects(ask(stub), { name: "DescriptionError", message });
      assert.equal(stub.received.length, 3);
    });
  });
}

Deno.test("ChatServer.ask() waits as long as Retry-After says, and makes others wait too", async () => {
  const times: number[] = [];
  await withChatStub((_, n) => {
    times.push(performance.now());
    return n === 0 ? new Response("busy", { status: 429, headers: { "retry-after": "0.3" } }) : whole(text);
  }, async (stub) => {
    const server = new ChatServer(stub.url, quick);
    const first = server.ask(question);
    while (stub.received.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, 50));
    await Promise.all([first, server.ask(question)]);
    assert.equal(times.length, 3);
    for (const time of times.slice(1)) assert.ok(time - times[0] >= 295, `${time - times[0]} ms`);
  });
});

Deno.test("ChatServer.ask() does not wait for a server that asks for too much", async () => {
  const behaviour = () => new Response("quota", { status: 429, headers: { "retry-after": "86400" } });
  await withChatStub(behaviour, async (stub) => {
    await assert.rejects(ask(stub), { message: /status 429: quota, and the server asks to wait 86400 s/ });
    assert.equal(stub.received.length, 1);
  });
});

for (const stream of [false, true]) {
  Deno.test(`ChatServer.ask() gives a silent server its time and no more, stream ${stream}`, async () => {
    const silent = () => new Promise<void>((resolve) => setTimeout(resolve, 400));
    await withChatStub(async ({ body }) => {
      if (!body.stream) await silent();
      return new Response(
        new ReadableStream({
          async start(controller) {
            controller.enqueue(new TextEncoder().encode(streamEvents(text)[1]));
            await silent();
            controller.close();
          },
        }),
        { headers: { "content-type": "text/event-stream" } },
      );
    }, async (stub) => {
      const started = performance.now();
      await assert.rejects(ask(stub, { stream, timeout: 60, attempts: 2 }), {
        message: /no answer within 0.06 s, after 2 tries/,
      });
      assert.ok(performance.now() - started < 350);
    });
  });
}

const head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type:";
const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;
const good = `${head} application/json\r\n\r\n{"choices":[{"message":{"content":"A man runs."}}]}`;
const broken: Record<string, string> = {
  "a body that is shorter than it says":
    `${head} application/json\r\ncontent-length: 999\r\n\r\n{"choices":[`,
  "a stream whose connection breaks": `${head} text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n${
    chunk(streamEvents("A man")[1])
  }`,
  "a head without end": head,
  "what is no HTTP": "SSH-2.0-OpenSSH_9.9\r\n",
  "a connection that closes at once": "",
};
for (const [what, answer] of Object.entries(broken)) {
  Deno.test(`ChatServer.ask() asks again after ${what}`, async () => {
    await withBareServer([answer, answer, good], async (url) => {
      assert.equal(await new ChatServer(url, quick).ask(question), "A man runs.");
    });
    await withBareServer([answer], async (url) => {
      await assert.rejects(new ChatServer(url, quick).ask(question), {
        name: "DescriptionError",
        message: /(breaks off|cannot be reached) \(.+\), after 3 tries/,
      });
    });
  });
}

Deno.test("ChatServer.ask() says that nobody is there", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  const server = new ChatServer(`http://127.0.0.1:${port}/?key=hidden`, { ...quick, key });
  await assert.rejects(server.ask(question), (error: Error) => {
    assert.match(
      error.message,
      /^http:\/\/127\.0\.0\.1:\d+\/v1\/chat\/completions cannot be reached \(.*refused.*\), after 3 tries$/,
    );
    assert.ok(!error.message.includes("hidden"));
    return true;
  });
});

Deno.test("ChatServer.ask() ends with its signal", async () => {
  const stop = new AbortController();
  await withChatStub(async () => {
    stop.abort(new Error("enough"));
    await new Promise((resolve) => setTimeout(resolve, 100));
    return whole(text);
  }, async (stub) => {
    await assert.rejects(ask(stub, { signal: stop.signal }), { message: "enough" });
  });
});

for (const status of [401, 403, 404, 405]) {
  Deno.test(`ChatServer.ask() calls status ${status} fatal`, async () => {
    const behaviour = () => Response.json({ error: { message: `not with ${secret}` } }, { status });
    await withChatStub(behaviour, async (stub) => {
      await assert.rejects(ask(stub, { key }), (error: Error & { fatal: boolean }) => {
        assert.equal(error.fatal, true);
        assert.ok(error.message.includes("not with [key]"), error.message);
        assert.ok(!Deno.inspect(error).includes(secret));
        return true;
      });
      assert.equal(stub.received.length, 1);
    });
  });
}

Deno.test("ChatServer.onlyModel() finds the model that the server holds, asking once", async () => {
  await withChatStub(() => whole(text), async (stub) => {
    const server = new ChatServer(stub.url, quick);
    assert.deepEqual(await Promise.all([server.onlyModel(), server.onlyModel()]), ["stub", "stub"]);
    assert.equal(stub.modelRequests, 1);
    stub.models = ["a", "b"];
    await assert.rejects(new ChatServer(stub.url, quick).onlyModel(), {
      message: /has 2 models \(a, b\)/,
      fatal: true,
    });
    stub.models = [];
    await assert.rejects(new ChatServer(stub.url, quick).onlyModel(), {
      message: /names no model/,
      fatal: true,
    });
  });
});
