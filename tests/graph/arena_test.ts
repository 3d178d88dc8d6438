/** planArena() places ranges by lifetime: no two that live at once overlap, and little is wasted. */
import assert from "node:assert/strict";
import { arenaAlignment, type Lifetime, planArena } from "../../graph/arena.ts";
import { uniform } from "../support/random.ts";

/** Asserts what must hold of every plan. */
function assertPlan(lifetimes: readonly Lifetime[], message: string) {
  const plan = planArena(lifetimes);
  assert.equal(plan.offsets.length, lifetimes.length, message);
  for (const [i, a] of lifetimes.entries()) {
    const start = plan.offsets[i];
    assert.equal(start % arenaAlignment, 0, `${message}: range ${i} starts at ${start}`);
    assert(start >= 0 && start + a.bytes <= plan.bytes, `${message}: range ${i} leaves the arena`);
    for (const [j, b] of lifetimes.slice(0, i).entries()) {
      if (a.first > b.last || b.first > a.last) continue;
      const apart = start + a.bytes <= plan.offsets[j] || plan.offsets[j] + b.bytes <= start;
      assert(apart, `${message}: ranges ${j} and ${i} live at once and overlap`);
    }
  }
  assert(plan.bytes >= plan.liveBytes, `${message}: ${plan.bytes} bytes, ${plan.liveBytes} live`);
  assert.equal(plan.liveBytes, liveBytes(lifetimes), message);
  return plan;
}

/** Largest aligned sum over all steps, by looking at each step. */
function liveBytes(lifetimes: readonly Lifetime[]): number {
  const steps = new Set(lifetimes.flatMap(({ first, last }) => [first, last]));
  let largest = 0;
  for (const step of steps) {
    let sum = 0;
    for (const { bytes, first, last } of lifetimes) {
      if (first <= step && step <= last) {
        sum += Math.ceil(Math.max(bytes, 1) / arenaAlignment) * arenaAlignment;
      }
    }
    largest = Math.max(largest, sum);
  }
  return largest;
}

/** Ranges of a few sizes, as layers have them, alive for a few steps, some from the start or to the end. */
function randomLifetimes(count: number, seed: number): Lifetime[] {
  const random = uniform(seed);
  const sizes = Array.from({ length: 6 }, () => Math.ceil(random() ** 2 * 1e6));
  return Array.from({ length: count }, () => {
    const first = Math.floor(random() * count / 2) - 1;
    const last = random() < 0.05 ? Infinity : first + Math.floor(random() ** 3 * 12);
    return { bytes: sizes[Math.floor(random() * sizes.length)], first, last };
  });
}

for (const count of [1, 2, 7, 64, 257]) {
  Deno.test(`planArena() of ${count} random ranges keeps live ranges apart`, () => {
    for (let seed = 0; seed < 40; seed++) assertPlan(randomLifetimes(count, seed), `seed ${seed}`);
  });
}

Deno.test("planArena() wastes less than 30 % on random workloads", () => {
  const ratios: number[] = [];
  for (let seed = 0; seed < 100; seed++) {
    const { bytes, liveBytes } = planArena(randomLifetimes(200, 1000 + seed));
    ratios.push(bytes / liveBytes);
  }
  assert(Math.max(...ratios) <= 1.3, `worst ${Math.max(...ratios)}`);
});

Deno.test("planArena() of a chain needs its two largest neighbours", () => {
  // Each range lives from its own step to the next one's: x → a → b → c.
  const bytes = [1024, 4096, 2048, 512];
  const plan = assertPlan(bytes.map((bytes, i) => ({ bytes, first: i, last: i + 1 })), "chain");
  assert.equal(plan.bytes, 4096 + 2048);
});

Deno.test("planArena() gives a freed gap to what fits in it", () => {
  const plan = assertPlan([
    { bytes: 1000, first: 0, last: 1 },
    { bytes: 1000, first: 0, last: 9 },
    { bytes: 700, first: 2, last: 3 },
    { bytes: 300, first: 4, last: 9 },
  ], "gap");
  assert.equal(plan.bytes, 2048);
});

Deno.test("planArena() counts a step that both ends touch", () => {
  // What ends at a step is still read while what begins there is written.
  const plan = assertPlan([{ bytes: 256, first: 0, last: 1 }, { bytes: 256, first: 1, last: 2 }], "touching");
  assert.equal(plan.bytes, 512);
});

Deno.test("planArena() gives every range a place of its own, empty ones too", () => {
  assert.deepEqual(planArena([]), { offsets: [], bytes: 0, liveBytes: 0 });
  const empty = { bytes: 0, first: 0, last: 0 };
  assert.equal(assertPlan([empty, empty, { ...empty, bytes: 1 }], "empty").bytes, 3 * arenaAlignment);
});

Deno.test("planArena() repeats itself", () => {
  const lifetimes = randomLifetimes(100, 5);
  assert.deepEqual(planArena(lifetimes), planArena(structuredClone(lifetimes)));
});
