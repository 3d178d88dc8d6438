/** Parameters: packed weights in GPU memory, made once per model and shared by all its plans. */
import type { GpuDevice } from "./device.ts";
import { releaseMemory } from "./release_memory.ts";
import type { PackedParameter, ScheduledParameter } from "./schedule.ts";

export { releaseMemory };

/** Bytes uploaded between waits, so that WebGPU's staging copies do not pile up. */
const uploadWindowBytes = 16 * 2 ** 20;

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
      await this.#upload(key, packed);
      releaseMemory(packed.data.buffer);
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

  async #upload(key: string, packed: PackedParameter): Promise<void> {
    const { device } = this.#device;
    const bytes = new Uint8Array(packed.data.buffer, packed.data.byteOffset, packed.data.byteLength);
    const subject = `upload of ${key}`;
    if (packed.kind === "buffer") {
      const size = Math.max(16, bytes.length);
      const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST;
      const buffer = await this.#device.scoped(
        subject,
        () => device.createBuffer({ label: key, size, usage }),
      );
      this.#buffers.set(key, buffer);
      this.#bytes += size;
      for (let start = 0; start < bytes.length; start += uploadWindowBytes) {
        const part = bytes.subarray(start, start + uploadWindowBytes) as Uint8Array<ArrayBuffer>;
        await this.#device.scoped(subject, () => device.queue.writeBuffer(buffer, start, part));
        await this.#pace(part.length);
      }
      return;
    }
    const { width, height } = packed;
    const format = packed.data instanceof Float32Array ? "rgba32float" : "rgba16float";
    const usage = GPUTextureUsage.STORAGE_BINDING | GPUTextureUsage.COPY_DST;
    const size = [width, height];
    const texture = await this.#device.scoped(
      subject,
      () => device.createTexture({ label: key, size, format, usage }),
    );
    this.#textures.set(key, texture);
    this.#bytes += bytes.length;
    const layout = { bytesPerRow: bytes.length / height, rowsPerImage: height };
    await this.#device.scoped(
      subject,
      () => device.queue.writeTexture({ texture }, bytes as Uint8Array<ArrayBuffer>, layout, size),
    );
    await this.#pace(bytes.length);
  }

  /** Waits once in a while until the staging copies are gone. */
  async #pace(bytes: number): Promise<void> {
    this.#pending += bytes;
    if (this.#pending >= uploadWindowBytes) await this.#drain();
  }
}
