/** `demo`: the shipped clip, with nothing of the user's. */
import assert from "node:assert/strict";
import { basename } from "node:path";
import { ImageDecoder } from "../../people/image_decoder.ts";
import { parsePoses, peoplePerImage, type PosesDocument } from "./poses_form.ts";
import { entriesOf, workplace } from "./run_cli.ts";

const truthFile = new URL("../../demo/boxes.json", import.meta.url);

/** What the demo clip's annotations hold of its truth. */
interface Truth {
  images: { id: number; file_name: string }[];
  annotations: { image_id: number; track_id: number; keypoints: number[]; bbox_head: number[] }[];
  categories: { keypoints: string[] }[];
}

/** Share of the labelled joints that are within half a head of their place, as PCKh counts. */
function shareFound({ images, annotations, categories }: PosesDocument, truth: Truth): number {
  const fileOf = (list: { id: number; file_name: string }[], id: number) =>
    basename(list.find((image) => image.id === id)!.file_name);
  const key = (file: string, track: number) => `${file} ${track}`;
  const found = new Map(
    annotations.map((person) => [key(fileOf(images, person.image_id), person.track_id), person.keypoints]),
  );
  let [hits, joints] = [0, 0];
  for (const person of truth.annotations) {
    const keypoints = found.get(key(fileOf(truth.images, person.image_id), person.track_id))!;
    const [, , width, height] = person.bbox_head;
    const reach = 0.5 * 0.6 * Math.hypot(width, height);
    for (const [k, name] of categories[0].keypoints.entries()) {
      const at = 3 * truth.categories[0].keypoints.indexOf(name);
      const [x, y] = person.keypoints.slice(at, at + 2);
      if (x === 0 && y === 0) continue;
      joints++;
      if (Math.hypot(keypoints[3 * k] - x, keypoints[3 * k + 1] - y) <= reach) hits++;
    }
  }
  assert.equal(joints, 28 * 15);
  return hits / joints;
}

for (const device of ["webgpu", "cpu"]) {
  Deno.test(`demo on ${device} finds two people's joints in all 14 frames and says where to look`, async () => {
    await using place = await workplace();
    const { status, stdout, stderr } = await place.run("demo", "--device", device);
    assert.equal(status, 0, stderr);
    assert.match(stdout, new RegExp(`^28 poses in 14 frames, [\\d.]+ frames/s on ${device} `));
    assert.match(stdout, /^Results: lapose-demo\/poses\.json$/m);
    assert.match(stdout, /^Pictures: lapose-demo\/overlays$/m);
    assert.doesNotMatch(stderr, /untrained/);
    const document = parsePoses(await Deno.readTextFile(`${place.path}/lapose-demo/poses.json`));
    assert.deepEqual(peoplePerImage(document), new Array(14).fill(2));
    assert.equal(typeof document.info.description, "string");
    const share = shareFound(document, JSON.parse(await Deno.readTextFile(truthFile)));
    assert.ok(share >= 0.75, `${(100 * share).toFixed(0)} % of the joints were found`);
    const pictures = (await entriesOf(`${place.path}/lapose-demo`)).filter((entry) => entry.endsWith(".png"));
    assert.equal(pictures.length, 14);
    const last = await Deno.readFile(`${place.path}/lapose-demo/${pictures[13]}`);
    assert.equal((await new ImageDecoder().decode(last, "last")).width, 480);
    assert.deepEqual(
      (await entriesOf(place.path)).filter((entry) => !entry.startsWith("lapose-demo")),
      ["small.onnx"],
    );
  });
}

Deno.test("demo --quiet prints nothing on standard error", async () => {
  await using place = await workplace();
  const { status, stderr } = await place.run("demo", "--device", "cpu", "--out", "here", "--quiet");
  assert.equal(status, 0);
  assert.equal(stderr, "");
});
