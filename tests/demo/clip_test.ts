import assert from "node:assert/strict";
import { join } from "node:path";
import { openBoxes } from "../../people/boxes.ts";
import { openFrames } from "../../people/frames.ts";
import { tinyVocabulary } from "../../text/tiny_vocabulary.ts";
import { createTokenizer } from "../../text/tokenizer.ts";
import { firstHeldOutSeed } from "../../training/synthetic/clip.ts";
import { writeDataset } from "../../training/synthetic/write_dataset.ts";

const demo = join(import.meta.dirname!, "../../demo");
const clip = join(demo, "clip");

Deno.test("the demo clip is small, and every frame has two people within it", async () => {
  const source = await openFrames(clip);
  assert.equal(source.length, 14);
  const boxes = await openBoxes(join(demo, "boxes.json"), source);
  let index = 0;
  for await (const frame of source) {
    assert.deepEqual([frame.width, frame.height], [480, 360]);
    const people = boxes.of({ ...frame, index });
    assert.deepEqual(people.map(({ trackId }) => trackId), [0, 1]);
    for (const { box: [x, y, width, height] } of people) {
      assert.ok(x >= 0 && y >= 0 && x + width <= 480 && y + height <= 360);
    }
    index++;
  }
  let bytes = 0;
  for await (const { name } of Deno.readDir(clip)) bytes += (await Deno.stat(join(clip, name))).size;
  assert.ok(bytes < 400_000, `${bytes} bytes`);
});

Deno.test("the demo's description consists of words that the tiny vocabulary knows", async () => {
  const text = await Deno.readTextFile(join(demo, "description.txt"));
  const { tokens, truncated } = createTokenizer(tinyVocabulary).encode(text, { maxTokens: 128 });
  assert.deepEqual(truncated, [false]);
  assert.deepEqual(tokens[0].filter((token) => token === "[UNK]" || token.startsWith("##")), []);
});

Deno.test("the demo clip is the second one of a held-out seed, drawn again", async () => {
  const seed = 1010;
  assert.ok(seed >= firstHeldOutSeed);
  const folder = await Deno.makeTempDir({ prefix: "lapose-demo-" });
  try {
    const size = { width: 480, height: 360 };
    await writeDataset(join(folder, "set"), { clips: 2, seed, degraded: 0, frames: 14, size });
    const drawn = await Array.fromAsync(
      await openFrames(join(folder, "set/images/val/101000001_mpii_synthetic")),
    );
    const annotations = await Deno.readTextFile(
      join(folder, "set/annotations/val/101000001_mpii_synthetic.json"),
    );
    assert.deepEqual(
      JSON.parse(annotations),
      JSON.parse(await Deno.readTextFile(join(demo, "boxes.json"))),
    );
    const lines = (await Deno.readTextFile(join(folder, "set/descriptions.jsonl"))).trim().split("\n");
    const text = (await Deno.readTextFile(join(demo, "description.txt"))).trim();
    assert.ok(lines.map((line) => JSON.parse(line)).some((line) => line.text === text));
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
