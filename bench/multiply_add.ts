/**
 * Multiply-adds on registers alone: the most arithmetic that an adapter can do.
 *
 * A workload like any other, so that the ceiling is measured in the same rounds as what is held against it.
 */

import { timeWorkload, type Workload } from "./workload.ts";

/** One way of keeping the arithmetic units busy. */
export interface MultiplyAddCandidate {
  /** Invocations of a workgroup. */
  width: number;
  /** Chains of multiply-adds in an invocation that do not wait for each other. */
  chains: number;
}

/**
 * The candidates; the fastest is the ceiling. Eleven chains are as many as fit 16 vector registers beside the two factors and the
 * execution mask, and llvmpipe spills more of them on 512-bit vectors too; eight are kinder to other register files.
 */
export const multiplyAddCandidates: readonly MultiplyAddCandidate[] = [
  { width: 64, chains: 8 },
  { width: 64, chains: 11 },
  { width: 256, chains: 11 },
];

/** Invocations of the kernel: enough to fill a large GPU. */
const INVOCATIONS = 1 << 16;

/** Multiply-adds of each chain per loop step: so many that the loop itself does not count. */
const UNROLL = 32;

/** Loop steps are added until one run takes this long, in milliseconds. */
const LONG_ENOUGH = 10;

/** llvmpipe leaves every loop after as many steps, and the operations after that would be counted but not done. */
const MOST_STEPS = 65_535;

/**
 * A number of this process in the shaders, so that they are compiled anew. llvmpipe's cache on disk does not look at the vector width:
 * code made for 256-bit vectors would be timed as the ceiling of 512-bit ones, at half their speed.
 */
const SALT = Math.floor(Math.random() * 2 ** 20);

/** A workload and its size. */
export interface MultiplyAdd {
  /** Runs the kernel; each of its invocations writes how many multiply-adds it has done. */
  workload: Workload;
  /** Floating point operations of one run, a multiply-add counted as two. */
  operations: number;
}

/**
 * Opens the fastest of several multiply-add kernels, sized so that one run takes about ten milliseconds.
 *
 * @param device Any device.
 * @param candidates Kernels to choose from, at least one.
 * @returns The workload; closing it leaves the device alone.
 */
export async function openMultiplyAdd(
  device: GPUDevice,
  candidates: readonly MultiplyAddCandidate[] = multiplyAddCandidates,
): Promise<MultiplyAdd> {
  let best: MultiplyAdd | null = null, bestRate = 0;
  for (const candidate of candidates) {
    const kernel = await MultiplyAddKernel.open(device, candidate);
    const milliseconds = await kernel.fill();
    const perMillisecond = kernel.operations / milliseconds;
    if (perMillisecond > bestRate) {
      await best?.workload.close();
      best = { workload: kernel, operations: kernel.operations };
      bestRate = perMillisecond;
    } else {
      await kernel.close();
    }
  }
  return best!;
}

function multiplyAddShader({ width, chains }: MultiplyAddCandidate): string {
  const names = Array.from({ length: chains }, (_, i) => `c${i}`);
  const step = names.map((c) => `${c} = ${c} * parameters.scale + parameters.shift;`).join(" ");
  return `
struct Parameters { scale: f32, shift: f32, steps: u32 }
@group(0) @binding(0) var<uniform> uniforms: Parameters;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(${width})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let parameters = uniforms;
  // The compiler cannot know that this is zero, and so keeps every chain of every invocation apart.
  let zero = parameters.scale - 1.0;
  ${names.map((c, i) => `var ${c} = zero * f32(id.x + ${SALT + i}u);`).join("\n  ")}
  for (var i = 0u; i < parameters.steps; i++) {
    ${Array(UNROLL).fill(step).join("\n    ")}
  }
  y[id.x] = ${names.join(" + ")};
}`;
}

class MultiplyAddKernel implements Workload {
  readonly variant = "multiply-add in registers";
  readonly device: GPUDevice;
  readonly #pipeline: GPUComputePipeline;
  readonly #bindGroup: GPUBindGroup;
  readonly #uniform: GPUBuffer;
  readonly #y: GPUBuffer;
  readonly #width: number;
  readonly #chains: number;
  #steps = 1;

  static async open(
    device: GPUDevice,
    candidate: MultiplyAddCandidate,
  ): Promise<MultiplyAddKernel> {
    const module = device.createShaderModule({ code: multiplyAddShader(candidate) });
    const compute = { module, entryPoint: "main" };
    const pipeline = await device.createComputePipelineAsync({ layout: "auto", compute });
    return new MultiplyAddKernel(device, { pipeline, ...candidate });
  }

  private constructor(
    device: GPUDevice,
    { pipeline, width, chains }: MultiplyAddCandidate & { pipeline: GPUComputePipeline },
  ) {
    this.device = device;
    this.#pipeline = pipeline;
    this.#width = width;
    this.#chains = chains;
    this.#uniform = device.createBuffer({
      size: 16,
      usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    });
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC;
    this.#y = device.createBuffer({ size: INVOCATIONS * 4, usage });
    this.#bindGroup = device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: [this.#uniform, this.#y].map((buffer, binding) => ({ binding, resource: { buffer } })),
    });
    this.#writeParameters();
  }

  get operations(): number {
    return 2 * this.#chains * UNROLL * this.#steps * INVOCATIONS;
  }

  /** Lengthens the loop until a run takes long enough; resolves to the time of one run in milliseconds. */
  async fill(): Promise<number> {
    await this.run(1);
    while (true) {
      // The faster of two, because a slow second of the machine would end the search early.
      const times = [await timeWorkload(this, 1), await timeWorkload(this, 1)];
      const time = Math.min(...times.map((one) => one.kernelMilliseconds ?? one.wallMilliseconds));
      if (time >= LONG_ENOUGH || this.#steps === MOST_STEPS) return time;
      const longer = Math.max(2, Math.min(16, Math.ceil(LONG_ENOUGH / time)));
      this.#steps = Math.min(this.#steps * longer, MOST_STEPS);
      this.#writeParameters();
    }
  }

  async run(times: number): Promise<void> {
    const { device } = this;
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(this.#pipeline);
    pass.setBindGroup(0, this.#bindGroup);
    for (let i = 0; i < times; i++) pass.dispatchWorkgroups(INVOCATIONS / this.#width);
    pass.end();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
  }

  async read(): Promise<Float32Array> {
    await this.run(1);
    const { device } = this;
    const usage = GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ;
    const mapped = device.createBuffer({ size: this.#y.size, usage });
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(this.#y, 0, mapped, 0, this.#y.size);
    device.queue.submit([encoder.finish()]);
    await mapped.mapAsync(GPUMapMode.READ);
    const values = new Float32Array(mapped.getMappedRange().slice(0));
    mapped.destroy();
    return values;
  }

  close(): Promise<void> {
    this.#uniform.destroy();
    this.#y.destroy();
    return Promise.resolve();
  }

  #writeParameters(): void {
    const parameters = new DataView(new ArrayBuffer(16));
    // Every multiply-add adds 1 to its chain, so that the sum of the chains counts them; none becomes subnormal or overflows.
    parameters.setFloat32(0, 1, true);
    parameters.setFloat32(4, 1, true);
    parameters.setUint32(8, this.#steps, true);
    this.device.queue.writeBuffer(this.#uniform, 0, parameters.buffer);
  }
}
