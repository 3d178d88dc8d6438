/** Loads a model for a command: with progress, and saying which device it took. */
import type { DeviceChoice } from "../estimation/choose_engine.ts";
import { LAPose } from "../estimation/lapose.ts";
import { note } from "./note.ts";
import { createProgress, type Progress } from "./progress.ts";

/** Options of {@linkcode loadModel}. */
export interface LoadModelOptions {
  /** Where to run. */
  device: DeviceChoice;
  /** How weights and activations are kept in GPU memory. */
  dtype?: "f32" | "f16" | undefined;
  /** False takes the kernels that are expected to be the fastest instead of timing them. */
  tune?: boolean | undefined;
  /** No progress and no notes. */
  quiet?: boolean | undefined;
}

/**
 * Loads a model.
 *
 * @param weights The weights file.
 * @param options Device and silence.
 * @returns The model.
 */
export async function loadModel(
  weights: string,
  { device, dtype = "f32", tune, quiet }: LoadModelOptions,
): Promise<LAPose> {
  const model = await LAPose.load(weights, {
    device,
    dtype,
    ...(tune === false ? { tune } : {}),
    onProgress: loadingProgress({ quiet }),
  });
  note(`running on ${model.device}`, { quiet });
  return model;
}

/**
 * A progress line for weights that load.
 *
 * @param options Silence.
 * @returns What to give to `LAPose.load` as `onProgress`.
 */
export function loadingProgress(
  { quiet }: { quiet?: boolean | undefined } = {},
): (done: number, total: number) => void {
  // Weights are read when the first batch needs them, so the line appears then.
  let progress: Progress | undefined;
  return (done, total) => {
    progress ??= createProgress("Loading weights", { unit: "tensors", total, quiet });
    progress.update(done);
    if (done < total) return;
    progress.finish();
    progress = undefined;
  };
}
