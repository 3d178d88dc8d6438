/**
 * Every peer computes the right thing. The packages are large (half a gigabyte), so these tests run only when
 * `LAPOSE_TEST_PEERS=1` asks for them; a bench checks the same before it counts a figure.
 */

import assert from "node:assert/strict";
import { randomValues } from "../../../bench/inputs.ts";
import { channelsBeforeTokens, headsFirst, tokensFirst } from "../../../bench/peers/layouts.ts";
import { pinnedVersion } from "../../../bench/peers/peer.ts";
import { peers } from "../../../bench/peers/peers.ts";
import { verifyAttention, verifyMatmul } from "../../../bench/verify.ts";
import { timeWorkload, type Workload } from "../../../bench/workload.ts";

const wanted = Deno.env.get("LAPOSE_TEST_PEERS") === "1";

async function checkAll(workloads: Workload[], verify: (result: Float32Array) => void): Promise<void> {
  assert.ok(workloads.length > 0);
  for (const workload of workloads) {
    verify(await workload.read());
    const time = await timeWorkload(workload, 2);
    assert.ok(time.wallMilliseconds > 0);
    // The engine still computes the right thing after several runs in one wait.
    verify(await workload.read());
    await workload.close();
  }
}

for (const peer of peers) {
  Deno.test({
    name: `${peer.name} computes matrix product and attention (asked for by LAPOSE_TEST_PEERS=1)`,
    ignore: !wanted,
    // The libraries keep their device and their own timers for the life of the process.
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      assert.equal(await peer.available(), true);
      for (const shape of [{ M: 1, N: 5, K: 3 }, { M: 13, N: 67, K: 35 }, { M: 65, N: 128, K: 96 }]) {
        const inputs = {
          a: randomValues(shape.M * shape.K, 1),
          b: randomValues(shape.K * shape.N, 2),
        };
        await checkAll(await peer.matmul(shape, inputs), (result) => verifyMatmul(result, shape, inputs));
      }
      const shape = { heads: 3, tokens: 17, channels: 8 };
      const count = shape.heads * shape.tokens * shape.channels;
      const inputs = { q: randomValues(count, 1), k: randomValues(count, 2), v: randomValues(count, 3) };
      await checkAll(
        await peer.attention(shape, inputs),
        (result) => verifyAttention(result, shape, inputs),
      );
    },
  });
}

Deno.test("pinnedVersion() reads the version of every peer from deno.json", () => {
  assert.match(pinnedVersion("@jax-js/jax"), /^\d+\.\d+\.\d+$/);
  for (const { name, version } of peers) assert.match(version, /^\d+\.\d+\.\d+$/, name);
});

Deno.test("tokensFirst(), headsFirst() and channelsBeforeTokens() move whole axes", () => {
  const shape = { heads: 2, tokens: 3, channels: 2 };
  // Value htc stands at head h, token t, channel c.
  const values = Float32Array.of(0, 1, 10, 11, 20, 21, 100, 101, 110, 111, 120, 121);
  const moved = tokensFirst(values, shape);
  assert.deepEqual([...moved], [0, 1, 100, 101, 10, 11, 110, 111, 20, 21, 120, 121]);
  assert.deepEqual(headsFirst(moved, shape), values);
  assert.deepEqual(
    [...channelsBeforeTokens(values, shape)],
    [0, 10, 20, 1, 11, 21, 100, 110, 120, 101, 111, 121],
  );
});
