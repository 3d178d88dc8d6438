/** jax-js with its WebGPU backend on Deno's own WebGPU. */

import type { AttentionInputs, AttentionShape, MatmulInputs, MatmulShape, Workload } from "../workload.ts";
import { headsFirst, scaleQueries, tokensFirst } from "./layouts.ts";
import { importPeer, type Peer, pinnedVersion, reasonUnavailable } from "./peer.ts";

/** An array is consumed by the call that takes it; `ref` keeps it for another. */
interface JaxArray {
  readonly ref: JaxArray;
  blockUntilReady(): Promise<JaxArray>;
  data(): Promise<Float32Array>;
  dispose(): void;
}

interface Jax {
  init(device: "webgpu"): Promise<string[]>;
  defaultDevice(device: "webgpu"): string;
  getWebGPUDevice(): GPUDevice;
  jit(compute: (...inputs: JaxArray[]) => JaxArray): (...inputs: JaxArray[]) => JaxArray;
  numpy: {
    array(values: Float32Array, options: { shape: number[] }): JaxArray;
    matmul(a: JaxArray, b: JaxArray): JaxArray;
    swapaxes(x: JaxArray, first: number, second: number): JaxArray;
  };
  nn: {
    softmax(x: JaxArray, axis: number): JaxArray;
    dotProductAttention(q: JaxArray, k: JaxArray, v: JaxArray): JaxArray;
  };
}

/** The WebGPU backend of jax-js. */
export const jaxJs: Peer = {
  name: "jax-js",
  version: pinnedVersion("@jax-js/jax"),
  processor: false,

  available(): Promise<true | string> {
    return reasonUnavailable(load);
  },

  async matmul(shape: MatmulShape, inputs: MatmulInputs): Promise<Workload[]> {
    const jax = await load();
    const a = jax.numpy.array(inputs.a, { shape: [shape.M, shape.K] });
    const b = jax.numpy.array(inputs.b, { shape: [shape.K, shape.N] });
    const compute = jax.jit((a, b) => jax.numpy.matmul(a!, b!));
    return [await workload(jax, { variant: "jit(matmul)", inputs: [a, b], compute })];
  },

  async attention(shape: AttentionShape, inputs: AttentionInputs): Promise<Workload[]> {
    const { heads, tokens, channels } = shape;
    const jax = await load();
    const array = (values: Float32Array, dims: number[]) => jax.numpy.array(values, { shape: dims });
    const dims = [heads, tokens, channels];
    const products = await workload(jax, {
      variant: "jit(matmul, softmax, matmul)",
      inputs: [array(scaleQueries(inputs.q, shape), dims), array(inputs.k, dims), array(inputs.v, dims)],
      compute: jax.jit((q, k, v) => {
        const scores = jax.numpy.matmul(q!, jax.numpy.swapaxes(k!, 1, 2));
        return jax.numpy.matmul(jax.nn.softmax(scores, -1), v!);
      }),
    });
    const rows = [1, tokens, heads, channels];
    const fused = await workload(jax, {
      variant: "jit(dotProductAttention)",
      inputs: [inputs.q, inputs.k, inputs.v].map((values) => array(tokensFirst(values, shape), rows)),
      compute: jax.jit((q, k, v) => jax.nn.dotProductAttention(q!, k!, v!)),
      arrange: (result) => headsFirst(result, shape),
    });
    return [products, fused];
  },
};

async function load(): Promise<Jax> {
  const jax = await importPeer<Jax>("@jax-js/jax");
  if (!(await jax.init("webgpu")).includes("webgpu")) {
    throw new Error("Cannot start the WebGPU backend of jax-js: not among its devices, expected webgpu");
  }
  jax.defaultDevice("webgpu");
  return jax;
}

interface WorkloadOptions {
  variant: string;
  inputs: JaxArray[];
  compute: (...inputs: JaxArray[]) => JaxArray;
  arrange?: (result: Float32Array) => Float32Array;
}

async function workload(jax: Jax, options: WorkloadOptions): Promise<Workload> {
  const { variant, inputs, compute, arrange = (result: Float32Array) => result } = options;
  await Promise.all(inputs.map((input) => input.blockUntilReady()));
  const start = () => compute(...inputs.map((input) => input.ref));
  return {
    variant,
    device: jax.getWebGPUDevice(),
    async run(times: number): Promise<void> {
      // Work is dispatched only for an array that somebody waits for, so all results are kept and waited for together.
      const results = Array.from({ length: times }, start);
      await Promise.all(results.map((result) => result.blockUntilReady()));
      for (const result of results) result.dispose();
    },
    async read(): Promise<Float32Array> {
      return arrange(await start().data());
    },
    close(): Promise<void> {
      for (const input of inputs) input.dispose();
      return Promise.resolve();
    },
  };
}
