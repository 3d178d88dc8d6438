/** onnxruntime-node: native kernels on the processor, for orientation. */

import type { AttentionInputs, AttentionShape, MatmulInputs, MatmulShape, Workload } from "../workload.ts";
import { channelsBeforeTokens, scaleQueries } from "./layouts.ts";
import { attentionModel, matmulModel } from "./onnx_models.ts";
import { type ForwardRequest, importPeer, type Peer, pinnedVersion, reasonUnavailable } from "./peer.ts";

interface OrtTensor {
  readonly data: Float32Array;
}

interface OrtSession {
  run(feeds: Record<string, OrtTensor>): Promise<Record<string, OrtTensor>>;
  release(): Promise<void>;
}

interface OrtNode {
  InferenceSession: { create(model: Uint8Array | string): Promise<OrtSession> };
  Tensor: new (
    type: "float32" | "int32",
    data: Float32Array | Int32Array,
    dims: readonly number[],
  ) => OrtTensor;
}

/** The native build of onnxruntime on the processor. */
export const onnxruntimeNode: Peer = {
  name: "onnxruntime-node (CPU)",
  version: pinnedVersion("onnxruntime-node"),
  processor: true,

  available(): Promise<true | string> {
    return reasonUnavailable(load);
  },

  async matmul(shape: MatmulShape, inputs: MatmulInputs): Promise<Workload[]> {
    const library = await load();
    const session = await library.InferenceSession.create(matmulModel(shape, inputs));
    const feeds = { a: new library.Tensor("float32", inputs.a, [shape.M, shape.K]) };
    return [workload("MatMul", session, feeds)];
  },

  async attention(shape: AttentionShape, inputs: AttentionInputs): Promise<Workload[]> {
    const { heads, tokens, channels } = shape;
    const library = await load();
    const session = await library.InferenceSession.create(attentionModel(shape));
    const dims = [1, heads, tokens, channels];
    const keys = channelsBeforeTokens(inputs.k, shape);
    const feeds = {
      q: new library.Tensor("float32", scaleQueries(inputs.q, shape), dims),
      k: new library.Tensor("float32", keys, [1, heads, channels, tokens]),
      v: new library.Tensor("float32", inputs.v, dims),
    };
    return [workload("MatMul, Softmax, MatMul", session, feeds)];
  },

  async forward({ path, inputs }: ForwardRequest): Promise<Workload> {
    const library = await load();
    const session = await library.InferenceSession.create(path);
    const feeds = Object.entries(inputs).map(([name, { data, shape }]) => {
      const type = data instanceof Int32Array ? "int32" : "float32";
      return [name, new library.Tensor(type, data, shape)];
    });
    return workload("whole model", session, Object.fromEntries(feeds));
  },
};

async function load(): Promise<OrtNode> {
  // Read once, when the library starts: otherwise its builds for Linux report usage over the network.
  if (!Deno.env.has("ORT_DISABLE_TELEMETRY")) Deno.env.set("ORT_DISABLE_TELEMETRY", "1");
  const module = await importPeer<OrtNode & { default?: OrtNode }>("onnxruntime-node");
  return module.default ?? module;
}

function workload(variant: string, session: OrtSession, feeds: Record<string, OrtTensor>): Workload {
  return {
    variant,
    device: null,
    async run(times: number): Promise<void> {
      for (let i = 0; i < times; i++) await session.run(feeds);
    },
    async read(): Promise<Float32Array> {
      const [output] = Object.values(await session.run(feeds));
      return output!.data;
    },
    close: () => session.release(),
  };
}
