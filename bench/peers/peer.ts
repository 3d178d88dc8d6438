/**
 * The shape that every library takes here when it is measured beside ours.
 *
 * A peer is imported only by benches, and its package is fetched only when it is asked for.
 */

import manifest from "../../deno.json" with { type: "json" };
import type { TrainingRequest, TrainingRun } from "../training_request.ts";
import type { AttentionInputs, AttentionShape, MatmulInputs, MatmulShape, Workload } from "../workload.ts";

/** A whole forward pass that another engine shall run. */
export interface ForwardRequest {
  /** Our weights file, an ONNX model. */
  path: string;
  /** Inputs by name; the engine takes them from main memory on every run, as ours does. */
  inputs: Readonly<
    Record<string, { data: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>; shape: readonly number[] }>
  >;
}

/** A library that computes the same things on the same adapter. */
export interface Peer {
  /** Name that stands in the table of figures. */
  readonly name: string;
  /** Version that `deno.json` pins. */
  readonly version: string;
  /** True for an engine on the processor: shown for orientation, kept out of the WebGPU ratios. */
  readonly processor: boolean;
  /**
   * Fetches and starts the library.
   *
   * @returns True, or the reason why it cannot be measured here.
   */
  available(): Promise<true | string>;
  /**
   * Uploads A and B and makes C[M,N] = A[M,K]·B[K,N] ready in float32.
   *
   * @param shape Extents of the product.
   * @param inputs A and B.
   * @returns One workload for each way in which the library computes it.
   */
  matmul(shape: MatmulShape, inputs: MatmulInputs): Promise<Workload[]>;
  /**
   * Uploads q, k and v and makes softmax(q·kᵀ / √channels)·v ready in float32.
   *
   * @param shape Extents of the attention.
   * @param inputs Queries, keys and values, each [heads, tokens, channels].
   * @returns One workload for each way in which the library computes it.
   */
  attention(shape: AttentionShape, inputs: AttentionInputs): Promise<Workload[]>;
  /**
   * Makes a weights file's own graph ready; absent where the library reads no ONNX.
   *
   * @param request File and inputs.
   * @returns A workload whose runs return all outputs to main memory, and whose result are the heatmaps.
   */
  forward?(request: ForwardRequest): Promise<Workload>;
  /**
   * Makes a training step ready; absent where the library has no gradients, or is not the fastest that has them.
   *
   * @param request Model, batch, weights and settings.
   * @returns The training, whose first step may compile.
   */
  train?(request: TrainingRequest): Promise<TrainingRun>;
}

/** A package that `deno.json` pins. */
type PackageName = keyof typeof manifest.imports;

/**
 * Loads a pinned package, only now: the specifier is a value, so that neither checking nor starting the program fetches a hundred
 * megabytes that most runs never use. It is complete (`npm:name@version`), so that it means the same where no import map is read.
 *
 * @param name Name of an npm package among the imports of `deno.json`.
 * @param subpath Entry point within the package, with its leading slash.
 * @returns The module.
 * @throws {TypeError} If the package cannot be fetched or started.
 */
export async function importPeer<Module>(
  name: PackageName,
  subpath: `/${string}` | "" = "",
): Promise<Module> {
  return await import(`npm:${name}@${pinnedVersion(name)}${subpath}`) as Module;
}

/**
 * Returns the version that `deno.json` pins for a package.
 *
 * @param name Name of an npm package among the imports of `deno.json`.
 * @returns For example `"1.30.0"`.
 * @throws {RangeError} If the package is not there.
 */
export function pinnedVersion(name: PackageName): string {
  const pinned = /^npm:.+@(\d[^@]*)$/.exec(manifest.imports[name])?.[1];
  if (pinned === undefined) {
    throw new RangeError(
      `Cannot find the version of ${name}: not pinned in deno.json, expected npm:${name}@x.y.z`,
    );
  }
  return pinned;
}

/**
 * Runs an attempt to start a library and turns its failure into a reason.
 *
 * @param start Fetches and starts the library.
 * @returns True, or the reason why it cannot be measured here.
 */
export async function reasonUnavailable(start: () => Promise<unknown>): Promise<true | string> {
  try {
    await start();
    return true;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
