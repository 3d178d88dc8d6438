import { randomValues } from "../../bench/inputs.ts";
import { openNaiveAttention, openNaiveMatmul } from "../../bench/naive_kernels.ts";
import { verifyAttention, verifyMatmul } from "../../bench/verify.ts";
import { testDevice } from "../support/device.ts";

const present = await navigator.gpu?.requestAdapter() != null;

Deno.test({
  name: "openNaiveMatmul() computes products of any extent",
  ignore: !present,
  sanitizeResources: false,
  async fn() {
    const { device: { device } } = await testDevice();
    for (const shape of [{ M: 1, N: 1, K: 1 }, { M: 7, N: 65, K: 13 }, { M: 3, N: 63, K: 64 }]) {
      const inputs = { a: randomValues(shape.M * shape.K, 1), b: randomValues(shape.K * shape.N, 2) };
      const workload = await openNaiveMatmul(device, shape, inputs);
      await workload.run(2);
      verifyMatmul(await workload.read(), shape, inputs);
      await workload.close();
    }
  },
});

Deno.test({
  name: "openNaiveAttention() computes attention of any extent",
  ignore: !present,
  sanitizeResources: false,
  async fn() {
    const { device: { device } } = await testDevice();
    for (const [heads, tokens, channels] of [[1, 1, 1], [2, 65, 5], [3, 63, 8]]) {
      const shape = { heads, tokens, channels };
      const values = (seed: number) => randomValues(heads * tokens * channels, seed).map((x) => 4 * x);
      const inputs = { q: values(1), k: values(2), v: values(3) };
      const workload = await openNaiveAttention(device, shape, inputs);
      await workload.run(2);
      verifyAttention(await workload.read(), shape, inputs);
      await workload.close();
    }
  },
});
