/** `LAPose.video()`: every frame in order, its neighbours, its people and their numbers. */
import assert from "node:assert/strict";
import { type Box, type BoxSource, type Frame, type FramePoses, LAPose, type Pose } from "@lapose/lapose";
import { encodeImage } from "../../people/overlay.ts";
import { temporaryFolder, waveFrame, writeSmallWeights } from "./small_weights.ts";

const [width, height] = [96, 80];

/** A model and a folder of `count` frames, `1.png` to `<count>.png`. */
async function withClip(
  count: number,
  use: (clip: { model: LAPose; folder: string; frames: Frame[] }) => Promise<void>,
): Promise<void> {
  await using folder = await temporaryFolder();
  await Deno.mkdir(`${folder.path}/clip`);
  const frames = Array.from({ length: count }, (_, i) => waveFrame(width, height, i + 1));
  for (const [i, frame] of frames.entries()) {
    await Deno.writeFile(`${folder.path}/clip/${i + 1}.png`, await encodeImage(frame));
  }
  await writeSmallWeights(`${folder.path}/small.onnx`);
  await using model = await LAPose.load(`${folder.path}/small.onnx`, { device: "webgpu" });
  await use({ model, folder: `${folder.path}/clip`, frames });
}

function keypointsOf(poses: readonly Pose[]): number[][] {
  return poses.map(({ keypoints }) => keypoints.flatMap(({ x, y }) => [x, y]));
}

function assertSamePlaces(actual: readonly Pose[], expected: readonly Pose[]): void {
  const [a, b] = [keypointsOf(actual), keypointsOf(expected)];
  assert.equal(a.length, b.length);
  a.forEach((places, p) =>
    places.forEach((place, i) => {
      const error = Math.abs(place - b[p][i]);
      assert.ok(error <= 1e-3, `pose ${p}, value ${i}: ${place}, expected ${b[p][i]}`);
    })
  );
}

/** One box in each frame, moving right. */
const walker: BoxSource = { of: ({ index }) => [{ box: [5 + 3 * index, 10, 30, 55], score: 1 }] };

Deno.test("LAPose.video() poses every frame in natural order, the clip's ends with their own neighbour", async () => {
  await withClip(11, async ({ model, folder, frames }) => {
    let count = 0;
    const description = "a man runs";
    for await (const found of model.video(folder, { boxes: walker, description })) {
      const { index, name, frame, poses } = found;
      assert.equal(index, count);
      assert.equal(name, `${count + 1}.png`, "10.png comes after 9.png");
      assert.deepEqual(frame.data, frames[index].data);
      const window = [-1, 0, 1].map((shift) => frames[Math.min(Math.max(index + shift, 0), 10)]);
      const boxes: Box[] = [[5 + 3 * index, 10, 30, 55]];
      assertSamePlaces(poses, await model.estimate({ frames: window, boxes, description }));
      assert.deepEqual(poses.map(({ trackId }) => trackId), [0]);
      count++;
    }
    assert.equal(count, 11);
  });
});

Deno.test("LAPose.video() of one image, of several and of one frame twice", async () => {
  await withClip(3, async ({ model, folder, frames }) => {
    const posesOf = async (input: string | string[]) => {
      const all: Pose[][] = [];
      for await (const { poses } of model.video(input, { boxes: walker })) all.push(poses);
      return all;
    };
    const at = (index: number): { boxes: Box[] } => ({ boxes: [[5 + 3 * index, 10, 30, 55]] });
    const [one] = await posesOf(`${folder}/2.png`);
    assertSamePlaces(one, await model.estimate({ frames: [frames[1]], ...at(0) }));
    const several = await posesOf([`${folder}/3.png`, `${folder}/1.png`, `${folder}/3.png`]);
    assert.equal(several.length, 3);
    assertSamePlaces(
      several[1],
      await model.estimate({ frames: [frames[2], frames[0], frames[2]], ...at(1) }),
    );
  });
});

