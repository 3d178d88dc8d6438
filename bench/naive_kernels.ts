/**
 * The kernels that everybody writes first: one invocation per output, operands in storage buffers. The baseline of the benches.
 *
 * Plain WebGPU on row-major buffers; knows nothing of our layouts.
 */
import type { AttentionInputs, AttentionShape, MatmulInputs, MatmulShape, Workload } from "./workload.ts";

const matmulSource = `
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
override N: u32;
override K: u32;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= N) { return; }
  var sum = 0.0;
  for (var k = 0u; k < K; k++) { sum += a[id.y * K + k] * b[k * N + id.x]; }
  y[id.y * N + id.x] = sum;
}`;

/** Scores are computed twice, once for their maximum, so that no row of them has to be kept. */
const attentionSource = `
@group(0) @binding(0) var<storage, read> q: array<f32>;
@group(0) @binding(1) var<storage, read> k: array<f32>;
@group(0) @binding(2) var<storage, read> v: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
override N: u32;
override D: u32;
fn score(query: u32, key: u32) -> f32 {
  var sum = 0.0;
  for (var d = 0u; d < D; d++) { sum += q[query * D + d] * k[key * D + d]; }
  return sum / sqrt(f32(D));
}
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= N) { return; }
  let query = id.y * N + id.x;
  for (var d = 0u; d < D; d++) { y[query * D + d] = 0.0; }
  var largest = score(query, id.y * N);
  for (var i = 1u; i < N; i++) { largest = max(largest, score(query, id.y * N + i)); }
  var total = 0.0;
  for (var i = 0u; i < N; i++) {
    let key = id.y * N + i;
    let weight = exp(score(query, key) - largest);
    total += weight;
    for (var d = 0u; d < D; d++) { y[query * D + d] += weight * v[key * D + d]; }
  }
  for (var d = 0u; d < D; d++) { y[query * D + d] /= total; }
}`;

/** The variant under which naive workloads stand. */
const variant = "naive";

/**
 * Opens C = A·B.
 *
 * @param device Any device.
 * @param shape Extents; M at most 65535.
 * @param inputs A and B.
 * @returns The workload.
 */
export function openNaiveMatmul(
  device: GPUDevice,
  { M, N, K }: MatmulShape,
  inputs: MatmulInputs,
): Promise<Workload> {
  return open(device, {
    source: matmulSource,
    constants: { N, K },
    inputs: [inputs.a, inputs.b],
    outputs: M * N,
    workgroups: [Math.ceil(N / 64), M],
  });
}

/**
 * Opens softmax(q·kᵀ / √channels)·v.
 *
 * @param device Any device.
 * @param shape Extents; at most 65535 heads.
 * @param inputs Queries, keys and values.
 * @returns The workload.
 */
export function openNaiveAttention(
  device: GPUDevice,
  { heads, tokens, channels }: AttentionShape,
  inputs: AttentionInputs,
): Promise<Workload> {
  return open(device, {
    source: attentionSource,
    constants: { N: tokens, D: channels },
    inputs: [inputs.q, inputs.k, inputs.v],
    outputs: heads * tokens * channels,
    workgroups: [Math.ceil(tokens / 64), heads],
  });
}

interface NaiveKernel {
  source: string;
  constants: Record<string, number>;
  inputs: Float32Array<ArrayBuffer>[];
  outputs: number;
  workgroups: [number, number];
}

async function open(device: GPUDevice, kernel: NaiveKernel): Promise<Workload> {
  const { source, constants, inputs, outputs, workgroups } = kernel;
  const module = device.createShaderModule({ code: source });
  const compute = { module, entryPoint: "main", constants };
  const pipeline = await device.createComputePipelineAsync({ layout: "auto", compute });
  const { STORAGE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
  const buffers = inputs.map((values) => {
    const buffer = device.createBuffer({ size: values.byteLength, usage: STORAGE | COPY_DST });
    device.queue.writeBuffer(buffer, 0, values);
    return buffer;
  });
  const y = device.createBuffer({ size: outputs * 4, usage: STORAGE | COPY_SRC });
  const bindGroup = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [...buffers, y].map((buffer, binding) => ({ binding, resource: { buffer } })),
  });
  const submit = (times: number, finish?: (encoder: GPUCommandEncoder) => void) => {
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindGroup);
    for (let i = 0; i < times; i++) pass.dispatchWorkgroups(...workgroups);
    pass.end();
    finish?.(encoder);
    device.queue.submit([encoder.finish()]);
  };
  return {
    variant,
    device,
    async run(times) {
      submit(times);
      await device.queue.onSubmittedWorkDone();
    },
    async read() {
      const mapped = device.createBuffer({ size: y.size, usage: COPY_DST | MAP_READ });
      submit(1, (encoder) => encoder.copyBufferToBuffer(y, 0, mapped, 0, y.size));
      await mapped.mapAsync(GPUMapMode.READ);
      const values = new Float32Array(mapped.getMappedRange().slice(0));
      mapped.destroy();
      return values;
    },
    close() {
      for (const buffer of [...buffers, y]) buffer.destroy();
      return Promise.resolve();
    },
  };
}
