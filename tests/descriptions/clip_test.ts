import assert from "node:assert/strict";
import { join } from "node:path";
import { Clip } from "../../descriptions/clip.ts";
import { findClips } from "../../descriptions/find_clips.ts";
import { personTracks } from "../../descriptions/person_tracks.ts";
import { clipSubject, personSubjects } from "../../descriptions/subject.ts";
import type { Box } from "../../people/box.ts";
import type { Frame } from "../../people/frame.ts";
import { frameColor, withFolder, writeClip } from "./made_up_clips.ts";

const hasFfmpeg = await new Deno.Command("ffmpeg", { args: ["-version"], stdout: "null", stderr: "null" })
  .output()
  .then(({ success }) => success, () => false);

const colorOf = ({ data }: Frame) => [...data.subarray(0, 3)];

Deno.test("Clip.sample() reads the frames of a folder by number", async () => {
  await withFolder(async (folder) => {
    const clip = await Clip.open(await writeClip(folder, "walk", { length: 11 }));
    assert.deepEqual([clip.name, clip.length, clip.frameNames[10]], ["walk", 11, "000010.png"]);
    const { frames, sampled } = await clip.sample(3);
    assert.deepEqual(sampled, [0, 5, 10]);
    assert.deepEqual(frames.map(colorOf), [0, 5, 10].map((n) => frameColor(0, n)));
    assert.deepEqual((await clip.sample(2, { first: 3, last: 4 })).sampled, [3, 4]);
    await assert.rejects(clip.read([3, 11]), {
      name: "RangeError",
      message: /frame 11 of walk: it has 11 frames/,
    });
  });
});

Deno.test("Clip.open() takes one image, and several", async () => {
  await withFolder(async (folder) => {
    const path = await writeClip(folder, "walk", { length: 4 });
    const files = ["000000.png", "000003.png"].map((name) => join(path, name));
    assert.deepEqual((await (await Clip.open(files[1])).sample(8)).frames.map(colorOf), [[
      ...frameColor(0, 3),
    ]]);
    const { frames } = await (await Clip.open(files, "two")).sample(8);
    assert.deepEqual(frames.map(colorOf), [0, 3].map((n) => [...frameColor(0, n)]));
  });
});

