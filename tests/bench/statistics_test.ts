import assert from "node:assert/strict";
import { median, medianOf, rate, speedup } from "../../bench/statistics.ts";

Deno.test("median() takes the middle of an odd count and leaves its input alone", () => {
  const values = [9, 1, 5];
  assert.equal(median(values), 5);
  assert.deepEqual(values, [9, 1, 5]);
});

Deno.test("median() averages the two middle values of an even count", () => {
  assert.equal(median([10, 2, 4, 100]), 7);
});

Deno.test("median() sorts by value, not by text", () => {
  assert.equal(median([100, 20, 3]), 20);
});

Deno.test("median() refuses nothing, NaN and infinity", () => {
  assert.throws(() => median([]), /0 values, expected at least 1/);
  assert.throws(() => median([1, NaN]), /value 1 is NaN/);
  assert.throws(() => median([Infinity]), /value 0 is Infinity/);
});

Deno.test("rate() turns operations and milliseconds into 10⁹ per second", () => {
  // 3e9 operations in 2 s are 1.5e9 per second.
  assert.equal(rate(3e9, 2000), 1.5);
  assert.throws(() => rate(1, 0), /milliseconds is 0/);
  assert.throws(() => rate(NaN, 1), /operations is NaN/);
});

Deno.test("speedup() is above 1 for the faster", () => {
  assert.equal(speedup(2, 10), 5);
  assert.throws(() => speedup(0, 1), /ours is 0/);
});

Deno.test("medianOf() runs contestants in turns and throws the warm-ups away", async () => {
  const order: string[] = [];
  const times: Record<string, number[]> = { a: [1000, 1, 2, 3], b: [1000, 30, 20, 10] };
  const contestant = (name: string) => () => {
    order.push(name);
    return Promise.resolve(times[name]!.shift()!);
  };
  const medians = await medianOf({ a: contestant("a"), b: contestant("b") }, { rounds: 3, warmups: 1 });
  assert.deepEqual(order, ["a", "b", "a", "b", "a", "b", "a", "b"]);
  assert.deepEqual(medians, { a: 2, b: 20 });
});
