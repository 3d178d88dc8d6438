/** jax-js with its WebGPU backend on Deno's own WebGPU. */

import type { AttentionInputs, AttentionShape, MatmulInputs, MatmulShape, Workload } from "../workload.ts";
import type { TrainingRequest, TrainingRun } from "../training_request.ts";
import { openJaxTraining } from "./jax_js_training.ts";
import { type Jax, type JaxArray, loadJax } from "./jax_library.ts";
import { headsFirst, scaleQueries, tokensFirst } from "./layouts.ts";
import { type Peer, pinnedVersion, reasonUnavailable } from "./peer.ts";

/** The WebGPU backend of jax-js. */
export const jaxJs: Peer = {
  name: "jax-js",
  version: pinnedVersion("@jax-js/jax"),
  processor: false,

  available(): Promise<true | string> {
    return reasonUnavailable(loadJax);
  },

  async matmul(shape: MatmulShape, inputs: MatmulInputs): Promise<Workload[]> {
    const jax = await loadJax();
    const a = jax.numpy.array(inputs.a, { shape: [shape.M, shape.K] });
    const b = jax.numpy.array(inputs.b, { shape: [shape.K, shape.N] });
    const compute = jax.jit((a: JaxArray, b: JaxArray) => jax.numpy.matmul(a, b));
    return [await workload(jax, { variant: "jit(matmul)", inputs: [a, b], compute })];
  },

  async attention(shape: AttentionShape, inputs: AttentionInputs): Promise<Workload[]> {
    const { heads, tokens, channels } = shape;
    const jax = await loadJax();
    const array = (values: Float32Array, dims: number[]) => jax.numpy.array(values, { shape: dims });
    const dims = [heads, tokens, channels];
    const products = await workload(jax, {
      variant: "jit(matmul, softmax, matmul)",
      inputs: [array(scaleQueries(inputs.q, shape), dims), array(inputs.k, dims), array(inputs.v, dims)],
      compute: jax.jit((q: JaxArray, k: JaxArray, v: JaxArray) => {
        const scores = jax.numpy.matmul(q, jax.numpy.swapaxes(k, 1, 2));
        return jax.numpy.matmul(jax.nn.softmax(scores, -1), v);
      }),
    });
    const rows = [1, tokens, heads, channels];
    const fused = await workload(jax, {
      variant: "jit(dotProductAttention)",
      inputs: [inputs.q, inputs.k, inputs.v].map((values) => array(tokensFirst(values, shape), rows)),
      compute: jax.jit((q: JaxArray, k: JaxArray, v: JaxArray) => jax.nn.dotProductAttention(q, k, v)),
      arrange: (result) => headsFirst(result, shape),
    });
    return [products, fused];
  },

  async train(request: TrainingRequest): Promise<TrainingRun> {
    return openJaxTraining(await loadJax(), request);
  },
};

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
