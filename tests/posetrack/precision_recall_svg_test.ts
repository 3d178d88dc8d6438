import assert from "node:assert/strict";
import { precisionRecallSvg } from "../../posetrack/precision_recall_svg.ts";

Deno.test("precisionRecallSvg() draws the steps of a curve", () => {
  const curves = [
    { joint: "left_hip", recall: Float64Array.of(0.25, 0.5), precision: Float64Array.of(1, 0.5) },
    { joint: "nose", recall: Float64Array.of(), precision: Float64Array.of() },
    { joint: "neck", recall: Float64Array.of(), precision: Float64Array.of() },
  ];
  const svg = precisionRecallSvg(curves, { left_hip: 37.5, nose: 0, neck: null });
  // 150 pixels a side, precision upwards: precision 1 up to recall 0.25 (37.5 px), then 0.5 (75 px) up to 0.5 (75 px).
  assert.ok(svg.includes('d="M0 0V0H37.5V75H75V150"'));
  assert.ok(svg.includes(">left hip</text>") && svg.includes(">AP 37.5</text>"));
  assert.ok(svg.includes(">AP 0.0</text>") && svg.includes(">AP undefined</text>"));
  assert.equal(svg.match(/stroke="#2a6fbb"/g)?.length, 1);
  assert.ok(!/NaN|Infinity|undefined"/.test(svg));
});

Deno.test("precisionRecallSvg() thins long curves but keeps their ends", () => {
  const n = 100_000;
  const recall = Float64Array.from({ length: n }, (_, k) => (k + 1) / n);
  const precision = Float64Array.from({ length: n }, (_, k) => 1 - k / n);
  const svg = precisionRecallSvg([{ joint: "nose", recall, precision }], { nose: 50 });
  assert.ok(svg.length < 50_000, `${svg.length} characters`);
  assert.match(svg, /H150V150"/);
});
