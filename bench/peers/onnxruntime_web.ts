/** onnxruntime-web with its WebGPU execution provider on Deno's own WebGPU. */

import type { AttentionInputs, AttentionShape, MatmulInputs, MatmulShape, Workload } from "../workload.ts";
import { detachWeights } from "./detached_weights.ts";
import { channelsBeforeTokens, headsFirst, scaleQueries, tokensFirst } from "./layouts.ts";
import { attentionModel, fusedAttentionModel, matmulModel } from "./onnx_models.ts";
import { type ForwardRequest, importPeer, type Peer, pinnedVersion, reasonUnavailable } from "./peer.ts";

interface OrtTensor {
  getData(): Promise<Float32Array>;
  dispose(): void;
}

interface OrtSession {
  run(feeds: Record<string, OrtTensor>): Promise<Record<string, OrtTensor>>;
  release(): Promise<void>;
}

interface OrtWeb {
  env: { wasm: { numThreads: number }; webgpu: { device: Promise<GPUDevice> } };
  InferenceSession: { create(model: Uint8Array, options: Record<string, unknown>): Promise<OrtSession> };
  Tensor: {
    new (type: "float32" | "int32", data: Float32Array | Int32Array, dims: readonly number[]): OrtTensor;
    fromGpuBuffer(buffer: GPUBuffer, options: { dataType: "float32"; dims: number[] }): OrtTensor;
  };
}

/** The WebGPU build of onnxruntime-web. */
export const onnxruntimeWeb: Peer = {
  name: "onnxruntime-web",
  version: pinnedVersion("onnxruntime-web"),
  processor: false,

  available(): Promise<true | string> {
    return reasonUnavailable(async () => {
      // The device is there only after the first session.
      const workload = await open(await load(), {
        variant: "start",
        model: matmulModel({ M: 1, N: 1, K: 1 }, { a: new Float32Array(1), b: new Float32Array(1) }),
        feeds: { a: { dims: [1, 1], data: new Float32Array(1) } },
      });
      await workload.close();
    });
  },

  async matmul(shape: MatmulShape, inputs: MatmulInputs): Promise<Workload[]> {
    const feeds = { a: { dims: [shape.M, shape.K], data: inputs.a } };
    return [await open(await load(), { variant: "MatMul", model: matmulModel(shape, inputs), feeds })];
  },

  async attention(shape: AttentionShape, inputs: AttentionInputs): Promise<Workload[]> {
    const { heads, tokens, channels } = shape;
    const library = await load();
    const dims = [1, heads, tokens, channels];
    const nodes = await open(library, {
      variant: "MatMul, Softmax, MatMul",
      model: attentionModel(shape),
      feeds: {
        q: { dims, data: scaleQueries(inputs.q, shape) },
        k: { dims: [1, heads, channels, tokens], data: channelsBeforeTokens(inputs.k, shape) },
        v: { dims, data: inputs.v },
      },
    });
    const rows = [1, tokens, heads * channels];
    const fused = await open(library, {
      variant: "MultiHeadAttention",
      model: fusedAttentionModel(shape),
      feeds: {
        q: { dims: rows, data: tokensFirst(inputs.q, shape) },
        k: { dims: rows, data: tokensFirst(inputs.k, shape) },
        v: { dims: rows, data: tokensFirst(inputs.v, shape) },
      },
      arrange: (result) => headsFirst(result, shape),
    });
    return [nodes, fused];
  },

  async forward({ path, inputs }: ForwardRequest): Promise<Workload> {
    const library = await load();
    const { model, data, location } = await detachWeights(path);
    const session = await library.InferenceSession.create(model, {
      executionProviders: ["webgpu"],
      externalData: [{ path: location, data }],
      logSeverityLevel: 3, // errors only
    });
    data.buffer.transfer(0); // a gigabyte at base size: not to wait for the collector
    const run = async () => {
      const feeds = Object.entries(inputs).map(([name, { data, shape }]) => {
        const type = data instanceof Int32Array ? "int32" : "float32";
        return [name, new library.Tensor(type, data, shape)];
      });
      return await session.run(Object.fromEntries(feeds));
    };
    return {
      variant: "whole model",
      device: await library.env.webgpu.device,
      async run(times: number): Promise<void> {
        for (let i = 0; i < times; i++) await run();
      },
      async read(): Promise<Float32Array> {
        const { heatmaps } = await run();
        return Float32Array.from(await heatmaps.getData());
      },
      close: () => session.release(),
    };
  },
};

async function load(): Promise<OrtWeb> {
  const library = await importPeer<OrtWeb>("onnxruntime-web", "/webgpu");
  // One thread: more would need shared memory workers, and the arithmetic is on the adapter.
  library.env.wasm.numThreads = 1;
  return library;
}

interface OpenOptions {
  variant: string;
  model: Uint8Array;
  feeds: Record<string, { dims: number[]; data: Float32Array<ArrayBuffer> }>;
  arrange?: (result: Float32Array) => Float32Array;
}

async function open(library: OrtWeb, options: OpenOptions): Promise<Workload> {
  const { variant, model, arrange = (result: Float32Array) => result } = options;
  const session = await library.InferenceSession.create(model, {
    executionProviders: ["webgpu"],
    preferredOutputLocation: "gpu-buffer",
  });
  const device = await library.env.webgpu.device;
  const buffers: GPUBuffer[] = [];
  const feeds: Record<string, OrtTensor> = {};
  for (const [name, { dims, data }] of Object.entries(options.feeds)) {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    // onnxruntime binds whole multiples of 16 bytes.
    const buffer = device.createBuffer({ size: Math.ceil(data.byteLength / 16) * 16, usage });
    device.queue.writeBuffer(buffer, 0, data);
    buffers.push(buffer);
    feeds[name] = library.Tensor.fromGpuBuffer(buffer, { dataType: "float32", dims });
  }
  return {
    variant,
    device,
    async run(times: number): Promise<void> {
      for (let i = 0; i < times; i++) {
        for (const output of Object.values(await session.run(feeds))) output.dispose();
      }
      await device.queue.onSubmittedWorkDone();
    },
    async read(): Promise<Float32Array> {
      const [output] = Object.values(await session.run(feeds));
      const result = await output!.getData();
      const copy = arrange(Float32Array.from(result));
      output!.dispose();
      return copy;
    },
    async close(): Promise<void> {
      await session.release();
      for (const buffer of buffers) buffer.destroy();
    },
  };
}
