import assert from "node:assert/strict";
import { chatEndpoint } from "../../descriptions/endpoint.ts";
import { ollamaContextNeeded, ollamaStateRoute } from "../../descriptions/ollama_context.ts";
import { defaultPrompt } from "../../descriptions/prompt.ts";

Deno.test("ollamaContextNeeded() reckons 768 tokens per picture and a third of the prompt's bytes", () => {
  assert.equal(ollamaContextNeeded("", 0), 0);
  assert.equal(ollamaContextNeeded("Describe.", 2), 2 * 768 + 3);
  assert.equal(ollamaContextNeeded("Describe it", 1), 768 + 4);
  assert.equal(ollamaContextNeeded("描述", 1), 768 + 2); // six bytes
});

Deno.test("ollamaContextNeeded() puts four frames with our prompt into Ollama's 4096 tokens, and ten into 8192", () => {
  assert.ok(ollamaContextNeeded(defaultPrompt, 4) <= 4096);
  assert.ok(ollamaContextNeeded(defaultPrompt, 5) > 4096);
  assert.ok(ollamaContextNeeded(defaultPrompt, 10) <= 8192);
});

Deno.test("ollamaStateRoute() finds the route beside the chat route, and none beside others", () => {
  const route = (text: string) => ollamaStateRoute(chatEndpoint(text).chat)?.href;
  assert.equal(route("http://127.0.0.1:11434"), "http://127.0.0.1:11434/api/ps");
  assert.equal(route("http://host/ollama/v1"), "http://host/ollama/api/ps");
  assert.equal(route("http://host/api/v3"), undefined);
});
