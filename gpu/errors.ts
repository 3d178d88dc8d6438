/** Errors of the GPU room: what callers may want to catch. */

/** No usable WebGPU adapter or device; the message says what to do. */
export class GpuUnavailableError extends Error {
  override name = "GpuUnavailableError";
}

/** WebGPU refused a shader, a pipeline, a binding or an allocation; the message names the operator. */
export class GpuError extends Error {
  override name = "GpuError";
}

/** Something was asked of a model, plan or device after `close()`. */
export class ClosedError extends Error {
  override name = "ClosedError";
}
