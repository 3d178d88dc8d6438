/** Errors of the GPU room: what callers may want to catch. */

/** No usable WebGPU adapter or device; the message says what to do. */
export class GpuUnavailableError extends Error {
  /** Name of the class, shown before the message. */
  override name = "GpuUnavailableError";
}

/** WebGPU refused a shader, a pipeline, a binding or an allocation; the message names the operator. */
export class GpuError extends Error {
  /** Name of the class, shown before the message. */
  override name = "GpuError";
}

/** Something was asked of a model, plan or device after `close()`. */
export class ClosedError extends Error {
  /** Name of the class, shown before the message. */
  override name = "ClosedError";
}
