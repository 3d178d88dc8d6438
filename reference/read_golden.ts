/**
 * Reads the golden files that the scripts of this folder write (.safetensors: weights, inputs, expected values).
 *
 * Shares no code with the package's own safetensors reader, so that a test of the one does not lean on the other.
 */

import type { LaposeConfig } from "../model/config.ts";

/** A tensor of a golden file. */
export interface GoldenTensor {
  /** Values in row-major order: floats, or token ids and masks. */
  data: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>;
  /** Extents; `[]` for a scalar. */
  shape: number[];
}

/** A golden file, its tensors sorted by prefix; the keys carry no prefix. */
export interface Golden {
  /** Configuration of the model. */
  config: LaposeConfig;
  /** Everything in the header's metadata: case, source, note and more. */
  metadata: Record<string, string>;
  /** Weights by canonical name. */
  weights: Map<string, GoldenTensor>;
  /** Inputs: pixels, inputIds, attentionMask and more. */
  inputs: Map<string, GoldenTensor>;
  /** Expected values: heatmaps, visual, text, transportPlan, transportCost and more. */
  expected: Map<string, GoldenTensor>;
  /** Gradients by the canonical name of the weight. */
  gradients: Map<string, GoldenTensor>;
}

interface HeaderEntry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

/**
 * Reads a golden file whole.
 *
 * @param path Path or URL of the .safetensors file.
 * @returns Its configuration and tensors.
 * @throws TypeError when a tensor is neither float32 nor int32.
 */
export async function readGolden(path: string | URL): Promise<Golden> {
  const bytes = await Deno.readFile(path);
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const header: Record<string, unknown> = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  const metadata = header["__metadata__"] as Record<string, string>;
  const groups: Record<string, Map<string, GoldenTensor>> = {
    weights: new Map(),
    input: new Map(),
    expected: new Map(),
    gradient: new Map(),
  };
  for (const [name, value] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    const { dtype, shape, data_offsets: [start, end] } = value as HeaderEntry;
    const buffer = bytes.slice(8 + length + start, 8 + length + end).buffer;
    if (dtype !== "F32" && dtype !== "I32") {
      throw new TypeError(`Cannot read ${name} of ${path}: type ${dtype}, expected F32 or I32`);
    }
    const data = dtype === "F32" ? new Float32Array(buffer) : new Int32Array(buffer);
    const [, prefix, rest] = /^(input|expected|gradient)\.(.*)$/s.exec(name) ?? [name, "weights", name];
    groups[prefix].set(rest, { data, shape });
  }
  return {
    config: JSON.parse(metadata["config"]),
    metadata,
    weights: groups["weights"],
    inputs: groups["input"],
    expected: groups["expected"],
    gradients: groups["gradient"],
  };
}

/**
 * The float values of a tensor of a golden file.
 *
 * @param tensors One of the groups of a golden file.
 * @param name Key in the group.
 * @returns Values in row-major order.
 * @throws TypeError when the group has no such tensor or it holds integers.
 */
export function floats(tensors: Map<string, GoldenTensor>, name: string): Float32Array<ArrayBuffer> {
  const data = tensors.get(name)?.data;
  if (data instanceof Float32Array) return data;
  throw new TypeError(`Cannot take floats from ${name}: ${data === undefined ? "absent" : "integers"}`);
}

/**
 * The integer values (token ids, masks) of a tensor of a golden file.
 *
 * @param tensors One of the groups of a golden file.
 * @param name Key in the group.
 * @returns Values in row-major order.
 * @throws TypeError when the group has no such tensor or it holds floats.
 */
export function integers(tensors: Map<string, GoldenTensor>, name: string): Int32Array<ArrayBuffer> {
  const data = tensors.get(name)?.data;
  if (data instanceof Int32Array) return data;
  throw new TypeError(`Cannot take integers from ${name}: ${data === undefined ? "absent" : "floats"}`);
}
