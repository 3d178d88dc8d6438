/** The curves: every point inside the picture, validations beside losses, logs of any length. No device. */
import assert from "node:assert/strict";
import { lossCurveSvg } from "../../training/loss_curve.ts";

const points = (svg: string) =>
  [...svg.matchAll(/<polyline points="([^"]*)"/g)].map(([, text]) =>
    text.split(" ").filter(Boolean).map((point) => point.split(",").map(Number))
  );

Deno.test("lossCurveSvg() draws losses and validations inside the picture", () => {
  const entries = [
    ...Array.from({ length: 1000 }, (_, i) => ({ step: i + 1, total: 10 * 0.99 ** i })),
    { step: 500, ap: 0 },
    { step: 1000, ap: 100 },
  ];
  const [losses, validations] = points(lossCurveSvg(entries));
  assert(losses.length <= 300 && losses.length > 100);
  assert.equal(validations.length, 2);
  for (const [x, y] of [...losses, ...validations]) {
    assert(x >= 0 && x <= 720 && y >= 0 && y <= 320, `${x}, ${y}`);
  }
  assert(losses.every(([x, y], i) => i === 0 || (x > losses[i - 1][0] && y > losses[i - 1][1]))); // falls
  assert(validations[0][1] > validations[1][1]); // rises
});

Deno.test("lossCurveSvg() draws an empty log and one of equal losses", () => {
  assert.deepEqual(points(lossCurveSvg([])), [[], []]);
  for (const total of [1, 0, 1e-20]) {
    const [losses] = points(lossCurveSvg([{ step: 1, total }, { step: 2, total }]));
    assert(losses.flat().every(Number.isFinite));
  }
});
