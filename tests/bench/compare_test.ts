import assert from "node:assert/strict";
import { compare, enterPeers, fastestPeer } from "../../bench/compare.ts";
import type { Peer } from "../../bench/peers/peer.ts";
import type { Workload } from "../../bench/workload.ts";

/** A workload on the processor that notes what happens to it. */
function fakeWorkload(variant: string, result: Float32Array = new Float32Array(1)) {
  const log: string[] = [];
  const workload: Workload = {
    variant,
    device: null,
    run(times) {
      log.push(`run ${times}`);
      return new Promise((resolve) => setTimeout(resolve, times * 2));
    },
    read: () => Promise.resolve(result),
    close() {
      log.push("close");
      return Promise.resolve();
    },
  };
  return { workload, log };
}

function fakePeer(name: string, fields: Partial<Peer>): Peer {
  return {
    name,
    version: "1.2.3",
    processor: false,
    available: () => Promise.resolve(true),
    matmul: () => Promise.resolve([]),
    attention: () => Promise.resolve([]),
    ...fields,
  };
}

Deno.test("compare() shares one wait among at least eight repetitions on a wall clock", async () => {
  const { workload, log } = fakeWorkload("sleep");
  const contestant = { name: "us", version: "0", processor: false, workload, operations: 4e6 };
  const [line] = await compare([contestant], { rounds: 3 });
  assert.equal(log.length, 5);
  assert.deepEqual(log.slice(0, 2), ["run 1", "run 1"]);
  for (const entry of log.slice(2)) assert.ok(Number(entry.split(" ")[1]) >= 8, entry);
  assert.equal(line!.clock, "wall");
  assert.equal(line!.variant, "sleep");
  // Each repetition sleeps 2 ms, timers are never early by more than a millisecond per wait.
  assert.ok(line!.milliseconds > 1.5, `${line!.milliseconds}`);
  assert.ok(Math.abs(line!.gigaflops * line!.milliseconds - 4) <= 1e-9, `${line!.gigaflops}`);
});

Deno.test("compare() refuses rounds that are not a positive integer", async () => {
  await assert.rejects(compare([], { rounds: 0 }), /0 rounds/);
});

Deno.test("enterPeers() keeps right results and gives the reason for every other", async () => {
  const right = fakeWorkload("right", Float32Array.of(1));
  const wrong = fakeWorkload("wrong", Float32Array.of(2));
  const field = await enterPeers([
    fakePeer("absent", { available: () => Promise.resolve("no adapter") }),
    fakePeer("mixed", { matmul: () => Promise.resolve([wrong.workload, right.workload]) }),
    fakePeer("broken", { matmul: () => Promise.reject(new Error("out of memory")) }),
  ], {
    open: (peer) => peer.matmul({ M: 1, N: 1, K: 1 }, { a: new Float32Array(1), b: new Float32Array(1) }),
    operations: 2,
    verify(result) {
      if (result[0] !== 1) throw new RangeError("not 1");
    },
  });
  assert.deepEqual(field.contestants.map(({ name, workload }) => [name, workload.variant]), [[
    "mixed",
    "right",
  ]]);
  assert.deepEqual(field.refused, [
    { name: "absent", reason: "no adapter" },
    { name: "mixed wrong", reason: "not 1" },
    { name: "broken", reason: "out of memory" },
  ]);
  assert.deepEqual(wrong.log, ["close"]);
  assert.deepEqual(right.log, []);
});

Deno.test("fastestPeer() leaves out our own lines and engines on the processor", () => {
  const line = (name: string, milliseconds: number, processor = false) => ({
    name,
    version: "0",
    variant: "",
    processor,
    milliseconds,
    clock: "wall" as const,
    wallMilliseconds: milliseconds,
    gigaflops: 1,
  });
  const lines = [line("lapose", 1), line("native", 2, true), line("slow", 9), line("fast", 5)];
  assert.equal(fastestPeer(lines, "lapose")!.name, "fast");
  assert.equal(fastestPeer(lines.slice(0, 2), "lapose"), null);
});
