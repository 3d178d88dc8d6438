/** Parameters: packed weights in GPU memory, made once per model and shared by all its plans. */
import type { GpuDevice } from "./device.ts";
import type { PackedParameter, ScheduledParameter } from "./schedule.ts";
import { texelFormats } from "./shader.ts";
import { type Upload, UploadRing, type UploadSlot } from "./upload_ring.ts";

/** A parameter on its way: what it was read into and where it is packed. */
interface Loading {
  readonly packed: PackedParameter;
  readonly slot: UploadSlot;
  readonly reads: readonly ArrayBuffer[];
}

/** Holds every packed parameter that some plan of a model needs. */
export class ParameterStore {
  readonly #device: GpuDevice;
  readonly #buffers = new Map<string, GPUBuffer>();
  readonly #textures = new Map<string, GPUTexture>();
  #bytes = 0;

  /** An empty store on `device`. */
  constructor(device: GpuDevice) {
    this.#device = device;
  }

  /** GPU memory held, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Loads those of `parameters` that are not there yet: one is read while the one before it is packed and copied.
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
    const ring = new UploadRing(this.#device);
    const spare = new SpareMemory();
    const waiting = [...missing.values()];
    const begin = (index: number): Promise<Loading> | undefined => {
      const loading = waiting[index] && load(waiting[index], { ring, spare });
      loading?.catch(() => {}); // told when its turn comes
      return loading;
    };
    try {
      let next = begin(0);
      for (const [index, { key }] of waiting.entries()) {
        const { packed, slot, reads } = await next!;
        next = begin(index + 1);
        await ring.send(slot, bytesOf(packed), await this.#make(key, packed));
        spare.give(reads);
        onProgress?.(index + 1, waiting.length);
      }
    } finally {
      await ring.close();
      spare.close();
    }
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

  /** Makes the GPU memory of a parameter. */
  async #make(key: string, packed: PackedParameter): Promise<Upload> {
    const { device } = this.#device;
    const subject = `upload of ${key}`;
    const bytes = packed.data.byteLength;
    if (packed.kind === "buffer") {
      const size = Math.max(16, bytes);
      const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST;
      const buffer = await this.#device.scoped(
        subject,
        () => device.createBuffer({ label: key, size, usage }),
      );
      this.#buffers.set(key, buffer);
      this.#bytes += size;
      return { subject, target: { buffer } };
    }
    const { width, height } = packed;
    const format = texelFormats[packed.data instanceof Float32Array ? "f32" : "f16"];
    const usage = GPUTextureUsage.STORAGE_BINDING | GPUTextureUsage.COPY_DST;
    const texture = await this.#device.scoped(
      subject,
      () => device.createTexture({ label: key, size: [width, height], format, usage }),
    );
    this.#textures.set(key, texture);
    this.#bytes += bytes;
    return { subject, target: { texture, bytesPerRow: bytes / height } };
  }
}

/** Reads and packs one parameter. */
async function load(
  parameter: ScheduledParameter,
  { ring, spare }: { ring: UploadRing; spare: SpareMemory },
): Promise<Loading> {
  const slot = await ring.take();
  const reads: ArrayBuffer[] = [];
  const packed = await parameter.load({
    read: (bytes) => {
      const memory = spare.take(bytes);
      reads.push(memory);
      return memory;
    },
    packed: (bytes) => slot.allocate(bytes),
  });
  return { packed, slot, reads };
}

function bytesOf({ data }: PackedParameter): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Memory that was read into and may be read into again: new memory costs the system as much as reading does. */
class SpareMemory {
  /** Holds most weights; what is larger is made for once. */
  readonly #size = 16 * 2 ** 20;
  readonly #buffers: ArrayBuffer[] = [];

  /** At least so many bytes, of any content. */
  take(bytes: number): ArrayBuffer {
    if (bytes > this.#size) return new ArrayBuffer(bytes);
    return this.#buffers.pop() ?? new ArrayBuffer(this.#size);
  }

  /** Takes memory back. */
  give(buffers: readonly ArrayBuffer[]): void {
    for (const buffer of buffers) {
      if (buffer.byteLength === this.#size) this.#buffers.push(buffer);
      else buffer.transfer(0);
    }
  }

  /** Frees all of it now, not when the collector runs. */
  close(): void {
    for (const buffer of this.#buffers.splice(0)) buffer.transfer(0);
  }
}
