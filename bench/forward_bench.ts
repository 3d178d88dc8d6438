/**
 * The whole forward pass: `deno bench -A bench/forward_bench.ts`, or with another configuration
 * `LAPOSE_BENCH_CONFIG=small deno bench -A bench/forward_bench.ts`.
 */
import { openWeights } from "../estimation/weights_file.ts";
import { openDevice } from "../gpu/device.ts";
import { namedConfig } from "../model/config.ts";
import { describeEnvironment, environmentLine } from "./environment.ts";
import { forwardContext, openForwardPlan } from "./forward_plan.ts";
import { writeForwardWeights } from "./forward_weights.ts";
import { verifyForward } from "./verify.ts";

const config = Deno.env.get("LAPOSE_BENCH_CONFIG") ?? "tiny";
const device = await openDevice();
console.log(environmentLine(describeEnvironment(device.device.adapterInfo)));

const folder = await Deno.makeTempDir({ prefix: "lapose-" });
try {
  const path = `${folder}/weights.onnx`;
  await writeForwardWeights(path, namedConfig(config));
  await using weights = await openWeights(path);
  const context = forwardContext(device, weights);
  let expected: Float32Array | undefined;
  // Weights are packed now, so the file is not needed when the passes run.
  for (const software of [false, true]) {
    const traits = { ...device.traits, software };
    const { executor, inputs } = await openForwardPlan(context, { people: 1, tokens: 40, traits });
    const heatmaps = (await executor.run(inputs)).heatmaps as Float32Array;
    if (expected) verifyForward(heatmaps, expected);
    expected = heatmaps;
    Deno.bench({
      name: software ? "kernels for software adapters" : "kernels for hardware adapters",
      group: `forward ${config} B1 F3 N40`,
      baseline: !software,
      n: 10,
      warmup: 1,
      fn: async () => void await executor.run(inputs),
    });
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
