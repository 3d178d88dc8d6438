/** Mean, sample standard deviation and decline, against figures worked out by hand. */
import assert from "node:assert/strict";
import { type AblationResult, ablationTable, summariseAblation } from "../../training/ablation_table.ts";

/** Results of one row on one data set, seeds 1, 2, 3, …; NaN for a seed that is missing. */
function results(row: string, dataset: string, values: readonly number[]): AblationResult[] {
  return values.map((ap, i) => ({ row, seed: i + 1, dataset, ap })).filter(({ ap }) => !Number.isNaN(ap));
}

const all = [
  ...results("whole", "clean", [86, 88, 93]),
  ...results("without-csi", "clean", [85, 85, 85]),
  ...results("without-otfm", "clean", [NaN, 90, NaN]),
  ...results("vision-only", "clean", [NaN, NaN, NaN, 12]),
  ...results("whole", "degraded", [70, 72]),
  ...results("without-csi", "degraded", [71, 69.5]),
];

Deno.test("summariseAblation() gives mean, sample standard deviation and decline", () => {
  const rows = summariseAblation(all, { seeds: [1, 2, 3], datasets: ["degraded", "clean"] });
  assert.deepEqual(rows.map(({ row }) => row), [
    "whole",
    "without-csi",
    "without-otfm",
    "without-contrastive",
    "vision-only",
  ]);
  assert.deepEqual(Object.keys(rows[0].datasets), ["degraded", "clean"]);
  const of = (row: string, dataset: string) => rows.find((found) => found.row === row)!.datasets[dataset];
  // (86 + 88 + 93) / 3 = 89; squares 9 + 1 + 16 = 26, over n − 1 = 2: 13
  assert.deepEqual(of("whole", "clean"), {
    values: { 1: 86, 2: 88, 3: 93 },
    mean: 89,
    deviation: Math.sqrt(13),
    decline: null,
  });
  assert.deepEqual(of("without-csi", "clean"), {
    values: { 1: 85, 2: 85, 3: 85 },
    mean: 85,
    deviation: 0,
    decline: 4,
  });
  // seed 2 alone: 88 − 90, not 89 − 90
  assert.deepEqual(of("without-otfm", "clean"), {
    values: { 2: 90 },
    mean: 90,
    deviation: null,
    decline: -2,
  });
  // (71 + 69.5) / 2 = 70.25; 2 · 0.75² / 1 = 1.125; ((70 − 71) + (72 − 69.5)) / 2 = 0.75
  const { deviation, ...rest } = of("without-csi", "degraded");
  assert.deepEqual(rest, { values: { 1: 71, 2: 69.5 }, mean: 70.25, decline: 0.75 });
  assert.ok(Math.abs(deviation! - Math.sqrt(1.125)) <= 1e-12);
  const none = { values: {}, mean: null, deviation: null, decline: null };
  assert.deepEqual(of("without-contrastive", "clean"), none);
  assert.deepEqual(of("vision-only", "clean"), none, "seed 4 does not count");
});

Deno.test("ablationTable() draws columns, a dash where nothing is known", () => {
  const rows = summariseAblation(all, { seeds: [1, 2, 3], datasets: ["clean", "degraded"] });
  assert.equal(
    ablationTable(rows),
    [
      "mAP           clean              degraded",
      "LAPose        89.0 ± 3.6         71.0 ± 1.4",
      "without CSI   85.0 ± 0.0 (−4.0)  70.3 ± 1.1 (−0.8)",
      "without OTFM  90.0 (+2.0)        –",
      "without L_cl  –                  –",
      "vision only   –                  –",
    ].join("\n"),
  );
});
