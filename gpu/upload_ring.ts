/**
 * Copies into GPU memory through a few mapped buffers: one is filled while those before it are still being copied. What
 * is packed straight into one of them is not copied on the way.
 */
import type { GpuDevice } from "./device.ts";

/** Bytes of one buffer. */
const slotBytes = 16 * 2 ** 20;
/** Buffers: two that are filled or waiting, two whose copies are under way. */
const slotCount = 4;
/** What is smaller is not worth a buffer of its own. */
const smallestBytes = 2 ** 16;
/** WebGPU's alignment of rows of a texture in a buffer, in bytes. */
const rowAlignmentBytes = 256;

/** A mapped buffer that one holder may fill. */
export class UploadSlot {
  /** The buffer. */
  readonly buffer: GPUBuffer;
  /** Its memory, once it was asked for. */
  memory: ArrayBuffer | undefined;

  /** A slot for a mapped `buffer`. */
  constructor(buffer: GPUBuffer) {
    this.buffer = buffer;
  }

  /** Zeros to fill: those of the buffer at the first call, where they fit, and otherwise memory of their own. */
  allocate(bytes: number): ArrayBuffer {
    if (this.memory || bytes < smallestBytes || bytes > slotBytes) return new ArrayBuffer(bytes);
    this.memory = this.buffer.getMappedRange(0, bytes);
    new Uint8Array(this.memory).fill(0);
    return this.memory;
  }
}

/** Where bytes go: a buffer, or a whole texture whose rows follow each other without gaps. */
export type UploadTarget = { readonly buffer: GPUBuffer } | {
  readonly texture: GPUTexture;
  readonly bytesPerRow: number;
};

/** What is sent. */
export interface Upload {
  /** What it is called in messages. */
  readonly subject: string;
  /** Where it goes. */
  readonly target: UploadTarget;
}

/** A ring of mapped buffers on a device. */
export class UploadRing {
  readonly #device: GpuDevice;
  readonly #all: GPUBuffer[] = [];
  readonly #idle: GPUBuffer[] = [];
  readonly #mapping = new Set<Promise<void>>();

  /** A ring on `device`; its buffers are made when they are needed. */
  constructor(device: GpuDevice) {
    this.#device = device;
  }

  /** A slot to fill, as soon as there is one; hand it to {@linkcode send} in the end. At most two may be held at a time. */
  async take(): Promise<UploadSlot> {
    for (;;) {
      const idle = this.#idle.shift();
      if (idle) return new UploadSlot(idle);
      if (this.#all.length < slotCount) return new UploadSlot(await this.#make());
      await Promise.race(this.#mapping);
    }
  }

  /**
   * Sends bytes on their way, after all that was submitted before and ahead of all that will be.
   *
   * @param slot The slot that they may stand in; it is given back.
   * @param bytes A multiple of four; no longer needed when this is done.
   * @param upload What they are called in messages, and where they go.
   * @throws {GpuError} When WebGPU refuses.
   */
  async send(slot: UploadSlot, bytes: Uint8Array, upload: Upload): Promise<void> {
    const { subject, target } = upload;
    const row = "texture" in target ? target.bytesPerRow : 4;
    const misaligned = "texture" in target && (row % rowAlignmentBytes !== 0 || row > slotBytes);
    if (misaligned || bytes.length < smallestBytes) {
      await this.#device.scoped(subject, () => this.#write(bytes, target));
      this.#giveBack(slot);
      return;
    }
    if (slot.memory === bytes.buffer) {
      await this.#copy(slot.buffer, { ...upload, start: 0, count: bytes.length });
      return;
    }
    this.#giveBack(slot);
    const piece = Math.floor(slotBytes / row) * row;
    for (let start = 0; start < bytes.length; start += piece) {
      const part = bytes.subarray(start, start + piece);
      const { buffer } = await this.take();
      new Uint8Array(buffer.getMappedRange(0, part.length)).set(part);
      await this.#copy(buffer, { ...upload, start, count: part.length });
    }
  }

  /** Waits until everything is copied, and frees the buffers. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#mapping);
    for (const buffer of this.#all.splice(0)) buffer.destroy();
    this.#idle.length = 0;
  }

  async #make(): Promise<GPUBuffer> {
    let buffer!: GPUBuffer;
    await this.#device.scoped("allocation of staging memory", () => {
      buffer = this.#device.device.createBuffer({
        label: "staging of weights",
        size: slotBytes,
        usage: GPUBufferUsage.MAP_WRITE | GPUBufferUsage.COPY_SRC,
        mappedAtCreation: true,
      });
      this.#all.push(buffer);
    });
    return buffer;
  }

  /** Leaves the staging to WebGPU. */
  #write(bytes: Uint8Array, target: UploadTarget): void {
    const { queue } = this.#device.device;
    const data = bytes as Uint8Array<ArrayBuffer>;
    if ("buffer" in target) return queue.writeBuffer(target.buffer, 0, data);
    const { texture, bytesPerRow } = target;
    const { width, height } = texture;
    queue.writeTexture({ texture }, data, { bytesPerRow, rowsPerImage: height }, [width, height]);
  }

  async #copy(
    from: GPUBuffer,
    { subject, target, start, count }: Upload & { start: number; count: number },
  ): Promise<void> {
    const { device } = this.#device;
    from.unmap();
    await this.#device.scoped(subject, () => {
      const encoder = device.createCommandEncoder();
      if ("buffer" in target) {
        encoder.copyBufferToBuffer(from, 0, target.buffer, start, count);
      } else {
        const { texture, bytesPerRow } = target;
        const rows = count / bytesPerRow;
        encoder.copyBufferToTexture(
          { buffer: from, bytesPerRow, rowsPerImage: rows },
          { texture, origin: [0, start / bytesPerRow] },
          [texture.width, rows],
        );
      }
      device.queue.submit([encoder.finish()]);
    });
    this.#map(from);
  }

  /** A slot that nothing was copied from. */
  #giveBack({ buffer, memory }: UploadSlot): void {
    if (!memory) {
      this.#idle.push(buffer);
      return;
    }
    // Memory that was asked for once cannot be asked for again before the buffer is mapped anew.
    buffer.unmap();
    this.#map(buffer);
  }

  #map(buffer: GPUBuffer): void {
    const mapping = buffer.mapAsync(GPUMapMode.WRITE).then(() => {
      this.#idle.push(buffer);
    }).finally(() => this.#mapping.delete(mapping));
    mapping.catch(() => {}); // told to whoever waits for a slot, or to nobody once the device is gone
    this.#mapping.add(mapping);
  }
}
