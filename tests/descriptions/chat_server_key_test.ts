import assert from "node:assert/strict";
import { ApiKey } from "../../descriptions/api_key.ts";
import { ChatServer, type ChatServerOptions } from "../../descriptions/chat_server.ts";
import { type Behaviour, type ChatStub, whole, withChatStub } from "./chat_stub.ts";
import { plainFrame } from "./made_up_clips.ts";

const text = "A woman in a blue coat lifts her left arm.";
const question = { model: "stub", prompt: "Describe.", pictures: [plainFrame(24, 16, [9, 9, 9])] };
const quick = { firstWait: 1, attempts: 3 };
const secret = "sk-very-secret-0123";
const key = new ApiKey(secret, "a test");

const ask = (stub: ChatStub, options: ChatServerOptions = {}) =>
  new ChatServer(stub.url, { ...quick, ...options }).ask(question);

const json = (text: string) => new Response(text, { headers: { "content-type": "application/json" } });

Deno.test("ChatServer.ask() sends the key as a header, and nowhere else", async () => {
  await withChatStub(() => whole(text), async (stub) => {
    await ask(stub, { key });
    const [{ headers, body }] = stub.received;
    assert.equal(headers.get("authorization"), `Bearer ${secret}`);
    assert.ok(!JSON.stringify(body).includes(secret));
  });
});

Deno.test("ChatServer.ask() keeps an answer that holds the key from being used", async () => {
  await withChatStub(() => whole(`A man holds a sign: ${secret}.`), async (stub) => {
    await assert.rejects(ask(stub, { key }), { message: "the answer holds the server's key" });
  });
});

Deno.test("ChatServer.ask() scrubs the key from whatever a server says", async () => {
  const echoes: Behaviour[] = [
    () => new Response(`no ${secret}`, { status: 500 }),
    () => Response.json({ error: `no ${encodeURIComponent(secret)} ${btoa(secret)}` }, { status: 400 }),
    () => json(`${secret} is no JSON`),
    () => whole(null, { refusal: `I know ${secret}` }),
  ];
  for (const echo of echoes) {
    await withChatStub(echo, async (stub) => {
      await assert.rejects(ask(stub, { key }), (error: Error) => {
        const shown = Deno.inspect(error, { depth: 9 });
        for (const spelling of [secret, btoa(secret)]) assert.ok(!shown.includes(spelling), shown);
        return true;
      });
    });
  }
});

const redirect = (to: string, status = 307) => new Response(null, { status, headers: { location: to } });

Deno.test("ChatServer.ask() follows redirects on the same host with the key", async () => {
  for (const status of [301, 302, 307, 308]) {
    await withChatStub(
      (_, n) => n === 0 ? redirect("/v1/chat/completions?again", status) : whole(text),
      async (stub) => {
        assert.equal(await ask(stub, { key }), text);
        assert.deepEqual(stub.received.map(({ headers }) => headers.get("authorization")), [
          `Bearer ${secret}`,
          `Bearer ${secret}`,
        ]);
      },
    );
  }
});

Deno.test("ChatServer.ask() does not carry the key to another host, nor back", async () => {
  const notices: string[] = [];
  await withChatStub((_, n) => n === 0 ? whole("unused") : whole(text), async (home) => {
    await withChatStub(() => redirect(`${home.url}/chat/completions`), async (other) => {
      await withChatStub(() => redirect(`${other.url}/chat/completions`), async (first) => {
        home.received.push(first.received[0]); // so that home answers with the text
        const options = { ...quick, key, onNotice: (text: string) => notices.push(text) };
        const server = new ChatServer(first.url, options);
        assert.equal(await server.ask(question), text);
        assert.equal(await server.ask(question), text);
        const sent = (stub: ChatStub) => stub.received.at(-1)!.headers.get("authorization");
        assert.deepEqual([sent(first), sent(other), sent(home)], [`Bearer ${secret}`, null, null]);
        assert.equal(notices.length, 2);
        assert.match(notices[0], /redirects to http:\/\/127\.0\.0\.1:\d+, .*the key is not sent there$/);
      });
    });
  });
});

Deno.test("ChatServer.ask() refuses redirects that lead nowhere good", async () => {
  const bad: [string, number, RegExp][] = [
    ["/v1/chat/completions", 307, /redirects more than 5 times/],
    ["file:///etc/passwd", 307, /found file:, expected http: or https:/],
    ["http://user:hunter22@127.0.0.1/", 307, /holds a user name or password/],
    ["http://[", 307, /redirects to what is no URL/],
    ["/login", 303, /redirect to a page \(303\)/],
  ];
  for (const [to, status, message] of bad) {
    await withChatStub(() => redirect(to, status), async (stub) => {
      await assert.rejects(ask(stub, { key }), (error: Error & { fatal: boolean }) => {
        assert.match(error.message, message);
        assert.ok(!error.message.includes("hunter22"));
        assert.equal(error.fatal, true);
        return true;
      });
    });
  }
});

Deno.test("ChatServer warns of a key that goes unencrypted over a network", () => {
  const heard = (url: string) => {
    const notices: string[] = [];
    new ChatServer(url, { key, onNotice: (text) => notices.push(text) });
    return notices.length;
  };
  assert.deepEqual(
    [
      "http://example.org",
      "https://example.org",
      "http://localhost:8000",
      "http://127.0.0.1:1",
      "http://[::1]:1",
    ].map(heard),
    [1, 0, 0, 0, 0],
  );
});
