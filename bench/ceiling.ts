/**
 * What the adapter can do at best: multiply-adds in registers, bytes copied, and what one wait costs.
 *
 * Measures the adapter alone; knows nothing of our kernels.
 */

import { openMultiplyAdd } from "./multiply_add.ts";
import { median, rate } from "./statistics.ts";
import { timePasses } from "./pass_times.ts";
import { timeWorkload } from "./workload.ts";

/** The adapter's best figures. */
export interface Ceiling {
  /** Multiply-adds on registers alone, in GFLOP/s (one multiply-add is two operations). */
  multiplyAdd: number;
  /** A shader that copies vec4 by vec4, in GB/s, bytes read and bytes written added. */
  shaderCopy: number;
  /** `copyBufferToBuffer`, in GB/s, bytes read and bytes written added. */
  bufferCopy: number;
  /** Time of a wait for an empty queue, in milliseconds. */
  emptyWait: number;
}

/** Options of `measureCeiling`. */
export interface CeilingOptions {
  /**
   * Measured repetitions of each figure; a ceiling is the fastest of them, the wait their median.
   *
   * @default {5}
   */
  rounds?: number;
}

/** Bytes of the buffers that are copied: far above every cache. */
const COPY_BYTES = 64 * 2 ** 20;

/** Copies per wait, because the wait is subtracted from them. */
const COPIES_PER_WAIT = 8;

/**
 * Measures the multiply-add ceiling, the copy bandwidth and the cost of a wait.
 *
 * @param device Any device; kernel times come from timestamps where it has `timestamp-query`, else from the wall time minus the empty
 *   wait.
 * @param options Number of rounds.
 * @returns The four figures.
 * @throws {RangeError} If `rounds` is not a positive integer.
 */
export async function measureCeiling(device: GPUDevice, options: CeilingOptions = {}): Promise<Ceiling> {
  const { rounds = 5 } = options;
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new RangeError(`Cannot measure the ceiling: ${rounds} rounds, expected a positive integer`);
  }
  const emptyWait = await measureEmptyWait(device, rounds);
  const context = { device, rounds, emptyWait };
  const multiplyAdd = await measureMultiplyAdd(context);
  const { shaderCopy, bufferCopy } = await measureCopies(context);
  return { multiplyAdd, shaderCopy, bufferCopy, emptyWait };
}

interface Context {
  device: GPUDevice;
  rounds: number;
  emptyWait: number;
}

async function measureEmptyWait(device: GPUDevice, rounds: number): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i <= rounds; i++) {
    const start = performance.now();
    device.queue.submit([]);
    await device.queue.onSubmittedWorkDone();
    if (i > 0) times.push(performance.now() - start);
  }
  return median(times);
}

/** Wall time without the wait; a copy can be too short to show above it. */
function withoutWait(wallMilliseconds: number, emptyWait: number): number {
  return Math.max(wallMilliseconds - emptyWait, Number.EPSILON);
}

async function measureMultiplyAdd({ device, rounds, emptyWait }: Context): Promise<number> {
  const { workload, operations } = await openMultiplyAdd(device);
  try {
    let fastest = Infinity;
    for (let round = 0; round < rounds; round++) {
      const time = await timeWorkload(workload, COPIES_PER_WAIT);
      const wall = withoutWait(time.wallMilliseconds, emptyWait / COPIES_PER_WAIT);
      fastest = Math.min(fastest, time.kernelMilliseconds ?? wall);
    }
    return rate(operations, fastest);
  } finally {
    await workload.close();
  }
}

const COPY_SHADER = `
@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  y[i] = x[i];
}`;

async function measureCopies(
  { device, rounds, emptyWait }: Context,
): Promise<{ shaderCopy: number; bufferCopy: number }> {
  const bytes = Math.min(COPY_BYTES, device.limits.maxStorageBufferBindingSize, device.limits.maxBufferSize);
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const x = device.createBuffer({ size: bytes, usage });
  const y = device.createBuffer({ size: bytes, usage });
  const time = async (record: (encoder: GPUCommandEncoder) => void): Promise<number> => {
    const { kernelMilliseconds, wallMilliseconds } = await timePasses(device, async () => {
      const encoder = device.createCommandEncoder();
      for (let i = 0; i < COPIES_PER_WAIT; i++) record(encoder);
      device.queue.submit([encoder.finish()]);
      await device.queue.onSubmittedWorkDone();
    });
    // A buffer copy is no compute pass, so it has no timestamps even where the device could give them.
    return (kernelMilliseconds ?? withoutWait(wallMilliseconds, emptyWait)) / COPIES_PER_WAIT;
  };
  try {
    const module = device.createShaderModule({ code: COPY_SHADER });
    const pipeline = await device.createComputePipelineAsync({
      layout: "auto",
      compute: { module, entryPoint: "main" },
    });
    const entries = [x, y].map((buffer, binding) => ({ binding, resource: { buffer } }));
    const bindGroup = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
    const shader: number[] = [], buffer: number[] = [];
    for (let round = 0; round <= rounds; round++) {
      const shaderTime = await time((encoder) => {
        const pass = encoder.beginComputePass();
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, bindGroup);
        pass.dispatchWorkgroups(1024, bytes / 16 / 64 / 1024);
        pass.end();
      });
      const bufferTime = await time((encoder) => encoder.copyBufferToBuffer(x, 0, y, 0, bytes));
      if (round === 0) continue;
      shader.push(shaderTime);
      buffer.push(bufferTime);
    }
    return {
      shaderCopy: rate(2 * bytes, Math.min(...shader)),
      bufferCopy: rate(2 * bytes, Math.min(...buffer)),
    };
  } finally {
    x.destroy();
    y.destroy();
  }
}
