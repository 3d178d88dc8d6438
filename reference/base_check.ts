/**
 * Runs a LAPose weights file on the inputs that base_check.py wrote and prints the largest error of every output.
 *
 *     deno run -A reference/base_check.ts WEIGHTS DIRECTORY [DEVICE] [BOUND]
 *
 * DEVICE is "webgpu" (default), "cpu" or "auto"; BOUND is 1e-4. Exit status 1 when an output is further off. The
 * entries of a transport plan are about 1 / (M·N), so theirs is relative to the largest of them.
 */

import { LAPose } from "@lapose/lapose";
import { floats, type Golden, integers, readGolden } from "./read_golden.ts";

/** Which values of an output count: of `text`, the rows of unpadded tokens; of the others, all. */
function counts(golden: Golden, name: string): (index: number) => boolean {
  const mask = golden.inputs.get("attentionMask")?.data;
  const width = golden.expected.get(name)?.shape.at(-1) ?? 1;
  if (name !== "text" || mask === undefined) return () => true;
  return (index) => mask[Math.floor(index / width)] === 1;
}

/** Largest absolute error over the values that count; NaN as soon as one is not a number. */
function largestError(actual: Float32Array, { expected, counted }: {
  expected: Float32Array;
  counted: (index: number) => boolean;
}): number {
  let largest = 0;
  for (let index = 0; index < expected.length; index++) {
    if (!counted(index)) continue;
    const error = Math.abs(actual[index] - expected[index]);
    if (!(error <= largest)) largest = error;
    if (Number.isNaN(error)) return NaN;
  }
  return largest;
}

async function main([weights, directory, device = "webgpu", bound = "1e-4"]: string[]): Promise<boolean> {
  if (weights === undefined || directory === undefined) {
    throw new TypeError("Cannot check: usage is base_check.ts WEIGHTS DIRECTORY [webgpu|cpu|auto] [BOUND]");
  }
  if (device !== "webgpu" && device !== "cpu" && device !== "auto") {
    throw new TypeError(`Cannot check on device ${device}: expected webgpu, cpu or auto`);
  }
  const golden = await readGolden(`${directory}/base_check.safetensors`);
  console.log(`${golden.metadata["source"]}; ${golden.metadata["note"]}`);
  let start = performance.now();
  await using model = await LAPose.load(weights, { device });
  console.log(`loaded in ${((performance.now() - start) / 1000).toFixed(2)} s`);
  const pixels = floats(golden.inputs, "pixels");
  const text = golden.config.language
    ? {
      inputIds: integers(golden.inputs, "inputIds"),
      attentionMask: integers(golden.inputs, "attentionMask"),
    }
    : {};
  start = performance.now();
  const outputs: Partial<Record<string, { data: Float32Array; shape: number[] }>> = {
    ...await model.forward({ pixels, ...text }),
  };
  console.log(
    `forward in ${((performance.now() - start) / 1000).toFixed(2)} s, the first run's compilation included`,
  );

  let right = true;
  for (const [name, { shape }] of golden.expected) {
    const output = outputs[name];
    if (output === undefined || output.shape.join() !== shape.join()) {
      console.log(`${name}: shape [${output?.shape.join(", ") ?? "absent"}], expected [${shape.join(", ")}]`);
      right = false;
      continue;
    }
    const expected = floats(golden.expected, name);
    const error = largestError(output.data, { expected, counted: counts(golden, name) });
    const magnitude = expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
    const limit = Number(bound) * (name === "transportPlan" ? magnitude : 1);
    const within = error <= limit;
    right &&= within;
    console.log(
      `${name} [${shape.join(", ")}]: max error ${error.toExponential(2)} ${within ? "≤" : "exceeds"} ` +
        `${limit.toExponential(1)}, magnitude ${magnitude.toPrecision(3)}`,
    );
  }
  return right;
}

if (import.meta.main) Deno.exit(await main(Deno.args) ? 0 : 1);
