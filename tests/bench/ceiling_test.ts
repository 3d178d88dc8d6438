import assert from "node:assert/strict";
import { measureCeiling } from "../../bench/ceiling.ts";
import { describeEnvironment, environmentLine } from "../../bench/environment.ts";
import { multiplyAddCandidates, openMultiplyAdd } from "../../bench/multiply_add.ts";
import { timePasses } from "../../bench/pass_times.ts";
import { openDevice } from "../../gpu/device.ts";

const present = await navigator.gpu?.requestAdapter() != null;

/** Fails the test on a validation error of the device. */
async function withDevice(body: (device: GPUDevice) => Promise<void>): Promise<void> {
  const opened = await openDevice();
  const { device } = opened;
  try {
    device.pushErrorScope("validation");
    await body(device);
    assert.equal((await device.popErrorScope())?.message, undefined);
  } finally {
    opened.close();
  }
}

Deno.test({
  name: "measureCeiling() gives positive finite figures",
  ignore: !present,
  fn: () =>
    withDevice(async (device) => {
      const ceiling = await measureCeiling(device, { rounds: 1 });
      for (const [name, value] of Object.entries(ceiling)) {
        assert.ok(value > 0 && Number.isFinite(value), `${name} ${value}`);
      }
      await assert.rejects(measureCeiling(device, { rounds: 0 }), /0 rounds/);
    }),
});

for (const candidate of multiplyAddCandidates) {
  const { width, chains } = candidate;
  Deno.test({
    name: `openMultiplyAdd() does every operation that it counts, ${chains} chains of width ${width}`,
    ignore: !present,
    fn: () =>
      withDevice(async (device) => {
        const { workload, operations } = await openMultiplyAdd(device, [candidate]);
        const result = await workload.read();
        // Each multiply-add adds 1 to what its invocation writes; sums beyond 2^24 are rounded.
        const expected = operations / 2 / result.length;
        const wrong = result.findIndex((value) => !(Math.abs(value - expected) <= expected * 1e-6));
        assert.equal(wrong, -1, `invocation ${wrong}: ${result[wrong]}, expected ${expected}`);
        assert.ok(Number.isInteger(expected / chains), `${expected}`);
        await workload.close();
      }),
  });
}

Deno.test({
  name: "timePasses() counts every pass recorded meanwhile and leaves the device as it was",
  ignore: !present,
  fn: () =>
    withDevice(async (device) => {
      const { workload } = await openMultiplyAdd(device);
      const { passes, kernelMilliseconds, wallMilliseconds } = await timePasses(device, async () => {
        await workload.run(1);
        await workload.run(3);
      });
      assert.ok(!Object.hasOwn(device, "createCommandEncoder"));
      if (device.features.has("timestamp-query")) {
        assert.equal(passes.length, 2);
        assert.equal(kernelMilliseconds, passes[0]! + passes[1]!);
        assert.ok(kernelMilliseconds > 0 && kernelMilliseconds <= wallMilliseconds);
        // The second pass does the work of the first three times; the machine may be busy, so only the order is certain.
        assert.ok(passes[1]! > passes[0]!, `${passes}`);
      } else {
        assert.equal(kernelMilliseconds, null);
      }
      await workload.close();
    }),
});

Deno.test({
  name: "timePasses() leaves the device as it was when the body throws",
  ignore: !present,
  fn: () =>
    withDevice(async (device) => {
      await assert.rejects(timePasses(device, () => Promise.reject(new Error("stop"))), /stop/);
      assert.ok(!Object.hasOwn(device, "createCommandEncoder"));
    }),
});

Deno.test({
  name: "environmentLine() names adapter, Deno and system on one line",
  ignore: !present,
  fn: () =>
    withDevice((device) => {
      const line = environmentLine(describeEnvironment(device.adapterInfo));
      assert.ok(!line.includes("\n"));
      assert.ok(line.includes(`Deno ${Deno.version.deno}`), line);
      return Promise.resolve();
    }),
});
