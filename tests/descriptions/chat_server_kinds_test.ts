/** What single kinds of servers do: vLLM, transformers, llama.cpp and Ollama, in the words that they were seen to use. */
import assert from "node:assert/strict";
import { ChatServer, type ChatServerOptions } from "../../descriptions/chat_server.ts";
import { type Behaviour, type ChatStub, pieces, streamEvents, whole, withChatStub } from "./chat_stub.ts";
import { plainFrame } from "./made_up_clips.ts";

const text = "A woman in a blue coat lifts her left arm.";
const pictures = [plainFrame(24, 16, [9, 9, 9]), plainFrame(24, 16, [99, 99, 99])];
const question = {
  model: "stub",
  prompt: "Describe.",
  pictures,
  sampled: [0, 4],
  clipLength: 5,
  frameRate: 30,
};
const quick = { firstWait: 1, attempts: 3 };

const ask = (stub: ChatStub, options: ChatServerOptions = {}) =>
  new ChatServer(stub.url, { ...quick, ...options }).ask(question);

const refusals: Record<string, () => Response> = {
  "vLLM": () =>
    Response.json({
      error: {
        message: "Per-request media_io_kwargs are disabled by default. (parameter=media_io_kwargs)",
        type: "BadRequestError",
        code: 400,
      },
    }, { status: 400 }),
  "transformers": () =>
    Response.json({ detail: "Unexpected fields in the request: {'media_io_kwargs'}" }, { status: 422 }),
};
for (const [name, refuse] of Object.entries(refusals)) {
  const behaviour: Behaviour = ({ body }) => body.media_io_kwargs === undefined ? whole(text) : refuse();

  Deno.test(`ChatServer.ask() sends a video without media_io_kwargs where ${name} refuses them`, async () => {
    await withChatStub(behaviour, async (stub) => {
      const notices: string[] = [];
      const server = new ChatServer(stub.url, {
        ...quick,
        media: "video",
        onNotice: (notice) => notices.push(notice),
      });
      assert.equal(await server.ask(question), text);
      const [first, second] = stub.received.map(({ body }) => body);
      assert.notEqual(first.media_io_kwargs, undefined);
      assert.deepEqual({ ...first, media_io_kwargs: undefined }, { ...second, media_io_kwargs: undefined });
      assert.equal(await server.ask(question), text);
      assert.equal(stub.received.length, 3);
      assert.equal(notices.length, 1);
      assert.match(notices[0], /refuses media_io_kwargs: the model is not told when/);
    });
  });

  Deno.test(`ChatServer.ask() does not take out a field of the user's own, or lose frames, ${name}`, async () => {
    await withChatStub(behaviour, async (stub) => {
      const fields = { media_io_kwargs: { video: { num_frames: 2 } } };
      await assert.rejects(ask(stub, { media: "video", fields }), {
        message: /status 4\d\d: .*media_io_kwargs/,
      });
      assert.equal(stub.received.length, 1);
      const many = { ...question, pictures: Array.from({ length: 33 }, () => pictures[0]) };
      const server = new ChatServer(stub.url, { ...quick, media: "video" });
      await assert.rejects(server.ask(many), { message: /status 4\d\d: .*media_io_kwargs/ });
      assert.equal(stub.received.length, 2);
      assert.equal(await server.ask({ ...many, pictures: many.pictures.slice(1) }), text);
    });
  });
}

Deno.test("ChatServer.ask() keeps to another refusal of a video", async () => {
  const behaviour = () => Response.json({ error: { message: "At most 0 video(s)" } }, { status: 400 });
  await withChatStub(behaviour, async (stub) => {
    await assert.rejects(ask(stub, { media: "video" }), { message: /At most 0 video/, fatal: false });
    assert.equal(stub.received.length, 1);
  });
});

const blind: Record<string, () => Response> = {
  "llama.cpp": () =>
    Response.json({
      error: {
        code: 500,
        message:
          "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj",
        type: "server_error",
      },
    }, { status: 500 }),
  "vLLM": () =>
    Response.json({ error: { message: "opt-125m is not a multimodal model", code: 400 } }, { status: 400 }),
};
for (const [name, behaviour] of Object.entries(blind)) {
  Deno.test(`ChatServer.ask() does not ask ${name} again whose model takes no pictures`, async () => {
    await withChatStub(behaviour, async (stub) => {
      const message = /status \d00: ".*(not supported|not a multimodal)/;
      await assert.rejects(ask(stub), { name: "DescriptionError", message, fatal: true });
      assert.equal(stub.received.length, 1);
    });
  });
}

Deno.test("ChatServer.ask() shows the message of an error document within another, as Ollama passes it on", async () => {
  const inner = JSON.stringify({ error: { code: 400, message: "request exceeds the context", n_ctx: 4096 } });
  const messages = [[inner, '"request exceeds the context"'], ["{no JSON", '"{no JSON"'], [
    '{"n": 1}',
    '"{\\"n',
  ]];
  for (const [message, shown] of messages) {
    const behaviour = () => Response.json({ error: { message, type: "invalid" } }, { status: 400 });
    await withChatStub(behaviour, async (stub) => {
      await assert.rejects(ask(stub), (error: Error) => {
        assert.ok(error.message.includes(`answers with status 400: ${shown}`), error.message);
        return true;
      });
    });
  }
});

/** An answer with the signature of a server, whole or in pieces. */
function signed(system_fingerprint: string): Behaviour {
  return async ({ body }) => {
    if (!body.stream) return Response.json({ ...await whole(text).json(), system_fingerprint });
    const sign = (event: string) => event.replace("{", `{"system_fingerprint":"${system_fingerprint}",`);
    return pieces(streamEvents(text).map(sign));
  };
}
const loaded = (name: string, context_length: unknown) =>
  JSON.stringify({ models: [{ name, context_length }] });

for (const stream of [false, true]) {
  Deno.test(`ChatServer.ask() refuses Ollama's answer to half a question, stream ${stream}`, async () => {
    await withChatStub(signed("fp_ollama"), async (stub) => {
      // 2 · 768 for the pictures, 9 bytes / 3 for the prompt
      for (const name of ["stub", "stub:latest"]) {
        stub.state = loaded(name, 1538);
        await assert.rejects(ask(stub, { stream }), {
          name: "DescriptionError",
          message: /^Ollama's context of 1538 tokens is too small for 2 pictures.*expected 1539 or more/,
          fatal: true,
        });
        stub.state = loaded(name, 1539);
        assert.equal(await ask(stub, { stream }), text);
      }
      assert.equal(stub.received.length, 4);
    });
  });
}

Deno.test("ChatServer.ask() passes over what does not tell Ollama's context", async () => {
  const states = [
    undefined,
    "",
    "null",
    "[]",
    "<html>",
    '{"models":[null]}',
    loaded("other", 9),
    loaded("stub", 0),
  ];
  for (const state of [...states, loaded("stub", "9")]) {
    await withChatStub(signed("fp_ollama"), async (stub) => {
      stub.state = state;
      assert.equal(await ask(stub), text);
      assert.equal(stub.stateRequests, 1);
    });
  }
});

Deno.test("ChatServer.ask() asks no other server for its context", async () => {
  await withChatStub(signed("vllm-0.32.0"), async (stub) => {
    stub.state = loaded("stub", 9);
    assert.equal(await ask(stub), text);
    assert.equal(stub.stateRequests, 0);
  });
});
