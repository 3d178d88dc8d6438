import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { requireImages } from "../../posetrack/images.ts";
import { readSequenceDocument, readSequences } from "../../posetrack/read_sequences.ts";
import { poseTrack2017, poseTrack2018 } from "./documents.ts";
import { withFiles } from "./golden_cases.ts";

Deno.test("requireImages() names all missing images at once, over all sequences", () =>
  withFiles({ gt: {}, pred: {} }, async ({ folder }) => {
    const sequences = [
      ...readSequenceDocument(poseTrack2018(), "a.json"),
      ...readSequenceDocument(poseTrack2017(), "b.json"),
    ];
    const images = sequences.flatMap(({ frames }) => frames.map(({ fileName }) => fileName));
    assert.equal(images.length, 4);
    await mkdir(join(folder, "images/val/003418_mpii_test"), { recursive: true });
    await writeFile(join(folder, images[1]), "");
    await assert.rejects(requireImages(sequences, folder), {
      message: `Cannot find the images under ${folder}: 3 images are missing:\n  ` +
        "images/val/003418_mpii_test/000000.jpg\n  bonn/000001_bonn/00000000.jpg\n  bonn/000001_bonn/00000001.jpg",
    });
    assert.equal(await requireImages([{ ...sequences[0], frames: [sequences[0].frames[1]] }], folder), 1);
  }));

const root = new URL("../../../shared/data/posetrack18", import.meta.url).pathname;

Deno.test({
  name: "requireImages() finds the real PoseTrack 2018 samples",
  ignore: !existsSync(root),
  async fn() {
    assert.equal(await requireImages(readSequences(join(root, "annotations/val")), root), 2);
  },
});
