/** TensorFlow.js with its WebGPU backend on Deno's own WebGPU. */

import type { AttentionInputs, AttentionShape, MatmulInputs, MatmulShape, Workload } from "../workload.ts";
import { scaleQueries } from "./layouts.ts";
import { importPeer, type Peer, pinnedVersion, reasonUnavailable } from "./peer.ts";

interface TfTensor {
  data(): Promise<Float32Array>;
  dispose(): void;
}

interface TfCore {
  setBackend(name: "webgpu"): Promise<boolean>;
  backend(): { device: GPUDevice; submitQueue(): void };
  env(): { set(flag: string, value: boolean | number): void };
  tensor(values: Float32Array, shape: number[]): TfTensor;
  matMul(a: TfTensor, b: TfTensor, transposeA?: boolean, transposeB?: boolean): TfTensor;
  softmax(logits: TfTensor, axis: number): TfTensor;
  slice(x: TfTensor, begin: number[], size: number[]): TfTensor;
}

/** The WebGPU backend of TensorFlow.js. */
export const tfjs: Peer = {
  name: "tfjs",
  version: pinnedVersion("@tensorflow/tfjs-backend-webgpu"),
  processor: false,

  available(): Promise<true | string> {
    return reasonUnavailable(load);
  },

  async matmul(shape: MatmulShape, inputs: MatmulInputs): Promise<Workload[]> {
    const tf = await load();
    const a = tf.tensor(inputs.a, [shape.M, shape.K]);
    const b = tf.tensor(inputs.b, [shape.K, shape.N]);
    return [workload(tf, { variant: "matMul", held: [a, b], rank: 2, compute: () => tf.matMul(a, b) })];
  },

  async attention(shape: AttentionShape, inputs: AttentionInputs): Promise<Workload[]> {
    const tf = await load();
    const dims = [shape.heads, shape.tokens, shape.channels];
    const q = tf.tensor(scaleQueries(inputs.q, shape), dims);
    const k = tf.tensor(inputs.k, dims);
    const v = tf.tensor(inputs.v, dims);
    const compute = () => {
      const scores = tf.matMul(q, k, false, true);
      const weights = tf.softmax(scores, -1);
      scores.dispose();
      const result = tf.matMul(weights, v);
      weights.dispose();
      return result;
    };
    return [workload(tf, { variant: "matMul, softmax, matMul", held: [q, k, v], rank: 3, compute })];
  },
};

async function load(): Promise<TfCore> {
  const tf = await importPeer<TfCore>("@tensorflow/tfjs-core");
  await importPeer("@tensorflow/tfjs-backend-webgpu");
  // Otherwise small tensors are computed on the processor.
  tf.env().set("WEBGPU_CPU_FORWARD", false);
  if (!await tf.setBackend("webgpu")) {
    throw new Error("Cannot start the WebGPU backend of tfjs: refused, expected true");
  }
  return tf;
}

interface WorkloadOptions {
  variant: string;
  held: TfTensor[];
  rank: number;
  compute: () => TfTensor;
}

function workload(tf: TfCore, { variant, held, rank, compute }: WorkloadOptions): Workload {
  return {
    variant,
    device: tf.backend().device,
    async run(times: number): Promise<void> {
      for (let i = 0; i < times - 1; i++) compute().dispose();
      const last = compute();
      const corner = tf.slice(last, new Array(rank).fill(0), new Array(rank).fill(1));
      await corner.data();
      corner.dispose();
      last.dispose();
    },
    async read(): Promise<Float32Array> {
      const result = compute();
      const values = await result.data();
      result.dispose();
      return values;
    },
    close(): Promise<void> {
      for (const tensor of held) tensor.dispose();
      return Promise.resolve();
    },
  };
}
