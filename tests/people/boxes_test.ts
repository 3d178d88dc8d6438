import assert from "node:assert/strict";
import { join } from "node:path";
import { type BoxesOptions, openBoxes } from "../../people/boxes.ts";
import type { ClipFacts } from "../../people/frame_match.ts";

const shared = join(import.meta.dirname!, "../../../shared/data/posetrack18");
const hasShared = await Deno.stat(shared).then(() => true, () => false);

const size = { width: 640, height: 480 };
const five: ClipFacts = { clip: "walk", names: ["0.jpg", "1.jpg", "2.jpg", "3.jpg", "4.jpg"], length: 5 };
const video: ClipFacts = { clip: "walk", names: [], length: 5 };

/** Boxes whose left edge is their number in the list, so that one sees which came where. */
function detections(ids: readonly (number | string)[], extra: object = {}): unknown[] {
  return ids.map((image_id, i) => ({
    image_id,
    bbox: [i, 10, 20, 30],
    score: 0.5,
    category_id: 1,
    ...extra,
  }));
}

/** Left edges of the boxes of each of a clip's frames. */
async function match(content: unknown, clip: ClipFacts, options: BoxesOptions = {}): Promise<number[][]> {
  return await withFile(content, async (path) => {
    const source = await openBoxes(path, clip, options);
    return Array.from({ length: clip.length ?? clip.names.length }, (_, index) => {
      const name = clip.names[index] ?? String(index).padStart(6, "0");
      return source.of({ index, name, ...size }).map(({ box }) => box[0]);
    });
  });
}

