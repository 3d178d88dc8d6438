/** Steps of a schedule made ready on a device: what each run records. */

/** A dispatch with its pipeline and bind group. */
export interface PreparedDispatch {
  /** Tells it from a copy. */
  readonly kind: "dispatch";
  /** Operator and tensor, named in errors and timings. */
  readonly label: string;
  /** The compiled shader. */
  readonly pipeline: GPUComputePipeline;
  /** Bind group 0. */
  readonly group: GPUBindGroup;
  /** Workgroups along x, y, z. */
  readonly workgroups: readonly [number, number, number];
}

/** A copy of arena rows into a texture. */
export interface PreparedCopy {
  /** Tells it from a dispatch. */
  readonly kind: "copy";
  /** Operator and tensor, named in errors and timings. */
  readonly label: string;
  /** Where the rows are. */
  readonly source: GPUTexelCopyBufferInfo;
  /** Where they go. */
  readonly target: GPUTexelCopyTextureInfo;
  /** Texels to copy: width, height. */
  readonly extent: [number, number];
}

/** Records a dispatch in a pass. */
export function recordDispatch(pass: GPUComputePassEncoder, step: PreparedDispatch): void {
  pass.setPipeline(step.pipeline);
  pass.setBindGroup(0, step.group);
  pass.dispatchWorkgroups(...step.workgroups);
}

/**
 * Submits a dispatch of no workgroups, so that an error scope around it sees what WebGPU checks only when a dispatch is
 * recorded: among others, whether each binding is as large as the shader wants. In a whole plan the message would not
 * say which dispatch it means.
 */
export function rehearse(device: GPUDevice, step: PreparedDispatch): void {
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  recordDispatch(pass, { ...step, workgroups: [0, 0, 0] });
  pass.end();
  // Finished command buffers are submitted: wgpu was seen to panic over one that was dropped.
  device.queue.submit([encoder.finish()]);
}
