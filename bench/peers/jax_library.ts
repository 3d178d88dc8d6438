/** The parts of jax-js that the benches use, and its start on WebGPU. */
import { importPeer } from "./peer.ts";

/** An array, also while it is traced. It is consumed by the call that takes it; `ref` keeps it for another. */
export interface JaxArray {
  /** The same array, held once more. */
  readonly ref: JaxArray;
  /** Extents. */
  readonly shape: number[];
  /** Sum. */
  add(other: JaxArray | number): JaxArray;
  /** Difference. */
  sub(other: JaxArray | number): JaxArray;
  /** Product, element by element. */
  mul(other: JaxArray | number): JaxArray;
  /** Quotient. */
  div(other: JaxArray | number): JaxArray;
  /** The same elements under other extents. */
  reshape(shape: readonly number[]): JaxArray;
  /** Waits until it is computed; consumes nothing. */
  blockUntilReady(): Promise<JaxArray>;
  /** Elements in main memory. */
  data(): Promise<Float32Array>;
  /** Lets it go. */
  dispose(): void;
}

/** Arrays by name. */
export type JaxArrays = Record<string, JaxArray>;

/** The library. */
export interface Jax {
  /** Starts a backend. */
  init(device: "webgpu"): Promise<string[]>;
  /** Chooses it. */
  defaultDevice(device: "webgpu"): string;
  /** The device that it opened. */
  getWebGPUDevice(): GPUDevice;
  /** Compiles and fuses at the first call. */
  jit<Inputs extends unknown[], Result>(
    compute: (...inputs: Inputs) => Result,
  ): ((...inputs: Inputs) => Result) & { dispose(): void };
  /** The value and its gradient by the first argument. */
  valueAndGrad<First, Rest extends unknown[]>(
    compute: (first: First, ...rest: Rest) => JaxArray,
  ): (first: First, ...rest: Rest) => [value: JaxArray, gradient: First];
  /** Waits for all arrays inside. */
  blockUntilReady(tree: unknown): Promise<unknown>;
  /** Arrays. */
  numpy: {
    array(values: Float32Array, options: { shape: readonly number[] }): JaxArray;
    zeros(shape: readonly number[]): JaxArray;
    matmul(a: JaxArray, b: JaxArray): JaxArray;
    swapaxes(x: JaxArray, first: number, second: number): JaxArray;
    transpose(x: JaxArray, axes?: readonly number[]): JaxArray;
    split(x: JaxArray, parts: number, axis: number): JaxArray[];
    mean(x: JaxArray, axes: readonly number[], options: { keepdims: boolean }): JaxArray;
    sum(x: JaxArray): JaxArray;
    square(x: JaxArray): JaxArray;
    sqrt(x: JaxArray): JaxArray;
    reciprocal(x: JaxArray): JaxArray;
    minimum(x: JaxArray, y: number): JaxArray;
  };
  /** Layers. */
  nn: {
    softmax(x: JaxArray, axis: number): JaxArray;
    gelu(x: JaxArray, options: { approximate: boolean }): JaxArray;
    relu(x: JaxArray): JaxArray;
    dotProductAttention(q: JaxArray, k: JaxArray, v: JaxArray): JaxArray;
  };
  /** Convolutions over `[N, C, …]`. */
  lax: {
    conv(x: JaxArray, kernel: JaxArray, strides: number[], padding: [number, number][]): JaxArray;
    convTranspose(
      x: JaxArray,
      kernel: JaxArray,
      strides: number[],
      padding: [number, number][],
      options: { transposeKernel: boolean },
    ): JaxArray;
  };
}

/**
 * Loads jax-js and starts its WebGPU backend.
 *
 * @returns The library.
 * @throws {Error} When it has no WebGPU here.
 */
export async function loadJax(): Promise<Jax> {
  const jax = await importPeer<Jax>("@jax-js/jax");
  if (!(await jax.init("webgpu")).includes("webgpu")) {
    throw new Error("Cannot start the WebGPU backend of jax-js: not among its devices, expected webgpu");
  }
  jax.defaultDevice("webgpu");
  return jax;
}
