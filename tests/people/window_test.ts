import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type FrameWindow, windows } from "../../people/window.ts";

async function collect<T>(clip: Iterable<T>, span: number): Promise<FrameWindow<T>[]> {
  return await Array.fromAsync(windows(clip, span));
}

Deno.test("windows() gives every frame with its neighbours, ends repeated", async () => {
  assert.deepEqual(
    (await collect("abcd", 1)).map(({ frames }) => frames.join("")),
    ["aab", "abc", "bcd", "cdd"],
  );
});

Deno.test("windows() works on every clip length and span", async () => {
  for (const length of [0, 1, 2, 3, 5, 7]) {
    for (const span of [0, 1, 2, 3]) {
      const clip = Array.from({ length }, (_, i) => i);
      const expected = clip.map((t) => ({
        index: t,
        keyframe: t,
        frames: Array.from(
          { length: 2 * span + 1 },
          (_, i) => Math.min(Math.max(t - span + i, 0), length - 1),
        ),
      }));
      assert.deepEqual(await collect(clip, span), expected, `${length} frames, span ${span}`);
    }
  }
});

Deno.test("windows() reads span frames ahead and no more", async () => {
  let read = 0;
  function* clip() {
    for (let i = 0; i < 20; i++) {
      read++;
      yield i;
    }
  }
  for await (const { index } of windows(clip(), 2)) {
    assert.equal(read, Math.min(index + 3, 20));
  }
});

Deno.test("windows() releases each frame once, after the last window that holds it", async () => {
  for (const length of [0, 1, 2, 3, 8]) {
    for (const span of [0, 1, 2]) {
      const clip = Array.from({ length }, (_, i) => i);
      const released: number[] = [];
      for await (
        const { index, frames } of windows(clip, span, { release: (frame) => released.push(frame) })
      ) {
        assert.deepEqual(released, clip.slice(0, Math.max(index - span, 0)), `before window ${index}`);
        assert.ok(frames.every((frame) => !released.includes(frame)));
      }
      assert.deepEqual(released, clip);
    }
  }
});

Deno.test("windows() holds 2 · span + 1 frames", async () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage: () => void = runInNewContext("gc");
  const references: WeakRef<object>[] = [];
  let largest = 0;
  async function* clip() {
    for (let i = 0; i < 30; i++) {
      const frame = {};
      references.push(new WeakRef(frame));
      yield frame;
      await new Promise((resolve) => setTimeout(resolve, 0)); // weak references hold until the task ends
      collectGarbage();
      largest = Math.max(largest, references.filter((reference) => reference.deref()).length);
    }
  }
  for await (const { frames } of windows(clip(), 1)) assert.equal(frames.length, 3);
  assert.equal(references.length, 30);
  assert.ok(largest <= 5, `${largest} frames alive`); // the window's three, and what is on the stack
});

Deno.test("windows() ends the clip's reading when broken off", async () => {
  let ended = false;
  async function* clip() {
    try {
      for (let i = 0;; i++) yield await Promise.resolve(i);
    } finally {
      ended = true;
    }
  }
  for await (const { index } of windows(clip(), 1)) if (index === 2) break;
  assert.equal(ended, true);
});

Deno.test("windows() refuses spans that are no use", async () => {
  for (const span of [-1, 0.5, NaN]) await assert.rejects(collect("ab", span), { name: "RangeError" });
});
