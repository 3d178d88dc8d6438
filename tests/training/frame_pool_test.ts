/** Frames come from other threads as the decoder makes them, once each; faults come with the file's name. No device. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { ImageDecoder } from "../../people/image_decoder.ts";
import { FramePool } from "../../training/frame_pool.ts";
import { temporaryFolder } from "../estimation/small_weights.ts";

const folder = new URL("../golden/images/", import.meta.url).pathname;

Deno.test("FramePool gives the decoder's pixels, the same object while it is kept", async () => {
  const pool = new FramePool();
  try {
    const paths = ["plain.jpg", "rgba.png", "rgb.bmp", "palette.png", "rgb.webp"].map((name) =>
      join(folder, name)
    );
    const frames = await Promise.all(paths.map((path) => pool.get(path)));
    const decoder = new ImageDecoder();
    for (const [i, path] of paths.entries()) {
      const { width, height, data } = await decoder.decode(await Deno.readFile(path), path);
      assert.deepEqual([frames[i].width, frames[i].height], [width, height]);
      assert.deepEqual(frames[i].data, data);
    }
    assert.equal(await pool.get(paths[0]), frames[0]);
  } finally {
    pool.close();
  }
});

Deno.test("FramePool names a file that is absent or damaged, and goes on", async () => {
  const pool = new FramePool();
  try {
    await using temporary = await temporaryFolder();
    const damaged = join(temporary.path, "damaged.png");
    await Deno.writeTextFile(damaged, "no image");
    await assert.rejects(pool.get(damaged), /Cannot decode image .*damaged\.png/);
    await assert.rejects(pool.get(join(temporary.path, "absent.png")), /absent\.png|os error 2/);
    await Deno.copyFile(join(folder, "rgba.png"), damaged);
    assert.ok((await pool.get(damaged)).width > 0); // a fault is not remembered
  } finally {
    pool.close();
  }
});
