import assert from "node:assert/strict";
import { evaluateAveragePrecision } from "../../posetrack/evaluate.ts";
import { assertJointValues, goldenCases, withFiles } from "./golden_cases.ts";

for (const golden of await goldenCases()) {
  Deno.test(`AveragePrecision equals poseval: ${golden.case}`, () =>
    withFiles(golden, async (folders) => {
      const { metric } = await evaluateAveragePrecision(folders);
      const { ap, precision, recall, frames } = metric.result();
      const { expected } = golden;
      assert.equal(frames, expected.frames);
      assertJointValues(ap, expected.ap, { bound: 1e-9, label: "ap" });
      assertJointValues(precision, expected.precision, { bound: 1e-9, label: "precision" });
      assertJointValues(recall, expected.recall, { bound: 1e-9, label: "recall" });
    }));
}

/** Three people far apart with a nose each; predictions with a score, right or 100 pixels off. */
function noses(predictions: { person: number; score: number; right: boolean }[]): {
  gt: Record<string, unknown>;
  pred: Record<string, unknown>;
} {
  const image = [{ name: "images/val/000001_mpii_test/000000.jpg" }];
  const point = (x: number, score?: number) => ({
    id: [13],
    x: [x],
    y: [50],
    ...(score === undefined ? {} : { score: [score] }),
  });
  const truth = [0, 1, 2].map((person) => ({
    track_id: [person],
    x1: [0],
    y1: [0],
    x2: [30],
    y2: [40],
    annopoints: [{ point: [point(1000 * person)] }],
  }));
  const found = predictions.map(({ person, score, right }, index) => ({
    track_id: [index],
    annopoints: [{ point: [point(1000 * person + (right ? 0 : 100), score)] }],
  }));
  return {
    gt: { a: { annolist: [{ image, annorect: truth }] } },
    pred: { a: { annolist: [{ image, annorect: found }] } },
  };
}

Deno.test("AveragePrecision of three detections computed by hand", () => {
  const case_ = noses([
    { person: 0, score: 0.7, right: true },
    { person: 1, score: 0.8, right: false },
    { person: 2, score: 0.9, right: true },
  ]);
  return withFiles(case_, async (folders) => {
    const { metric } = await evaluateAveragePrecision(folders);
    const { ap, precision, recall, frames } = metric.result();
    // By falling score: right, wrong, right. Recalls 1/3, 2/3 at precisions 1, 2/3: area 1/3 + 2/9 = 5/9.
    const close = (value: number | null, wanted: number) =>
      value !== null && Math.abs(value - wanted) <= 1e-12;
    assert.ok(close(ap.nose, 500 / 9));
    assert.ok(close(precision.nose, 200 / 3));
    assert.ok(close(recall.nose, 200 / 3));
    assert.ok(close(ap.mean, 500 / 9 / 15)); // the other 14 joints are 0: neither annotated nor found
    assert.ok(close(ap.head, 500 / 27));
    assert.equal(frames, 1);
    const [curve] = metric.curves().filter(({ joint }) => joint === "nose");
    assert.deepEqual([...curve.recall], [1 / 3, 2 / 3]);
    assert.deepEqual([...curve.precision], [1, 2 / 3]);
  });
});

Deno.test("AveragePrecision keeps input order among equal scores", async () => {
  const right = { person: 0, score: 0.5, right: true };
  const wrong = { person: 1, score: 0.5, right: false };
  // Right first: recall 1/3 at precision 1. Wrong first: recall 1/3 at precision 1/2.
  for (const [order, wanted] of [[[right, wrong], 100 / 3], [[wrong, right], 100 / 6]] as const) {
    await withFiles(noses([...order]), async (folders) => {
      const { ap } = (await evaluateAveragePrecision(folders)).metric.result();
      assert.ok(ap.nose !== null && Math.abs(ap.nose - wanted) <= 1e-12);
    });
  }
});
