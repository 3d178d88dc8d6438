/**
 * Our own kernels as workloads: the same products as the peers', operands where the model keeps them.
 *
 * Timed are the kernels and the copies they need into textures; layout changes at the ends of a test are not.
 */
import type { GpuDevice } from "../gpu/device.ts";
import { type Elements, Executor, type InputValues } from "../gpu/executor.ts";
import { ParameterStore } from "../gpu/parameters.ts";
import { PipelineCache } from "../gpu/pipelines.ts";
import type { StoredType } from "../gpu/shader.ts";
import { Graph } from "../graph/graph.ts";
import { planGraph } from "../graph/plan.ts";
import type { Tensor } from "../graph/tensor.ts";
import { attention, type AttentionVariant } from "../kernels/attention/attention.ts";
import { linear } from "../kernels/linear/linear.ts";
import { packBlocked, type ProductVariant } from "../kernels/linear/product.ts";
import { rearrange } from "../kernels/rearrange/rearrange.ts";
import { slice } from "../kernels/rearrange/slice.ts";
import type { AttentionInputs, AttentionShape, MatmulInputs, MatmulShape, Workload } from "./workload.ts";

/** Name under which our lines stand. */
export const ownName = "lapose";

/** Our product in one variant: x blocked, weights packed. */
export async function openOwnMatmul(
  device: GpuDevice,
  { shape: { M, N, K }, inputs, variant, dtype = "f32" }: {
    shape: MatmulShape;
    inputs: MatmulInputs;
    variant: ProductVariant;
    dtype?: StoredType;
  },
): Promise<Workload> {
  const weight = new Float32Array(N * K); // [columns, depth], as linear layers are stored
  for (let k = 0; k < K; k++) for (let n = 0; n < N; n++) weight[n * K + k] = inputs.b[k * N + n];
  return await openWorkload(device, {
    variant: dtype === "f32" ? variant : `${variant}, ${dtype}`,
    dtype,
    weights: { weight },
    inputs: { x: packBlocked(inputs.a, K, device.traits.halves ? dtype : "f32").data as Elements },
    build: (graph) =>
      linear(graph, graph.input("x", [M, K], "f32", "blocked"), { columns: N, bias: false, variant }),
    pattern: "M N -> M N",
  });
}

/** Our attention in one variant: q, k and v in one blocked tensor, as the fused product leaves them. */
export async function openOwnAttention(
  device: GpuDevice,
  { shape: { heads, tokens, channels }, inputs, variant }: {
    shape: AttentionShape;
    inputs: AttentionInputs;
    variant: AttentionVariant;
  },
): Promise<Workload> {
  const width = heads * channels;
  const qkv = new Float32Array(tokens * 3 * width);
  for (const [part, values] of [inputs.q, inputs.k, inputs.v].entries()) {
    for (let i = 0; i < values.length; i++) {
      const [head, token, channel] = [
        Math.floor(i / channels / tokens),
        Math.floor(i / channels) % tokens,
        i % channels,
      ];
      qkv[(token * 3 + part) * width + head * channels + channel] = values[i];
    }
  }
  return await openWorkload(device, {
    variant,
    weights: {},
    inputs: { qkv: packBlocked(qkv, 3 * width).data as Elements },
    build: (graph) => {
      const tensor = graph.input("qkv", [1, tokens, 3 * width], "f32", "blocked");
      const parts = { queryPart: 0, keyPart: 1, valuePart: 2 };
      return attention(graph, { queries: tensor, context: tensor }, {
        heads,
        headWidth: channels,
        axis: 1,
        variant,
        ...parts,
      });
    },
    pattern: "b M (h d) -> b h M d",
    sizes: { h: heads },
  });
}

interface WorkloadOptions {
  variant: string;
  dtype?: StoredType;
  weights: Record<string, Float32Array>;
  inputs: InputValues;
  build: (graph: Graph) => Tensor;
  pattern: string;
  sizes?: Record<string, number>;
}

async function openWorkload(device: GpuDevice, options: WorkloadOptions): Promise<Workload> {
  const { variant, dtype = "f32", weights, inputs, build, pattern, sizes = {} } = options;
  const parameters = new ParameterStore(device);
  const pipelines = new PipelineCache(device);
  const prepare = async (finish: (graph: Graph, y: Tensor) => Tensor) => {
    const graph = new Graph();
    graph.output("y", finish(graph, build(graph)));
    const schedule = planGraph(graph, {
      traits: device.traits,
      read: (name) => Promise.resolve(weights[name].slice()),
      dtype,
    });
    return await Executor.prepare(schedule, { device, pipelines, parameters });
  };
  const flat = (graph: Graph, y: Tensor) => {
    const axes = y.shape.map((_, i) => `a${i}`).join(" ");
    return rearrange(graph, y, { pattern: `${axes} -> (${axes})`, layout: "dense" });
  };
  // One row comes back while time is taken: reading the result is not what is measured.
  const timed = await prepare((graph, y) =>
    flat(graph, slice(graph, y, { axis: y.shape.length - 2, start: 0, length: 1 }))
  );
  await timed.run(inputs);
  return {
    variant,
    device: device.device,
    run: (times) => timed.repeat(times),
    read: async () => {
      const whole = await prepare((graph, y) => rearrange(graph, y, { pattern, sizes, layout: "dense" }));
      try {
        return (await whole.run(inputs)).y as Float32Array;
      } finally {
        whole.close();
      }
    },
    close: () => {
      timed.close();
      parameters.close();
      return Promise.resolve();
    },
  };
}
