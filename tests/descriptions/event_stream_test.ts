import assert from "node:assert/strict";
import { eventData } from "../../descriptions/event_stream.ts";

const text = [
  ": a comment that keeps the line open\n",
  "event: message\ndata: one\n\n",
  "data:two\r\n\r\n",
  "data: naïve ☂ 𝄞\r\r",
  "id: 4\r\ndata: three\r\ndata: four\r\n\r\n",
  "retry: 5\n\n\n",
  "data\n\ndata:\n\n",
  "data: lost, as its event does not end\n",
].join("");
const expected = ["one", "two", "naïve ☂ 𝄞", "three\nfour", ""];

/** A response whose body comes in pieces of the given length. */
function response(bytes: Uint8Array<ArrayBuffer>, length: number): Response {
  let at = 0;
  return new Response(
    new ReadableStream({
      pull(controller) {
        if (at >= bytes.length) return controller.close();
        controller.enqueue(bytes.slice(at, at += length));
      },
    }),
  );
}

for (const length of [1, 2, 3, 5, 7, 64, 1000]) {
  Deno.test(`eventData() reads the same events from pieces of ${length} bytes`, async () => {
    const bytes = new TextEncoder().encode(text);
    assert.deepEqual(await Array.fromAsync(eventData(response(bytes, length), 1000)), expected);
  });
}

Deno.test("eventData() stops at the limit, and at bytes that are no text", async () => {
  const bytes = new TextEncoder().encode("data: x\n\n".repeat(100));
  await assert.rejects(Array.fromAsync(eventData(response(bytes, 10), 500)), {
    name: "DescriptionError",
    message: /larger than 500 bytes/,
  });
  await assert.rejects(Array.fromAsync(eventData(response(new Uint8Array([100, 0xff, 10]), 1), 500)), {
    name: "DescriptionError",
    message: /not UTF-8/,
  });
});
