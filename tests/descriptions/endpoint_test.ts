import assert from "node:assert/strict";
import { chatEndpoint } from "../../descriptions/endpoint.ts";

const routes = (url: string) => {
  const { chat, models, origin } = chatEndpoint(url);
  return [chat.href, models.href, origin];
};

Deno.test("chatEndpoint() completes what people write down", () => {
  const local = [
    "http://127.0.0.1:8000/v1/chat/completions",
    "http://127.0.0.1:8000/v1/models",
    "http://127.0.0.1:8000",
  ];
  for (const path of ["", "/", "/v1", "/v1/", "/v1/chat/completions", "/v1/chat/completions/"]) {
    assert.deepEqual(routes(` http://127.0.0.1:8000${path} `), local, path);
  }
  assert.deepEqual(routes("https://example.org/v1beta/openai/"), [
    "https://example.org/v1beta/openai/chat/completions",
    "https://example.org/v1beta/openai/models",
    "https://example.org",
  ]);
  assert.equal(
    routes("https://example.org/deployments/a/chat/completions?api-version=2#part")[0],
    "https://example.org/deployments/a/chat/completions?api-version=2",
  );
});

for (
  const url of [
    "",
    "localhost:8000",
    "file:///etc/passwd",
    "ftp://user:hunter22@example.org/v1",
    "ftp:/user:hunter22@example.org/v1",
    "gopher:/user:hunter22@example.org/v1?key=hunter22",
    "user:hunter22@example.org/v1",
    "http://user:hunter22@example.org/v1",
    "https://:hunter22@example.org/v1",
    "http:/user:hunter22@example.org",
    "http://user:hunter22@exa mple.org/?key=hunter22",
    "http://",
    "javascript:alert(1)",
  ]
) {
  Deno.test(`chatEndpoint() refuses ${JSON.stringify(url)} without showing a password`, () => {
    assert.throws(() => chatEndpoint(url), (error: Error) => {
      assert.equal(error.name, "TypeError");
      assert.match(error.message, /^Cannot use the server URL .*expected/);
      assert.ok(!error.message.includes("hunter22"), error.message);
      return true;
    });
  });
}