/** Frame n of the video is grey, 8 n bright. */
async function writeVideo(path: string, length: number, extra: string[] = []): Promise<void> {
  const filter = `geq=lum='16+6*N':cb=128:cr=128`;
  const { success, stderr } = await new Deno.Command("ffmpeg", {
    args: [
      "-v",
      "error",
      "-f",
      "lavfi",
      "-i",
      `color=black:s=64x48:r=10:d=${length / 10}`,
      "-vf",
      filter,
      ...extra,
      path,
    ],
    stderr: "piped",
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
}

for (
  const [name, extra] of [["clip.mp4", ["-pix_fmt", "yuv420p"]], ["clip.h264", [
    "-pix_fmt",
    "yuv420p",
  ]]] as const
) {
  Deno.test({
    name: `Clip.sample() reads the frames of ${name} by number`,
    ignore: !hasFfmpeg,
    async fn() {
      await withFolder(async (folder) => {
        await writeVideo(join(folder, name), 21, [...extra]);
        const clip = await Clip.open(join(folder, name));
        const { frames, sampled } = await clip.sample(5);
        assert.equal(clip.length, 21);
        assert.deepEqual(sampled, [0, 5, 10, 15, 20]);
        // luma 16 is black and 235 white
        frames.forEach((frame, i) => {
          const expected = 6 * sampled[i] * 255 / 219;
          assert.ok(
            Math.abs(frame.data[1] - expected) <= 6,
            `frame ${sampled[i]}: ${frame.data[1]}, ${expected}`,
          );
        });
      });
    },
  });
}

Deno.test({
  name: "Clip.sample() spreads over the frames that a video truly has",
  ignore: !hasFfmpeg,
  async fn() {
    await withFolder(async (folder) => {
      // a cut file still declares all of its frames
      const path = join(folder, "cut.avi");
      await writeVideo(path, 40, ["-c:v", "mjpeg", "-pix_fmt", "yuvj420p"]);
      const bytes = await Deno.readFile(path);
      await Deno.writeFile(path, bytes.subarray(0, Math.floor(bytes.length * 0.6)));
      const clip = await Clip.open(path);
      const declared = clip.length;
      const { sampled, frames } = await clip.sample(4);
      assert.ok(clip.length < declared, `${clip.length} of ${declared}`);
      assert.equal(frames.length, 4);
      assert.equal(sampled.at(-1), clip.length - 1);
    });
  },
});

Deno.test("clipSubject() shows whole frames, personSubjects() each person's crops", async () => {
  await withFolder(async (folder) => {
    const clip = await Clip.open(await writeClip(folder, "walk", { length: 6 }));
    const sight = await clipSubject(clip, { frames: 2, longSide: 32 }).look();
    assert.deepEqual(sight.pictures.map(({ width, height }) => [width, height]), [[32, 24], [32, 24]]);
    assert.deepEqual([sight.sampled, sight.clipLength], [[0, 5], 6]);
    const box: Box = [10, 10, 20, 20];
    const tracks = [
      { person: 4, boxes: new Map([[5, box], [1, box], [3, box]]) },
      { person: 9, boxes: new Map([[0, box]]) },
    ];
    const subjects = personSubjects(clip, tracks, { frames: 2, longSide: 64, window: { first: 1, last: 4 } });
    assert.deepEqual(subjects.map(({ clip, person }) => [clip, person]), [["walk", 4]]);
    const { pictures, sampled } = await subjects[0].look();
    assert.deepEqual(sampled, [1, 3]);
    assert.deepEqual(pictures.map(({ width, height }) => [width, height]), [[48, 64], [48, 64]]);
    assert.deepEqual(
      pictures.map(({ data }) => [...data.subarray(4 * (32 * 48 + 24), 4 * (32 * 48 + 24) + 3)]),
      [
        [...frameColor(0, 1)],
        [...frameColor(0, 3)],
      ],
    );
  });
});

Deno.test("personTracks() goes by track ids, and follows boxes that have none", async () => {
  await withFolder(async (folder) => {
    const clip = await Clip.open(await writeClip(folder, "walk", { length: 3 }));
    const left = (n: number): Box => [5 + n, 10, 20, 20];
    const right = (n: number): Box => [40 - n, 10, 20, 20];
    const withIds = personTracks({
      of: ({ index, name }) => {
        assert.equal(name, `00000${index}.png`);
        return index === 1
          ? [{ box: right(1), score: 1, trackId: 8 }]
          : [{ box: left(index), score: 1, trackId: 2 }, { box: right(index), score: 1, trackId: 8 }];
      },
    }, clip);
    assert.deepEqual(withIds, [
      { person: 2, boxes: new Map([[0, left(0)], [2, left(2)]]) },
      { person: 8, boxes: new Map([0, 1, 2].map((n) => [n, right(n)])) },
    ]);
    const without = personTracks({
      // the order changes, the people do not
      of: ({ index }) =>
        [left(index), right(index)].sort(() => index === 1 ? -1 : 1).map((box) => ({ box, score: 1 })),
    }, clip);
    const boxesOf = without.map(({ boxes }) => [...boxes.values()].map(([x]) => x)).sort((a, b) =>
      a[0] - b[0]
    );
    assert.deepEqual(boxesOf, [[5, 6, 7], [40, 39, 38]]);
  });
});

Deno.test("findClips() finds folders of images and videos, named by the way to them", async () => {
  await withFolder(async (folder) => {
    const walk = await writeClip(folder, "val/walk-9", { length: 1 });
    await writeClip(folder, "val/walk-10", { length: 1 });
    await writeClip(folder, "test/.hidden", { length: 1 });
    await writeClip(folder, "test/run", { length: 1 });
    await Deno.writeTextFile(join(folder, "test", "jump.MP4"), "");
    await Deno.writeTextFile(join(folder, "test", "notes.txt"), "");
    await Deno.mkdir(join(folder, "empty"));
    assert.deepEqual((await findClips(folder)).map(({ name }) => name), [
      "test/jump",
      "test/run",
      "val/walk-9",
      "val/walk-10",
    ]);
    assert.deepEqual(await findClips(walk), [{ name: "walk-9", path: walk }]);
    const file = join(walk, "000000.png");
    assert.deepEqual(await findClips(file), [{ name: "000000", path: file }]);
    await assert.rejects(findClips(join(folder, "empty")), { message: /holds no images and no videos/ });
    await assert.rejects(findClips(join(folder, "none")), { message: /does not exist/ });
  });
});
