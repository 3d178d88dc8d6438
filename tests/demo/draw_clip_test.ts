import assert from "node:assert/strict";
import { join } from "node:path";
import { drawClip } from "../../demo/draw_clip.ts";
import { openBoxes } from "../../people/boxes.ts";
import { openFrames } from "../../people/frames.ts";
import { readPoses } from "../../people/read_poses.ts";
import { tinyVocabulary } from "../../text/tiny_vocabulary.ts";
import { createTokenizer } from "../../text/tokenizer.ts";

const demo = join(import.meta.dirname!, "../../demo");
const clip = join(demo, "jumping_jack");

Deno.test("the demo clip is small, and every frame has two people within it", async () => {
  const source = await openFrames(clip);
  assert.deepEqual([source.length, source.clip], [14, "jumping_jack"]);
  const boxes = await openBoxes(join(demo, "boxes.json"), source);
  const { images } = await readPoses(join(demo, "boxes.json"));
  let index = 0;
  for await (const frame of source) {
    assert.deepEqual([frame.width, frame.height], [320, 240]);
    const people = boxes.of({ ...frame, index });
    assert.deepEqual(people.map(({ trackId }) => trackId), [0, 1]);
    for (const { keypoints, box: [x, y, width, height] } of images[index].poses) {
      assert.ok(keypoints.every((k) => k.x > x && k.x < x + width && k.y > y && k.y < y + height));
      assert.ok(x >= 0 && y >= 0 && x + width <= 320 && y + height <= 240);
    }
    index++;
  }
  let bytes = 0;
  for await (const { name } of Deno.readDir(clip)) bytes += (await Deno.stat(join(clip, name))).size;
  assert.ok(bytes < 300_000, `${bytes} bytes`);
});

Deno.test("the demo's description consists of words that the tiny vocabulary knows", async () => {
  const text = await Deno.readTextFile(join(demo, "description.txt"));
  const { tokens, truncated } = createTokenizer(tinyVocabulary).encode(text, { maxTokens: 64 });
  assert.deepEqual(truncated, [false]);
  assert.deepEqual(tokens[0].filter((token) => token === "[UNK]" || token.startsWith("##")), []);
});

Deno.test("drawClip() draws the shipped clip again", async () => {
  const folder = await Deno.makeTempDir({ prefix: "lapose-demo-" });
  try {
    await drawClip(folder);
    assert.deepEqual(await readPoses(join(folder, "boxes.json")), await readPoses(join(demo, "boxes.json")));
    const drawn = await Array.fromAsync(await openFrames(join(folder, "jumping_jack")));
    const shipped = await Array.fromAsync(await openFrames(clip));
    assert.equal(drawn.length, shipped.length);
    drawn.forEach(({ data }, i) => {
      let difference = 0;
      for (let j = 0; j < data.length; j++) difference += Math.abs(data[j] - shipped[i].data[j]);
      // another version of the drawing library may smooth edges otherwise
      assert.ok(difference / data.length <= 1, `frame ${i}: mean difference ${difference / data.length}`);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
