/** Boxes stay where they are while people hardly move. */
import assert from "node:assert/strict";
import type { Box } from "../../people/box.ts";
import type { PersonBox } from "../../people/boxes.ts";
import { steadyBoxes } from "../../people/steady_boxes.ts";

function boxesOver(frames: (Box | PersonBox)[][], overlap?: number): Box[][] {
  const source = {
    of: ({ index }: { index: number }) =>
      frames[index].map((entry) => "box" in entry ? entry : { box: entry, score: 1 }),
  };
  const steady = steadyBoxes(source, overlap === undefined ? {} : { overlap });
  return frames.map((_, index) => steady.of({ index, width: 1000, height: 1000 }).map(({ box }) => box));
}

Deno.test("steadyBoxes() holds a box that moves a little and lets go of one that moves far", () => {
  const [a, near, far]: Box[] = [[100, 100, 100, 200], [102, 101, 100, 200], [160, 100, 100, 200]];
  assert.deepEqual(boxesOver([[a], [near], [a], [far], [near]]), [[a], [a], [a], [far], [near]]);
});

Deno.test("steadyBoxes() compares with the held box, so that slow drift does not add up", () => {
  // 4 px per frame of 100: IoU with the first box is 96/104, 92/108, 88/112; below 0.85 at the third step.
  const frames: Box[][] = [0, 4, 8, 12].map((x) => [[x, 0, 100, 100]]);
  assert.deepEqual(boxesOver(frames).map(([box]) => box[0]), [0, 0, 0, 12]);
});

Deno.test("steadyBoxes() gives each person a box of their own", () => {
  const [left, right]: Box[] = [[0, 0, 100, 100], [5, 0, 100, 100]];
  assert.deepEqual(boxesOver([[left, right], [right, left]]), [[left, right], [right, left]]);
});

Deno.test("steadyBoxes() does not hand a box from one track to another", () => {
  const box: Box = [0, 0, 100, 100];
  const moved: Box = [1, 0, 100, 100];
  const frames = [[{ box, score: 1, trackId: 0 }], [{ box: moved, score: 1, trackId: 1 }]];
  assert.deepEqual(boxesOver(frames), [[box], [moved]]);
});

Deno.test("steadyBoxes() keeps the scores of the new detections, and copes with people who come and go", () => {
  const box: Box = [0, 0, 100, 100];
  const source = {
    of: ({ index }: { index: number }) => [[{ box, score: 0.5 }], [], [{ box, score: 0.9 }]][index],
  };
  const steady = steadyBoxes(source);
  const people = [0, 1, 2].map((index) => steady.of({ index, width: 200, height: 200 }));
  assert.deepEqual(people, [[{ box, score: 0.5 }], [], [{ box, score: 0.9 }]]);
});

Deno.test("steadyBoxes() refuses an overlap that is none", () => {
  assert.throws(() => boxesOver([[]], 0), /Cannot hold boxes at an overlap of 0/);
});
