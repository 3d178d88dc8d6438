/**
 * One computation, made ready on one engine, that can be repeated and timed: ours or another library's.
 *
 * States the shapes and the timing rule (enqueue many, wait once); knows no engine.
 */

import { timePasses } from "./pass_times.ts";

/** Extents of C[M,N] = A[M,K]·B[K,N]. */
export interface MatmulShape {
  /** Rows of A and C. */
  M: number;
  /** Columns of B and C. */
  N: number;
  /** Columns of A, rows of B. */
  K: number;
}

/** Row-major float32 operands of a matrix product. */
export interface MatmulInputs {
  /** A, [M,K]. */
  a: Float32Array<ArrayBuffer>;
  /** B, [K,N]. */
  b: Float32Array<ArrayBuffer>;
}

/** Extents of softmax(q·kᵀ / √channels)·v for every head. */
export interface AttentionShape {
  /** Number of heads. */
  heads: number;
  /** Queries and keys of each head. */
  tokens: number;
  /** Channels of each head. */
  channels: number;
}

/** Row-major float32 operands of attention, each [heads, tokens, channels]. */
export interface AttentionInputs {
  /** Queries. */
  q: Float32Array<ArrayBuffer>;
  /** Keys. */
  k: Float32Array<ArrayBuffer>;
  /** Values. */
  v: Float32Array<ArrayBuffer>;
}

/** A computation whose data is uploaded and whose shaders are compiled by the first `run`. */
export interface Workload {
  /** What distinguishes this way of computing it, for example `"MatMul, Softmax, MatMul"`. */
  readonly variant: string;
  /** The device that it runs on; null for an engine on the processor. */
  readonly device: GPUDevice | null;
  /**
   * Enqueues the computation `times` times, then waits once until all of it is finished.
   *
   * @param times Repetitions, at least 1.
   */
  run(times: number): Promise<void>;
  /**
   * Computes once and reads the result back.
   *
   * @returns The result, row-major: [M,N] for a product, [heads, tokens, channels] for attention.
   */
  read(): Promise<Float32Array>;
  /** Frees what the workload holds on its engine. */
  close(): Promise<void>;
}

/** Time of one repetition. */
export interface WorkloadTime {
  /** Wall time in milliseconds, with this repetition's share of the one wait. */
  wallMilliseconds: number;
  /** Time inside compute passes in milliseconds; null where no timestamp query is to be had. */
  kernelMilliseconds: number | null;
}

/** How long the threads of an engine on the processor go on spinning after their work, at most, in milliseconds. */
const spinMilliseconds = 100;

/** Waits until nothing of what was measured before takes time from what is measured next. */
export function rest(): Promise<void> {
  return new Promise((done) => setTimeout(done, spinMilliseconds));
}

/**
 * Times a workload, after a {@linkcode rest}: `times` repetitions, one wait.
 *
 * @param workload What to run; run it once before, so that nothing is compiled inside the measurement.
 * @param times Repetitions per wait, at least 1. Every wait costs milliseconds, so small kernels need many.
 * @returns Time of one repetition.
 * @throws {RangeError} If `times` is not a positive integer.
 */
export async function timeWorkload(workload: Workload, times: number): Promise<WorkloadTime> {
  if (!Number.isInteger(times) || times < 1) {
    throw new RangeError(
      `Cannot time ${workload.variant}: ${times} repetitions, expected a positive integer`,
    );
  }
  await rest();
  if (workload.device === null) {
    const start = performance.now();
    await workload.run(times);
    return { wallMilliseconds: (performance.now() - start) / times, kernelMilliseconds: null };
  }
  const { wallMilliseconds, kernelMilliseconds } = await timePasses(
    workload.device,
    () => workload.run(times),
  );
  return {
    wallMilliseconds: wallMilliseconds / times,
    kernelMilliseconds: kernelMilliseconds === null ? null : kernelMilliseconds / times,
  };
}

/**
 * Floating point operations of one matrix product, a multiply-add counted as two.
 *
 * @param shape Extents of the product.
 * @returns 2·M·N·K.
 */
export function matmulOperations(shape: MatmulShape): number {
  return 2 * shape.M * shape.N * shape.K;
}

/**
 * Floating point operations of the two products of attention; the softmax between them is not counted.
 *
 * @param shape Extents of the attention.
 * @returns 4·heads·tokens²·channels.
 */
export function attentionOperations(shape: AttentionShape): number {
  return 4 * shape.heads * shape.tokens ** 2 * shape.channels;
}