Deno.test("LAPose.video() keeps frames without people, in order", async () => {
  await withClip(40, async ({ model, folder }) => {
    const boxes: BoxSource = {
      of: ({ index }) => index % 9 === 4 ? walker.of({ index: 0, width, height }) : [],
    };
    const counts: number[] = [];
    for await (const { index, poses } of model.video(folder, { boxes })) {
      assert.equal(index, counts.length);
      counts.push(poses.length);
    }
    assert.deepEqual(counts, Array.from({ length: 40 }, (_, i) => i % 9 === 4 ? 1 : 0));
  });
});

Deno.test("LAPose.video() numbers people through the clip, and keeps the numbers that boxes bring", async () => {
  await withClip(4, async ({ model, folder }) => {
    const two: BoxSource = {
      of: ({ index }) => {
        const left = { box: [2 + index, 5, 25, 60] as Box, score: 1 };
        const right = { box: [60 - index, 8, 25, 60] as Box, score: 1 };
        return index % 2 === 0 ? [left, right] : [right, left];
      },
    };
    const ids: (number | undefined)[][] = [];
    for await (const { poses } of model.video(folder, { boxes: two })) ids.push(poses.map((p) => p.trackId));
    assert.deepEqual(ids, [[0, 1], [1, 0], [0, 1], [1, 0]]);
    const numbered: BoxSource = {
      of: (frame) => two.of(frame).map((person, i) => ({ ...person, trackId: 40 + i })),
    };
    for await (const { poses } of model.video(folder, { boxes: numbered })) {
      assert.deepEqual(poses.map(({ trackId }) => trackId), [40, 41]);
    }
  });
});

Deno.test("LAPose.video() reads a boxes file and leaves out weak detections", async () => {
  await withClip(3, async ({ model, folder }) => {
    const file = `${folder}/../boxes.json`;
    const entry = (image: string, score: number) => ({ file_name: image, bbox: [5, 5, 30, 60], score });
    await Deno.writeTextFile(
      file,
      JSON.stringify([entry("1.png", 0.9), entry("1.png", 0.3), entry("3.png", 0.5)]),
    );
    const counts = async (minimumBoxScore?: number) => {
      const all: number[] = [];
      for await (const { poses } of model.video(folder, { boxes: file, minimumBoxScore })) {
        all.push(poses.length);
      }
      return all;
    };
    assert.deepEqual(await counts(), [2, 0, 1]);
    assert.deepEqual(await counts(0.5), [1, 0, 1]);
    assert.deepEqual(await counts(0.95), [0, 0, 0]);
  });
});

Deno.test("LAPose.video() poses the whole frame with boxes full", async () => {
  await withClip(1, async ({ model, folder, frames }) => {
    const found: FramePoses[] = [];
    for await (const frame of model.video(folder, { boxes: "full" })) found.push(frame);
    assert.deepEqual(found[0].poses[0].box, [0, 0, width, height]);
    assertSamePlaces(found[0].poses, await model.estimate({ frames, boxes: [[0, 0, width, height]] }));
  });
});

Deno.test("LAPose.video() can be broken off, and begun anew", async () => {
  await withClip(6, async ({ model, folder }) => {
    for (let i = 0; i < 2; i++) {
      for await (const { index } of model.video(folder, { boxes: "full" })) {
        if (index === 2) break;
      }
    }
    let count = 0;
    for await (const _ of model.video(folder, { boxes: "full" })) count++;
    assert.equal(count, 6);
  });
});

Deno.test("LAPose.video() ends with the fault of its source", async () => {
  await withClip(3, async ({ model, folder }) => {
    await assert.rejects(model.video(`${folder}/nothing`, { boxes: "full" }).next(), /it does not exist/);
    const boxes: BoxSource = {
      of: ({ index }) => index === 1 ? [{ box: [200, 0, 9, 9], score: 1 }] : [],
    };
    await assert.rejects(
      async () => {
        for await (const _ of model.video(folder, { boxes }));
      },
      /^TypeError: Cannot pose frame 2\.png: box 0: found \[200, 0, 9, 9\], wholly outside the frame/,
    );
  });
});
