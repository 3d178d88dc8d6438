/** Parameters: packed weights in GPU memory, made once per model and shared by all its plans. */
import type { GpuDevice } from "./device.ts";
import type { PackedParameter, ScheduledParameter } from "./schedule.ts";

/** Bytes uploaded between waits, so that WebGPU's staging copies do not pile up. */
const uploadWindowBytes = 48 * 2 ** 20;

/** Holds every packed parameter that some plan of a model needs. */
export class ParameterStore {
  readonly #device: GpuDevice;
  readonly #buffers = new Map<string, GPUBuffer>();
  readonly #textures = new Map<string, GPUTexture>();
  #bytes = 0;
  #pending = 0;

  /** An empty store on `device`. */
  constructor(device: GpuDevice) {
    this.#device = device;
  }

  /** GPU memory held, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Loads those of `parameters` that are not there yet, one at a time.
   *
   * @param parameters What a plan binds.
   * @param onProgress Called with the number loaded and the number to load.
   */
  async load(
    parameters: Iterable<ScheduledParameter>,
    onProgress?: (done: number, total: number) => void,
  ): Promise<void> {
    const missing = new Map<string, ScheduledParameter>();
    for (const parameter of parameters) {
      if (!this.#buffers.has(parameter.key) && !this.#textures.has(parameter.key)) {
        missing.set(parameter.key, parameter);
      }
    }
    let done = 0;
    for (const [key, parameter] of missing) {
      const packed = await parameter.load();
      await this.#device.scoped(`upload of ${key}`, () => this.#upload(key, packed));
      this.#pending += packed.data.byteLength;
      if (this.#pending > uploadWindowBytes) await this.#drain();
      onProgress?.(++done, missing.size);
    }
    if (missing.size > 0) await this.#drain();
  }

  /** The GPU buffer of a loaded parameter. */
  buffer(parameter: ScheduledParameter): GPUBuffer {
    return this.#buffers.get(parameter.key)!;
  }

  /** The GPU texture of a loaded parameter. */
  texture(parameter: ScheduledParameter): GPUTexture {
    return this.#textures.get(parameter.key)!;
  }

  /** Frees everything. */
  close(): void {
    for (const buffer of this.#buffers.values()) buffer.destroy();
    for (const texture of this.#textures.values()) texture.destroy();
    this.#buffers.clear();
    this.#textures.clear();
  }

  async #drain(): Promise<void> {
    this.#device.device.queue.submit([]);
    await this.#device.device.queue.onSubmittedWorkDone();
    this.#pending = 0;
  }

  #upload(key: string, packed: PackedParameter): void {
    const { device } = this.#device;
    // wgpu wants byte lengths that are multiples of 4; all packings are whole 32-bit words.
    if (packed.kind === "buffer") {
      const size = Math.max(16, packed.data.byteLength);
      const buffer = device.createBuffer({
        label: key,
        size,
        usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST,
      });
      device.queue.writeBuffer(buffer, 0, packed.data as Float32Array<ArrayBuffer>);
      this.#buffers.set(key, buffer);
      this.#bytes += size;
      return;
    }
    const { width, height } = packed;
    const texture = device.createTexture({
      label: key,
      size: [width, height],
      format: "rgba32float",
      usage: GPUTextureUsage.STORAGE_BINDING | GPUTextureUsage.COPY_DST,
    });
    device.queue.writeTexture(
      { texture },
      packed.data as Float32Array<ArrayBuffer>,
      { bytesPerRow: width * 16, rowsPerImage: height },
      [width, height],
    );
    this.#textures.set(key, texture);
    this.#bytes += width * height * 16;
  }
}
