/** Linear layers at shapes of ViT-B: `deno bench -A bench/linear_bench.ts`. */
import { openDevice } from "../gpu/device.ts";
import { benchGroup } from "./bench_group.ts";
import { describeEnvironment, environmentLine } from "./environment.ts";
import { randomValues } from "./inputs.ts";
import { openNaiveMatmul } from "./naive_kernels.ts";
import { openOwnMatmul } from "./own_workloads.ts";
import { verifyMatmul } from "./verify.ts";

const device = await openDevice();
console.log(environmentLine(describeEnvironment(device.device.adapterInfo)));

for (const shape of [{ M: 192, N: 768, K: 768 }, { M: 40, N: 768, K: 768 }]) {
  const { M, N, K } = shape;
  const inputs = { a: randomValues(M * K, 1), b: randomValues(K * N, 2) };
  await benchGroup(`linear M${M} N${N} K${K}`, [
    await openNaiveMatmul(device.device, shape, inputs),
    await openOwnMatmul(device, { shape, inputs, variant: "tile" }),
    await openOwnMatmul(device, { shape, inputs, variant: "texture" }),
  ], (result) => void verifyMatmul(result, shape, inputs));
}
