import assert from "node:assert/strict";
import { compareNaturally } from "../../people/natural_sort.ts";

Deno.test("compareNaturally() orders names as a reader counts", () => {
  const sorted = [
    "",
    "000001.jpg",
    "2.jpg",
    "02.jpg",
    "10.jpg",
    "99999999999999999999998.jpg",
    "99999999999999999999999.jpg",
    "B1.png",
    "a1b2",
    "a1b10",
    "a10b1",
    "b",
    "b1",
    "frame_9.jpg",
    "frame_10.jpg",
    "ü3",
  ];
  const shuffled = sorted.map((_, i) => sorted[(i * 7 + 3) % sorted.length]);
  assert.deepEqual(shuffled.sort(compareNaturally), sorted);
});

Deno.test("compareNaturally() is a total order", () => {
  const names = ["1", "01", "001", "a", "A", "a1", "a01", "1a", "a1a", "", "-1", "-2", "1.5", "1.10"];
  for (const a of names) {
    assert.equal(compareNaturally(a, a), 0);
    for (const b of names) {
      assert.equal(Math.sign(compareNaturally(a, b)), -Math.sign(compareNaturally(b, a)) + 0, `${a} ${b}`);
      assert.equal(compareNaturally(a, b) === 0, a === b, `${a} ${b}`);
    }
  }
});
