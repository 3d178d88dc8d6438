import assert from "node:assert/strict";
import type { Comparison } from "../../bench/compare.ts";
import { ceilingName } from "../../bench/kernel_contests.ts";
import { ownName } from "../../bench/own_workloads.ts";
import { type MeasuredParts, ratiosOf } from "../../bench/ratios.ts";

function line(name: string, milliseconds: number, processor = false): Comparison {
  return {
    name,
    version: "0",
    variant: "",
    processor,
    milliseconds,
    clock: "timestamp",
    wallMilliseconds: milliseconds,
    gigaflops: 100 / milliseconds,
  };
}

function parts(): MeasuredParts {
  return {
    matmul: [
      line(ownName, 4),
      line(ownName, 2),
      line(ceilingName, 1, true),
      line("slow", 30),
      line("fast", 10),
    ],
    attention: [line(ownName, 3), line("fast", 12), line("native", 1, true)],
    forward: {
      wallMilliseconds: 200,
      gpuMilliseconds: 190,
      hostMilliseconds: 10,
      operators: [{
        name: "layer_norm",
        milliseconds: 1,
        dispatches: 1,
        bytes: 3e6,
        gigabytesPerSecond: 3,
      }],
      allocations: { calls: {}, objects: 0, bytes: 0 },
      arenaBytes: 110,
      liveBytes: 100,
      activationBytes: 120,
      weightBytes: 5,
      rivals: [
        { name: "onnxruntime-web", version: "0", processor: false, milliseconds: 1400 },
        { name: "onnxruntime-node (CPU)", version: "0", processor: true, milliseconds: 50 },
      ],
      refused: [],
    },
    coldStart: {
      stages: {
        device: 0,
        plan: 0,
        read: 0,
        pack: 0,
        upload: 0,
        compile: 0,
        allocate: 0,
        firstResult: 0,
      },
      totalMilliseconds: 900,
      copyMilliseconds: 600,
    },
    people: {
      figures: [
        { people: 1, wallMilliseconds: 200, millisecondsPerPerson: 200, activationBytes: 1 },
        { people: 4, wallMilliseconds: 600, millisecondsPerPerson: 150, activationBytes: 4 },
      ],
      refused: [],
    },
    training: {
      batch: 16,
      wallMilliseconds: 400,
      forwardMilliseconds: 100,
      backwardMilliseconds: 220,
      operators: [],
      allocations: { calls: {}, objects: 0, bytes: 0 },
      memory: { arena: 1, textures: 1, state: 1 },
      steps: [],
      rivals: [
        { name: "native", version: "0", processor: true, milliseconds: 100 },
        { name: "slow", version: "0", processor: false, milliseconds: 3000 },
        { name: "fast", version: "0", processor: false, milliseconds: 2000 },
      ],
      refused: [],
    },
    ceiling: { multiplyAdd: 100, shaderCopy: 4, bufferCopy: 20, emptyWait: 11 },
  };
}

Deno.test("ratiosOf() divides our fastest line by peers, ceiling and rivals", () => {
  assert.deepEqual(ratiosOf(parts()), {
    matmul_vs_best_peer: 5, // 10 ms by our 2 ms
    matmul_share_of_fma_ceiling: 0.5, // 50 GFLOP/s of 100
    attention_vs_best_peer: 4, // 12 ms by 3 ms; the processor is no peer
    forward_host_share: 0.05, // 10 ms of 200
    arena_vs_live: 1.1,
    forward_vs_onnxruntime_web: 7, // 1400 ms by 200 ms
    forward_vs_onnxruntime_cpu: 0.25, // 50 ms by 200 ms
    allocations_per_run: 0,
    copy_bandwidth_share: 0.75, // 3 of 4 GB/s
    cold_start_vs_copy: 1.5,
    per_person_most_vs_one: 0.75, // 150 ms by 200 ms
    training_vs_best_peer: 5, // 2000 ms by 400 ms; the processor is no peer
    training_backward_vs_forward: 2.2, // 220 ms by 100 ms
    training_objects_per_step: 0,
  });
});

Deno.test("ratiosOf() gives null for what was not measured", () => {
  const measured = parts();
  const { forward } = measured;
  const ratios = ratiosOf({
    ...measured,
    matmul: measured.matmul.slice(0, 3),
    attention: measured.attention.slice(0, 1),
    forward: { ...forward, gpuMilliseconds: null, hostMilliseconds: null, operators: [], rivals: [] },
    people: null,
    training: null,
  });
  const alone = { ...measured.training!, rivals: [], forwardMilliseconds: null, backwardMilliseconds: null };
  const own = ratiosOf({ ...measured, training: alone });
  const missing = Object.keys(ratios).filter((name) => ratios[name] === null);
  assert.deepEqual(missing.sort(), [
    "attention_vs_best_peer",
    "copy_bandwidth_share",
    "forward_host_share",
    "forward_vs_onnxruntime_cpu",
    "forward_vs_onnxruntime_web",
    "matmul_vs_best_peer",
    "per_person_most_vs_one",
    "training_backward_vs_forward",
    "training_objects_per_step",
    "training_vs_best_peer",
  ]);
  assert.deepEqual(
    [own.training_backward_vs_forward, own.training_objects_per_step, own.training_vs_best_peer],
    [null, 0, null],
  );
});
