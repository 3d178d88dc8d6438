/** `verify`: both engines on the same seeded input; a user's self-test for a new GPU or driver. */
import { compareModels } from "../estimation/compare_engines.ts";
import { LAPose } from "../estimation/lapose.ts";
import { loadingProgress } from "./load_model.ts";

/** Options of the `verify` command. */
export interface VerifyOptions {
  /** Largest difference that is accepted. */
  bound: number;
  /** Seed of the input. */
  seed: number;
  /** Print one JSON object. */
  json?: boolean | undefined;
  /** No progress. */
  quiet?: boolean | undefined;
}

/**
 * Runs a weights file on WebGPU and on the CPU and prints the largest difference of each output.
 *
 * @param weights The weights file.
 * @param options Bound and seed.
 * @returns Whether every difference is within the bound.
 */
export async function verifyCommand(
  weights: string,
  { bound, seed, json, quiet }: VerifyOptions,
): Promise<boolean> {
  const onProgress = loadingProgress({ quiet });
  await using webgpu = await LAPose.load(weights, { device: "webgpu", onProgress });
  await using cpu = await LAPose.load(weights, { device: "cpu", onProgress });
  const differences = await compareModels(webgpu, cpu, { seed });
  const passed = differences.every(({ difference }) => difference <= bound);
  if (json) {
    console.log(
      JSON.stringify({ weights, devices: [webgpu.device, cpu.device], bound, passed, differences }),
    );
    return passed;
  }
  console.log(`${webgpu.device} against ${cpu.device}, seed ${seed}`);
  for (const { output, shape, difference, magnitude } of differences) {
    const verdict = difference <= bound ? "ok" : `ABOVE ${bound}`;
    console.log(
      `  ${output.padEnd(14)} [${shape.join(", ")}]  largest difference ${difference.toExponential(2)} ` +
        `of ${magnitude.toPrecision(3)}  ${verdict}`,
    );
  }
  console.log(
    passed ? "Both engines agree" : "The engines differ: do not trust this device with these weights",
  );
  return passed;
}
