/** What is asked of a WebGPU device while something runs: a replayed plan should ask for nothing. */

/** Methods of a device that make something that lives on. Command encoders are not among them: a submission needs one. */
const makers = [
  "createBindGroup",
  "createBindGroupLayout",
  "createBuffer",
  "createComputePipeline",
  "createComputePipelineAsync",
  "createPipelineLayout",
  "createQuerySet",
  "createSampler",
  "createShaderModule",
  "createTexture",
] as const;

/** Objects made on a device. */
export interface Allocations {
  /** Number of objects by method, for example `{ createBuffer: 2 }`; empty when nothing was made. */
  calls: Record<string, number>;
  /** Number of objects. */
  objects: number;
  /** Bytes of buffers, and of textures at 16 bytes per texel. */
  bytes: number;
}

const texelBytes = 16;

/**
 * Counts what is made on a device while `work` runs.
 *
 * @param device The device to watch; it is as before afterwards.
 * @param work What to watch.
 * @returns Objects and bytes.
 */
export async function countAllocations(
  device: GPUDevice,
  work: () => Promise<unknown>,
): Promise<Allocations> {
  const found: Allocations = { calls: {}, objects: 0, bytes: 0 };
  for (const name of makers) {
    const method = device[name] as (...values: unknown[]) => unknown;
    const value = (...values: unknown[]): unknown => {
      const made = method.apply(device, values);
      found.calls[name] = (found.calls[name] ?? 0) + 1;
      found.objects++;
      found.bytes += bytesOf(made);
      return made;
    };
    Object.defineProperty(device, name, { value, configurable: true });
  }
  try {
    await work();
  } finally {
    for (const name of makers) Reflect.deleteProperty(device, name);
  }
  return found;
}

function bytesOf(made: unknown): number {
  if (made instanceof GPUBuffer) return made.size;
  if (made instanceof GPUTexture) return made.width * made.height * made.depthOrArrayLayers * texelBytes;
  return 0;
}
