/** Attention at the shape of ViT-B: `deno bench -A bench/attention_bench.ts`. */
import { openDevice } from "../gpu/device.ts";
import { benchGroup } from "./bench_group.ts";
import { describeEnvironment, environmentLine } from "./environment.ts";
import { randomValues } from "./inputs.ts";
import { openNaiveAttention } from "./naive_kernels.ts";
import { openOwnAttention } from "./own_workloads.ts";
import { verifyAttention } from "./verify.ts";

const device = await openDevice();
console.log(environmentLine(describeEnvironment(device.device.adapterInfo)));

const shape = { heads: 12, tokens: 192, channels: 64 };
const { heads, tokens, channels } = shape;
const values = (seed: number) => randomValues(heads * tokens * channels, seed);
const inputs = { q: values(1), k: values(2), v: values(3) };
await benchGroup(`attention B1 M${tokens} D${heads * channels}`, [
  await openNaiveAttention(device.device, shape, inputs),
  await openOwnAttention(device, { shape, inputs, variant: "slice" }),
  await openOwnAttention(device, { shape, inputs, variant: "texture" }),
], (result) => void verifyAttention(result, shape, inputs));