async function withFile<T>(content: unknown, use: (path: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "lapose-boxes-" });
  try {
    const path = join(folder, "boxes.json");
    await Deno.writeTextFile(path, typeof content === "string" ? content : JSON.stringify(content));
    return await use(path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("openBoxes() full is one person who fills the frame", async () => {
  const source = await openBoxes("full", video);
  assert.deepEqual(source.of({ index: 3, ...size }), [{ box: [0, 0, 640, 480], score: 1 }]);
});

Deno.test("openBoxes() counts frames from 0, or from 1 if the last number says so", async () => {
  assert.deepEqual(await match(detections([0, 0, 3]), video), [[0, 1], [], [], [2], []]);
  assert.deepEqual(await match(detections([1, 5]), video), [[0], [], [], [], [1]]);
  assert.deepEqual(await match(detections([0, 5]), video), [[0], [], [], [], []]);
  assert.deepEqual(await match(detections([1, 4]), video), [[], [0], [], [], [1]]);
  assert.deepEqual(await match(detections([1, 4]), video, { firstImageId: 1 }), [[0], [], [], [1], []]);
  assert.deepEqual(await match(detections([1, 5]), video, { firstImageId: 0 }), [[], [0], [], [], []]);
});

Deno.test("openBoxes() goes by the numbers in the frames' names", async () => {
  const clip = { clip: "walk", names: ["frame_007.png", "frame_008.png", "frame_010.png"] };
  assert.deepEqual(await match(detections([8, 10, 8]), clip), [[], [0, 2], [1]]);
  assert.deepEqual(await match(detections([0, 2]), clip), [[0], [], [1]]); // not all of them: indices
  const gaps = { clip: "walk", names: ["000000.jpg", "000002.jpg"] };
  assert.deepEqual(await match(detections([0, 2]), gaps), [[0], [1]]);
});

Deno.test("openBoxes() reads PoseTrack numbers of one video out of many", async () => {
  const ids = [10128340000, 11000010001, 10128340004, 10128340000];
  const clip = { ...five, clip: "012834_mpii_test" };
  assert.deepEqual(await match(detections(ids), clip), [[0, 3], [], [], [], [2]]);
  assert.deepEqual(await match(detections(ids), { ...clip, names: [] }), [[0, 3], [], [], [], [2]]);
  await assert.rejects(match(detections(ids), five), {
    name: "TypeError",
    message: /frames of walk: it is about the PoseTrack videos 012834, 100001, expected a folder or video/,
  });
  await assert.rejects(match(detections(ids), { ...five, clip: "000001_x" }), { name: "TypeError" });
  assert.deepEqual(await match(detections([10128340001]), five), [[], [0], [], [], []]); // one video: whatever the name
});

Deno.test("openBoxes() matches file names, ending and leading zeros aside", async () => {
  const names = ["000002.png", "a/b/4.jpg", "0"];
  assert.deepEqual(await match(names.map((file_name, i) => ({ file_name, bbox: [i, 1, 2, 3] })), five), [
    [2],
    [],
    [0],
    [],
    [1],
  ]);
  assert.deepEqual(await match(detections(["000002.png"]), video), [[], [], [0], [], []]);
});

Deno.test("openBoxes() picks the clip's folder if the file knows several", async () => {
  const names = ["images/val/walk/000001.jpg", "images/val/run/000001.jpg", "images\\val\\walk\\000003.jpg"];
  assert.deepEqual(await match(detections(names), five), [[], [0], [], [2], []]);
  assert.deepEqual(await match(detections(names), { ...five, clip: "run" }), [[], [1], [], [], []]);
  await assert.rejects(match(detections(names), { ...five, clip: "swim" }), {
    name: "TypeError",
    message: /it is about 2 clips \(walk, run\), expected this one among them/,
  });
  const mixed = { clip: "x", names: ["run/1.jpg", "walk/1.jpg"] };
  assert.deepEqual(await match(detections(names), mixed), [[1], [0]]);
});

Deno.test("openBoxes() reads annotations with scores and track ids, and leaves crowds and nobodies out", async () => {
  const images = [{ id: 7, file_name: "walk/1.jpg" }, { id: 9, file_name: "walk/3.jpg" }];
  const annotations = [
    { image_id: 9, bbox: [5, 6, 7, 8], score: 0.25, track_id: 4, category_id: 1, keypoints: [1, 2, 1] },
    { image_id: 7, bbox: [1, 2, 3, 4], iscrowd: true, category_id: 1 },
    { image_id: 7, bbox: [1, 2, 3, 4], category_id: 3 },
    { image_id: 7, keypoints: [0, 0, 0], category_id: 1 },
    { image_id: 7, keypoints: [0, 0, 0], bbox: [0, 0, 0, 0], category_id: 1 },
    { image_id: 7, bbox: [9, 9, 9, 9], track_id: null },
  ];
  await withFile({ images, annotations, categories: [] }, async (path) => {
    const source = await openBoxes(path, five);
    assert.deepEqual(source.of({ index: 3, name: "3.jpg", ...size }), [{
      box: [5, 6, 7, 8],
      score: 0.25,
      trackId: 4,
    }]);
    assert.deepEqual(source.of({ index: 1, name: "1.jpg", ...size }), [{ box: [9, 9, 9, 9], score: 1 }]);
  });
});

Deno.test("openBoxes() drops people below the threshold", async () => {
  const list = [0.2, 0.5, 0.8].map((score, i) => ({ image_id: 0, bbox: [i, 0, 5, 5], score }));
  assert.deepEqual((await match(list, video, { threshold: 0.5 }))[0], [1, 2]);
  await assert.rejects(match(list, video, { threshold: NaN }), { name: "RangeError" });
});

Deno.test("openBoxes() takes an empty list for nobody", async () => {
  assert.deepEqual(await match([], five), [[], [], [], [], []]);
});

Deno.test("openBoxes() refuses a file of another kind", async () => {
  const refuses = (content: unknown, message: RegExp) => assert.rejects(match(content, five), { message });
  await refuses(
    "\x89PNG\r\n",
    /Cannot read boxes from boxes\.json: it is not JSON, expected COCO detections/,
  );
  await refuses("", /it is not JSON/);
  await refuses("17", /it is 17 without images and annotations/);
  await refuses("null", /it is null without images/);
  await refuses({ annolist: [] }, /it has an annolist \(PoseTrack 2017\)/);
  await refuses(
    { model: {}, added_tokens: [] },
    /an object with model, added_tokens without images and annotations/,
  );
  await refuses({ images: [] }, /an object with images without/);
  await assert.rejects(openBoxes("/nowhere/b.json", five), {
    message: /b\.json: it does not exist, expected a JSON/,
  });
});

Deno.test("openBoxes() tells all faulty entries by file and index", async () => {
  const good = { image_id: 0, bbox: [1, 2, 3, 4], score: 1, category_id: 1 };
  const bad = [
    good,
    { ...good, bbox: [1, 2, null, 4] },
    { ...good, bbox: [1, 2, -3, 4] },
    { ...good, bbox: [1, 2, 3] },
    { ...good, score: "high" },
    { ...good, image_id: 1.5 },
    { bbox: [1, 2, 3, 4] },
    7,
    { ...good, track_id: "a" },
  ];
  await assert.rejects(match(bad, five), (error: Error) => {
    assert.equal(error.name, "TypeError");
    assert.match(error.message, /^Cannot read boxes from boxes\.json: faults in 9 places\n/);
    assert.match(error.message, /\n {2}entry 1: bbox: found \[1, 2, null, 4\], expected four finite numbers/);
    assert.match(
      error.message,
      /\n {2}entry 2: bbox: found width -3 and height 4, expected both to be positive/,
    );
    assert.match(error.message, /\n {2}entry 3: bbox: found \[1,2,3\], expected \[x, y, width, height\]/);
    assert.match(error.message, /\n {2}entry 4: found score "high", expected a number/);
    assert.match(error.message, /\n {2}entry 5: found image_id 1\.5, expected a whole number or a file name/);
    assert.match(error.message, /\n {2}entry 6: found image_id undefined/);
    assert.match(error.message, /\n {2}entry 8: found track_id "a"/);
    return true;
  });
  await assert.rejects(match(Array(25).fill({ ...good, bbox: [] }), five), {
    message: /25 places[\s\S]*and 15 more$/,
  });
  const nan = '[{"image_id": 0, "bbox": [1, 2, NaN, 4]}]';
  await assert.rejects(match(nan, five), { name: "SyntaxError", message: /it is not JSON/ });
  const orphans = { images: [{ id: 1, file_name: "1.jpg" }, { id: 1 }, {}], annotations: [good] };
  await assert.rejects(match(orphans, five), {
    message:
      /image 1: its id 1 is taken[\s\S]*image 2: found id undefined[\s\S]*annotation 0: found image_id 0/,
  });
});

Deno.test("openBoxes() refuses a box wholly outside its frame, by file, entry and frame", async () => {
  for (const bbox of [[640, 0, 5, 5], [0, 480, 5, 5], [-5, 0, 5, 5], [0, -5, 5, 5]]) {
    await assert.rejects(match([{ image_id: 2, bbox }], five), {
      name: "RangeError",
      message:
        /^Cannot use entry 0 of boxes\.json in frame 2\.jpg: found \[.*\], wholly outside the frame, .*640×480/,
    });
  }
  assert.deepEqual((await match([{ image_id: 2, bbox: [-4, -8, 5, 9] }], five))[2], [-4]); // partly inside
});

Deno.test("openBoxes() refuses a file about other frames", async () => {
  await assert.rejects(match(detections([700, 701]), five), {
    name: "TypeError",
    message:
      /none of its 2 images \(700, …\) is among the frames \(0\.jpg, …\), expected boxes of these frames/,
  });
  await assert.rejects(match(detections(["x.jpg"]), five), {
    name: "TypeError",
    message: /none of its 1 images/,
  });
  await assert.rejects(match(detections(["1.jpg", 1]), five), { message: /it mixes file names and numbers/ });
});

Deno.test({
  name: "openBoxes() reads the PoseTrack files",
  ignore: !hasShared,
  async fn() {
    const clip = { clip: "003418_mpii_test", names: ["000000.jpg"], length: 1 };
    const frame = { index: 0, name: "000000.jpg", width: 1920, height: 1080 };
    const annotated = await openBoxes(join(shared, "annotations/val/003418_mpii_test.json"), clip);
    assert.deepEqual(annotated.of(frame), [{ box: [214.25, 15, 1358.5, 1092], score: 1, trackId: 0 }]);
    const detected = join(shared, "annotations/test_posetrack18_human_detections.json");
    assert.equal((await openBoxes(detected, clip)).of(frame).length, 100);
    assert.equal((await openBoxes(detected, { ...clip, clip: "009473_mpii_test" })).of(frame).length, 78);
    const sure = (await openBoxes(detected, { ...clip, clip: "012834" }, { threshold: 0.5 })).of(frame);
    assert.ok(sure.length > 0 && sure.every(({ score }) => score >= 0.5));
    await assert.rejects(openBoxes(detected, { ...clip, clip: "000001_mpiinew_test" }), {
      message: /012834, 003418/,
    });
  },
});
