import assert from "node:assert/strict";
import { join } from "node:path";
import { openBoxes } from "../../people/boxes.ts";
import { keypointSets } from "../../people/keypoint_sets.ts";
import type { Pose } from "../../people/pose.ts";
import { PosesFileWriter } from "../../people/poses_file.ts";
import { readPoses } from "../support/read_poses.ts";

const keypointSet = keypointSets.posetrack15;
const size = { width: 640, height: 480 };

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "lapose-poses-" });
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
}

/** Numbers that no short decimal can stand for. */
function pose(seed: number, more: Partial<Pose> = {}): Pose {
  const keypoints = keypointSet.keypoints.map((_, k) => ({
    x: Math.sqrt(seed + k) * 10,
    y: Math.exp((k % 5) / (1 + seed)),
    score: 1 / (3 + k),
  }));
  return { keypoints, box: [seed + 1 / 3, 2 / 3, 100.1, 200.2], score: Math.PI / 10 + seed / 1e3, ...more };
}

Deno.test("PosesFileWriter writes what readPoses() reads, at full precision", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "poses.json");
    const frames = [[pose(1, { trackId: 7 }), pose(2)], [], [pose(3, { trackId: 0 })]];
    const writer = await PosesFileWriter.create(path, {
      keypointSet,
      clip: "walk",
      info: { text: 'say "x"\n' },
    });
    for (const [index, poses] of frames.entries()) {
      await writer.add({ index, name: `${index}.jpg`, ...size }, poses);
    }
    await writer.finish();
    assert.deepEqual(await namesIn(folder), ["poses.json"]);
    assert.deepEqual(await readPoses(path), {
      keypoints: [...keypointSet.keypoints],
      images: frames.map((poses, i) => ({ id: i + 1, fileName: `walk/${i}.jpg`, ...size, poses })),
    });
  });
});

Deno.test("PosesFileWriter writes PoseTrack 2018 and COCO fields", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "poses.json");
    await using writer = await PosesFileWriter.create(path, {
      keypointSet,
      clip: "012834_mpii_test",
      info: { a: 1 },
    });
    await writer.add({ index: 0, name: "000017.jpg", ...size }, [pose(1, { trackId: 4 }), pose(2)]);
    await writer.finish();
    const { info, images, annotations, categories } = JSON.parse(await Deno.readTextFile(path));
    assert.deepEqual(info, { a: 1 });
    const file_name = "012834_mpii_test/000017.jpg";
    assert.deepEqual(images, [{ id: 10128340017, frame_id: 10128340017, file_name, ...size }]);
    assert.deepEqual(Object.keys(annotations[0]).sort(), [
      "bbox",
      "category_id",
      "id",
      "image_id",
      "keypoints",
      "score",
      "scores",
      "track_id",
    ]);
    const [first, second] = annotations;
    assert.deepEqual([first.id, first.image_id, first.category_id, first.track_id], [1, 10128340017, 1, 4]);
    assert.deepEqual([second.id, second.track_id], [2, undefined]);
    assert.equal(first.keypoints.length, 45);
    assert.deepEqual(first.scores, first.keypoints.filter((_: number, i: number) => i % 3 === 2));
    assert.deepEqual(first.keypoints.slice(0, 3), [10, 1, 1 / 3]); // √1·10, e⁰, 1/3
    assert.deepEqual(categories[0].keypoints, keypointSet.keypoints);
    const [a, b] = keypointSet.limbs[0];
    assert.deepEqual(categories[0].skeleton[0], [a + 1, b + 1]);
    assert.deepEqual([categories[0].id, categories[0].name], [1, "person"]);
  });
});

Deno.test("PosesFileWriter writes an empty clip, and frames without people", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "poses.json");
    const empty = await PosesFileWriter.create(path, { keypointSet, clip: "c" });
    await empty.finish();
    assert.deepEqual((await readPoses(path)).images, []);
    const quiet = await PosesFileWriter.create(path, { keypointSet, clip: "c" }); // replaces the file
    await quiet.add({ index: 5, ...size }, []);
    await quiet.finish();
    assert.deepEqual((await readPoses(path)).images, [{ id: 6, fileName: "c/000005", ...size, poses: [] }]);
  });
});

Deno.test("PosesFileWriter leaves nothing behind unless finished, and the old file as it was", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "poses.json");
    await Deno.writeTextFile(path, "old");
    await assert.rejects(async () => {
      await using writer = await PosesFileWriter.create(path, { keypointSet, clip: "c" });
      await writer.add({ index: 0, ...size }, [pose(1)]);
      assert.equal((await namesIn(folder)).length, 3);
      throw new Error("interrupted");
    }, { message: "interrupted" });
    assert.deepEqual(await namesIn(folder), ["poses.json"]);
    assert.equal(await Deno.readTextFile(path), "old");
    await assert.rejects(PosesFileWriter.create(join(folder, "no/poses.json"), { keypointSet, clip: "c" }), {
      message: /no\/poses\.json: no such folder/,
    });
  });
});

