import assert from "node:assert/strict";
import { Random } from "../../../training/synthetic/random.ts";

Deno.test("Random gives equal numbers for equal names and others for other names", () => {
  const draw = (name: string) =>
    Array.from({ length: 8 }, ((random) => () => random.bits())(new Random(name)));
  assert.deepEqual(draw("clip 1"), draw("clip 1"));
  assert.notDeepEqual(draw("clip 1"), draw("clip 2"));
  assert.equal(new Set(Array.from({ length: 2000 }, (_, i) => new Random(`clip ${i}`).bits())).size, 2000);
});

Deno.test("Random.stream() does not depend on what was drawn before", () => {
  const fresh = new Random("a").stream("part");
  const used = new Random("a");
  for (let i = 0; i < 100; i++) used.next();
  assert.equal(used.stream("part").bits(), fresh.bits());
  assert.notEqual(new Random("a").stream("part").bits(), new Random("a").stream("other").bits());
});

Deno.test("Random is even: mean, variance and neighbours", () => {
  const random = new Random("evenness");
  const n = 20_000;
  const values = Array.from({ length: n }, () => random.next());
  assert.ok(values.every((value) => value >= 0 && value < 1));
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const deviations = values.map((value) => value - mean);
  const variance = deviations.reduce((sum, d) => sum + d * d, 0) / n;
  const lagged = deviations.slice(1).reduce((sum, d, i) => sum + d * deviations[i], 0) / n / variance;
  // five standard errors of each for even and independent numbers
  assert.ok(Math.abs(mean - 0.5) <= 5 * Math.sqrt(1 / 12 / n), `mean ${mean}`);
  assert.ok(Math.abs(variance - 1 / 12) <= 5 * Math.sqrt(1 / 180 / n), `variance ${variance}`);
  assert.ok(Math.abs(lagged) <= 5 / Math.sqrt(n), `correlation ${lagged}`);
});

Deno.test("Random keeps to bounds, lists and weights", () => {
  const random = new Random("bounds");
  const whole = Array.from({ length: 600 }, () => random.integer(2, 4));
  assert.deepEqual([...new Set(whole)].sort(), [2, 3, 4]);
  const between = Array.from({ length: 200 }, () => random.between(-3, -2));
  assert.ok(between.every((value) => value >= -3 && value < -2));
  const sampled = random.sample(["a", "b", "c"], 3);
  assert.deepEqual(sampled.toSorted(), ["a", "b", "c"]);
  assert.equal(random.sample(["a"], 5).length, 1);
  const drawn = Array.from(
    { length: 3000 },
    () => random.weighted([[3, "often"], [0, "never"], [1, "rarely"]]),
  );
  assert.ok(!drawn.includes("never"));
  const often = drawn.filter((value) => value === "often").length / 3000;
  assert.ok(Math.abs(often - 0.75) <= 5 * Math.sqrt(0.75 * 0.25 / 3000), `${often}`);
});
