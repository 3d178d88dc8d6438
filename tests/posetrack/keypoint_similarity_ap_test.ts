import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { evaluateKeypointSimilarity } from "../../posetrack/evaluate.ts";
import { withFiles } from "./golden_cases.ts";

interface OksCase {
  case: string;
  gt: { images: { id: number }[]; annotations: Record<string, unknown>[]; categories: unknown[] };
  results: Record<string, unknown>[];
  expected: Record<string, number>;
}

const folder = new URL("../golden/posetrack/oks/", import.meta.url);

function assertFigures(actual: object, expected: Record<string, number>): void {
  for (const [name, share] of Object.entries(expected)) {
    const found = (actual as Record<string, number | null>)[name];
    const close = share === -1 ? found === null : found !== null && Math.abs(found - 100 * share) <= 1e-9;
    assert.ok(close, `${name} is ${found}, expected ${100 * share}`);
  }
}

for (const name of (await readdir(folder)).sort()) {
  const golden = JSON.parse(await readFile(new URL(name, folder), "utf8")) as OksCase;

  Deno.test(`KeypointSimilarityAveragePrecision equals pycocotools: ${golden.case}`, () =>
    withFiles({ gt: { val: golden.gt }, pred: { val: golden.results } }, async (folders) => {
      const { metric } = await evaluateKeypointSimilarity(folders);
      assertFigures(metric.result(), golden.expected);
      assert.equal(metric.result().frames, golden.gt.images.length);
    }));

  Deno.test(`KeypointSimilarityAveragePrecision is the same for one file per image: ${golden.case}`, () => {
    const gt: Record<string, unknown> = {};
    const pred: Record<string, unknown> = {};
    for (const image of golden.gt.images) {
      const of = (list: Record<string, unknown>[]) => list.filter((entry) => entry.image_id === image.id);
      const shared = { images: [image], categories: golden.gt.categories };
      // Files are read by name, here against the order of the ids, which still decides among equal scores.
      const file = `file${100 - image.id % 100}`;
      gt[file] = { ...shared, annotations: of(golden.gt.annotations) };
      pred[file] = { ...shared, annotations: of(golden.results) };
    }
    return withFiles({ gt, pred }, async (folders) => {
      const { metric } = await evaluateKeypointSimilarity(folders);
      assertFigures(metric.result(), golden.expected);
    });
  });
}