Deno.test("PosesFileWriter refuses what would spoil the file, and goes on", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "poses.json");
    const writer = await PosesFileWriter.create(path, { keypointSet, clip: "c" });
    const add = (index: number, poses: Pose[]) => writer.add({ index, name: `${index}.jpg`, ...size }, poses);
    await add(1, []);
    await assert.rejects(add(1, []), { name: "RangeError", message: /frame 1 after frame 1/ });
    const bad = pose(1);
    bad.keypoints[4].y = NaN;
    await assert.rejects(add(2, [pose(1), bad]), {
      name: "RangeError",
      message: /Cannot write pose 1 of frame 2\.jpg: found NaN, expected finite numbers/,
    });
    await assert.rejects(add(2, [{ ...pose(1), box: [0, 0, Infinity, 1] }]), { name: "RangeError" });
    await assert.rejects(add(2, [{ ...pose(1), keypoints: [] }]), {
      name: "TypeError",
      message: /found 0 joints/,
    });
    await add(2, [pose(9)]);
    await writer.finish();
    await assert.rejects(add(3, []), { name: "TypeError", message: /poses\.json: it is closed/ });
    await assert.rejects(writer.finish(), { name: "TypeError" });
    const { images } = await readPoses(path);
    assert.deepEqual(images.map(({ fileName, poses }) => [fileName, poses.length]), [["c/1.jpg", 0], [
      "c/2.jpg",
      1,
    ]]);
  });
});

Deno.test("PosesFileWriter gives every image a number of its own", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "poses.json");
    const writer = await PosesFileWriter.create(path, { keypointSet, clip: "000001_mpiinew_test" });
    for (const [index, name] of ["000001.jpg", "000001.png", "x.jpg", "000002.jpg"].entries()) {
      await writer.add({ index, name, ...size }, [pose(index)]);
    }
    await writer.finish();
    const { images } = await readPoses(path);
    assert.deepEqual(images.map(({ id, poses }) => [id, poses.length]), [
      [10000010001, 1],
      [2, 1],
      [3, 1],
      [10000010002, 1],
    ]);
  });
});

Deno.test("openBoxes() reads a poses file again", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "poses.json");
    const writer = await PosesFileWriter.create(path, { keypointSet, clip: "walk" });
    await writer.add({ index: 0, name: "0.jpg", ...size }, []);
    await writer.add({ index: 1, name: "1.jpg", ...size }, [pose(5, { trackId: 3 })]);
    await writer.finish();
    const source = await openBoxes(path, { clip: "walk", names: ["0.jpg", "1.jpg"] });
    const { box, score } = pose(5);
    assert.deepEqual(source.of({ index: 1, name: "1.jpg", ...size }), [{ box, score, trackId: 3 }]);
    assert.deepEqual(source.of({ index: 0, name: "0.jpg", ...size }), []);
  });
});

Deno.test("readPoses() tells what is wrong with a file", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "poses.json");
    const refuses = async (content: unknown, message: RegExp) => {
      await Deno.writeTextFile(path, typeof content === "string" ? content : JSON.stringify(content));
      await assert.rejects(readPoses(path), { message });
    };
    await refuses("{", /it is not JSON/);
    await refuses([], /it has no images, annotations or category/);
    const categories = [{ id: 1, name: "person", keypoints: ["nose", "neck"] }];
    const images = [{ id: 1, file_name: "a" }, { id: 1, file_name: "b" }];
    const annotations = [
      { image_id: 1, keypoints: [1, 2, 3], bbox: [1, 2, 3, 4] },
      { image_id: 1, keypoints: [1, 2, 3, 4, 5, null], bbox: [1, 2, 3, 4] },
      { image_id: 1, keypoints: [1, 2, 3, 4, 5, 6], bbox: [1, 2, 3] },
      { image_id: 9, keypoints: [1, 2, 3, 4, 5, 6], bbox: [1, 2, 3, 4] },
    ];
    await refuses(
      { categories, images, annotations },
      /faults in 5 places\n {2}image 1: [^]*annotation 0: found 3 keypoint/,
    );
    await refuses(
      { categories, images, annotations },
      /annotation 2: bbox: [^]*annotation 3: found image_id 9/,
    );
  });
});

Deno.test({
  name: "readPoses() reads PoseTrack 2018 annotations",
  ignore: !await Deno.stat(join(import.meta.dirname!, "../../../shared/data/posetrack18")).then(
    () => true,
    () => false,
  ),
  async fn() {
    const folder = join(import.meta.dirname!, "../../../shared/data/posetrack18/annotations/val");
    const { keypoints, images } = await readPoses(join(folder, "012834_mpii_test.json"));
    assert.equal(keypoints.length, 17);
    assert.deepEqual(images.map(({ fileName, poses }) => [fileName, poses.length]), [
      ["images/val/012834_mpii_test/000000.jpg", 11],
    ]);
    assert.deepEqual(images[0].poses[0].keypoints[0], { x: 401, y: 530, score: 1 });
  },
});
