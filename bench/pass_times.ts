/**
 * Time that a device spends inside compute passes, whoever records them.
 *
 * Timestamps are added to the passes from outside, so that our kernels and those of another library are measured with the same
 * clock and neither pays for waiting or for the host. Knows nothing of what the passes compute.
 */

/** Passes per query set: WebGPU allows 4096 queries in one set, two per pass. */
const PASSES_PER_SET = 2048;

/** What `timePasses` measured. */
export interface PassTimes {
  /** Time between begin and end of each pass, in milliseconds, in the order of recording. */
  passes: number[];
  /** Sum of the passes, in milliseconds; null where the device has no `timestamp-query` or no pass was recorded. */
  kernelMilliseconds: number | null;
  /** Time from the call to the resolved body, in milliseconds. */
  wallMilliseconds: number;
}

/**
 * Runs `body` and measures every compute pass that is recorded on `device` meanwhile.
 *
 * @param device The device to watch; works on any device of this process that its owner calls through the same object.
 * @param body Records, submits and waits: all its passes must be finished when it resolves.
 * @returns Kernel time by timestamp query (null without that feature) and wall time.
 * @throws {Error} If a recorded pass carries timestamps of its own.
 */
export async function timePasses(device: GPUDevice, body: () => Promise<void>): Promise<PassTimes> {
  if (!device.features.has("timestamp-query")) {
    const start = performance.now();
    await body();
    return { passes: [], kernelMilliseconds: null, wallMilliseconds: performance.now() - start };
  }
  const watch = new PassWatch(device);
  try {
    const start = performance.now();
    watch.attach();
    try {
      await body();
    } finally {
      watch.detach();
    }
    const wallMilliseconds = performance.now() - start;
    const passes = await watch.read();
    const kernelMilliseconds = passes.length === 0 ? null : passes.reduce((sum, time) => sum + time, 0);
    return { passes, kernelMilliseconds, wallMilliseconds };
  } finally {
    watch.close();
  }
}

/** Shadows `createCommandEncoder` of one device object while attached. */
class PassWatch {
  readonly #device: GPUDevice;
  readonly #sets: GPUQuerySet[] = [];
  #count = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  attach(): void {
    const device = this.#device;
    const createEncoder = device.createCommandEncoder;
    const value = (descriptor?: GPUCommandEncoderDescriptor): GPUCommandEncoder => {
      const encoder = createEncoder.call(device, descriptor);
      const beginPass = encoder.beginComputePass;
      const begin = (pass?: GPUComputePassDescriptor) => beginPass.call(encoder, this.#withTimestamps(pass));
      Object.defineProperty(encoder, "beginComputePass", { value: begin });
      return encoder;
    };
    Object.defineProperty(device, "createCommandEncoder", { value, configurable: true });
  }

  detach(): void {
    Reflect.deleteProperty(this.#device, "createCommandEncoder");
  }

  async read(): Promise<number[]> {
    if (this.#count === 0) return [];
    const device = this.#device;
    const bytes = this.#sets.length * PASSES_PER_SET * 16;
    const resolved = device.createBuffer({
      size: bytes,
      usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
    });
    const mapped = device.createBuffer({
      size: bytes,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
    try {
      const encoder = device.createCommandEncoder();
      for (const [index, set] of this.#sets.entries()) {
        const passes = Math.min(PASSES_PER_SET, this.#count - index * PASSES_PER_SET);
        encoder.resolveQuerySet(set, 0, passes * 2, resolved, index * PASSES_PER_SET * 16);
      }
      encoder.copyBufferToBuffer(resolved, 0, mapped, 0, bytes);
      device.queue.submit([encoder.finish()]);
      await mapped.mapAsync(GPUMapMode.READ);
      const stamps = new BigInt64Array(mapped.getMappedRange().slice(0));
      return Array.from({ length: this.#count }, (_, i) => Number(stamps[2 * i + 1]! - stamps[2 * i]!) / 1e6);
    } finally {
      resolved.destroy();
      mapped.destroy();
    }
  }

  close(): void {
    for (const set of this.#sets) set.destroy();
    this.#sets.length = 0;
  }

  #withTimestamps(pass: GPUComputePassDescriptor | undefined): GPUComputePassDescriptor {
    if (pass?.timestampWrites) {
      throw new Error(
        `Cannot time the compute pass "${pass.label ?? ""}": it has timestamps of its own, expected none`,
      );
    }
    const slot = this.#count++;
    if (slot % PASSES_PER_SET === 0) {
      this.#sets.push(this.#device.createQuerySet({ type: "timestamp", count: PASSES_PER_SET * 2 }));
    }
    const position = slot % PASSES_PER_SET;
    return {
      ...(pass?.label === undefined ? {} : { label: pass.label }),
      timestampWrites: {
        querySet: this.#sets.at(-1)!,
        beginningOfPassWriteIndex: position * 2,
        endOfPassWriteIndex: position * 2 + 1,
      },
    };
  }
}
