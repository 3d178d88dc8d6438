/** State: buffers that outlive every plan, by name, in elements of four bytes. What training keeps between steps. */
import type { GpuDevice } from "./device.ts";
import { GpuError } from "./errors.ts";

/** Bytes read back at a time. */
const windowBytes = 32 * 2 ** 20;

/** Named buffers of floats on one device. */
export class StateStore {
  readonly #device: GpuDevice;
  readonly #buffers = new Map<string, GPUBuffer>();

  /** An empty store on `device`. */
  constructor(device: GpuDevice) {
    this.#device = device;
  }

  /** GPU memory held, in bytes. */
  get bytes(): number {
    return [...this.#buffers.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /**
   * Makes a buffer of zeros.
   *
   * @param name Its name.
   * @param count Elements.
   * @throws {RangeError} When the device cannot bind that many.
   */
  async create(name: string, count: number): Promise<void> {
    const size = count * 4;
    const limit = this.#device.traits.maxBindingBytes;
    if (size > limit) {
      throw new RangeError(`Cannot keep ${name} of ${size} bytes on the device, expected at most ${limit}`);
    }
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
    const create = () => this.#device.device.createBuffer({ label: name, size, usage });
    this.#buffers.set(name, await this.#device.scoped(`state ${name}`, create));
  }

  /** The buffer of a name. */
  buffer(name: string): GPUBuffer {
    const buffer = this.#buffers.get(name);
    if (!buffer) throw new GpuError(`Cannot bind state ${name}: there is none of that name`);
    return buffer;
  }

  /**
   * Writes values.
   *
   * @param name Which buffer.
   * @param start First element.
   * @param values What to write.
   */
  write(name: string, start: number, values: Float32Array): void {
    this.#device.device.queue.writeBuffer(this.buffer(name), start * 4, values as Float32Array<ArrayBuffer>);
  }

  /**
   * Reads a whole buffer back.
   *
   * @param name Which buffer.
   * @returns Its values.
   */
  async read(name: string): Promise<Float32Array<ArrayBuffer>> {
    const { device } = this.#device;
    const buffer = this.buffer(name);
    const values = new Float32Array(buffer.size / 4);
    const size = Math.min(windowBytes, buffer.size);
    const staging = device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
    try {
      for (let start = 0; start < buffer.size; start += size) {
        const bytes = Math.min(size, buffer.size - start);
        const encoder = device.createCommandEncoder();
        encoder.copyBufferToBuffer(buffer, start, staging, 0, bytes);
        device.queue.submit([encoder.finish()]);
        await staging.mapAsync(GPUMapMode.READ, 0, bytes);
        values.set(new Float32Array(staging.getMappedRange(0, bytes)), start / 4);
        staging.unmap();
      }
    } finally {
      staging.destroy();
    }
    this.#device.check();
    return values;
  }

  /** Frees everything. */
  close(): void {
    for (const buffer of this.#buffers.values()) buffer.destroy();
    this.#buffers.clear();
  }
}
