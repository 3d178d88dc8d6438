import assert from "node:assert/strict";
import { chatRequest } from "../../descriptions/request.ts";
import { ImageDecoder } from "../../people/image_decoder.ts";
import type { ContentPart } from "./chat_stub.ts";
import { frameColor, plainFrame } from "./made_up_clips.ts";

const pictures = [0, 1, 2].map((n) => plainFrame(24, 16, frameColor(0, n)));
const question = {
  model: "eyes-7b",
  prompt: "Describe.",
  pictures,
  sampled: [0, 5, 10],
  clipLength: 12,
  frameRate: 24,
};
const partsOf = (body: Record<string, unknown>) =>
  (body.messages as { role: string; content: ContentPart[] }[])[0].content;

async function assertIsPicture(base64: string, n: number): Promise<void> {
  const { data } = await new ImageDecoder().decode(Uint8Array.fromBase64(base64), "a picture");
  for (let c = 0; c < 3; c++) assert.ok(Math.abs(data[c] - frameColor(0, n)[c]) <= 3, `picture ${n}`);
}

Deno.test("chatRequest() sends the prompt, then one image_url part per picture, in order", async () => {
  const body = await chatRequest(question);
  const { messages: _, ...others } = body;
  assert.deepEqual(others, { model: "eyes-7b", max_tokens: 400, temperature: 0, stream: false });
  const parts = partsOf(body);
  assert.deepEqual(parts.map(({ type }) => type), ["text", "image_url", "image_url", "image_url"]);
  assert.deepEqual(parts[0], { type: "text", text: "Describe." });
  for (const [n, part] of parts.slice(1).entries()) {
    const [head, file] = part.image_url!.url.split(",");
    assert.equal(head, "data:image/jpeg;base64");
    await assertIsPicture(file, n);
  }
});

Deno.test("chatRequest() sends one video_url part of JPEG files, and says which frames they are", async () => {
  const body = await chatRequest(question, { media: "video", stream: true, maxTokens: 99 });
  assert.equal(body.stream, true);
  assert.equal(body.max_tokens, 99);
  assert.deepEqual(body.media_io_kwargs, {
    video: {
      num_frames: 3,
      frames_indices: [0, 5, 10],
      total_num_frames: 12,
      fps: 24,
      duration: 0.5,
      do_sample_frames: false,
    },
  });
  const [, part, ...more] = partsOf(body);
  assert.equal(part.type, "video_url");
  assert.equal(more.length, 0);
  const [head, ...files] = part.video_url!.url.split(",");
  assert.equal(head, "data:video/jpeg;base64");
  assert.equal(files.length, 3);
  for (const [n, file] of files.entries()) await assertIsPicture(file, n);
});

Deno.test("chatRequest() adds, replaces and takes out fields", async () => {
  const fields = { seed: 7, temperature: 0.5, max_tokens: null, max_completion_tokens: 300 };
  const { messages: _, ...body } = await chatRequest(question, { fields });
  assert.deepEqual(body, {
    model: "eyes-7b",
    temperature: 0.5,
    stream: false,
    seed: 7,
    max_completion_tokens: 300,
  });
});

Deno.test("chatRequest() refuses no pictures, and a video of several sizes", async () => {
  await assert.rejects(chatRequest({ ...question, pictures: [] }), { name: "TypeError" });
  const sizes = [...pictures, plainFrame(16, 24, [0, 0, 0])];
  await assert.rejects(chatRequest({ ...question, pictures: sizes }, { media: "video" }), {
    name: "TypeError",
    message: /24×16, 16×24 as one video/,
  });
});
