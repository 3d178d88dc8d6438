import assert from "node:assert/strict";
import { operatorTimes } from "../../bench/operator_times.ts";
import type { DispatchStep, Resource, Step } from "../../gpu/schedule.ts";

function dispatch(...bindings: Resource[]): DispatchStep {
  const shader = { name: "", source: "", constants: {}, unroll: {} } as DispatchStep["shader"];
  return { kind: "dispatch", label: "", shader, bindings, workgroups: [1, 1, 1] };
}

const arena = (bytes: number): Resource => ({ kind: "arena", type: "f32", offset: 0, bytes });
const texture = { kind: "texture" as const, type: "f32" as const, slot: 0, width: 10, height: 5 };

Deno.test("operatorTimes() sums by operator, the longest first, and counts activations only", () => {
  const copy: Step = {
    kind: "copy",
    label: "copy",
    from: { kind: "arena", type: "f32", offset: 0, bytes: 1 },
    fromOffset: 0,
    bytesPerRow: 256,
    to: texture,
    extent: [1, 1],
  };
  const weight: Resource = {
    kind: "parameter",
    key: "w",
    binding: "buffer",
    load: () => Promise.reject(new Error("not to be read")),
  };
  const steps: Step[] = [
    dispatch(arena(1000), arena(1000)),
    copy,
    dispatch(texture, arena(200), weight, { kind: "uniform", data: new ArrayBuffer(16) }),
    dispatch(arena(3000), { kind: "unused" }),
  ];
  const times = [
    { label: "norm of blocks.0", milliseconds: 1 },
    { label: "linear of blocks.0.mlp", milliseconds: 8 },
    { label: "norm of blocks.1", milliseconds: 4 },
  ];
  assert.deepEqual(operatorTimes(times, { steps }), [
    // 10 × 5 texels of 16 bytes and 200 bytes, 1000 bytes in 8 ms
    { name: "linear", milliseconds: 8, dispatches: 1, bytes: 1000, gigabytesPerSecond: 1000 / 8 / 1e6 },
    { name: "norm", milliseconds: 5, dispatches: 2, bytes: 5000, gigabytesPerSecond: 5000 / 5 / 1e6 },
  ]);
});

Deno.test("operatorTimes() gives no rate where the clock saw no time, and refuses a wrong number of times", () => {
  const times = [{ label: "fast", milliseconds: 0 }];
  assert.equal(operatorTimes(times, { steps: [dispatch(arena(4))] })[0].gigabytesPerSecond, null);
  assert.throws(() => operatorTimes(times, { steps: [] }), /1 times, expected 0/);
});
