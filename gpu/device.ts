/**
 * Adapter and device: asked for once, with the limits and features that the kernels can use.
 *
 * Knows WebGPU and nothing of operators, models or poses.
 */
import { ClosedError, GpuError, GpuUnavailableError } from "./errors.ts";
import { preferWideVectors } from "./wide_vectors.ts";

/** What kernels may ask about the device they run on. */
export interface DeviceTraits {
  /** Human-readable adapter name. */
  readonly description: string;
  /** True for a CPU rasteriser such as llvmpipe or SwiftShader: other kernels win there. */
  readonly software: boolean;
  /** Largest extent of a 2D texture, in texels. */
  readonly maxTextureExtent: number;
  /** Largest storage buffer binding, in bytes. */
  readonly maxBindingBytes: number;
  /** Largest buffer, in bytes. */
  readonly maxBufferBytes: number;
  /** Largest workgroup count along one dimension. */
  readonly maxWorkgroups: number;
  /** Whether passes can be timed. */
  readonly timestamps: boolean;
  /** Whether kernels can keep halves in buffers. */
  readonly halves: boolean;
}

/** Options of {@linkcode openDevice}. */
export interface OpenDeviceOptions {
  /**
   * The WebGPU implementation to use.
   *
   * @default {navigator.gpu}
   */
  gpu?: GPU;
}

/**
 * Invocations along x of workgroups that are meant for software adapters: the lanes of llvmpipe's widest vector. Where
 * its vectors are narrower, a workgroup is two of them.
 */
export const vectorLanes = 16;

const wantedFeatures: readonly GPUFeatureName[] = ["timestamp-query", "shader-f16"];

/** Storage bindings of the widest kernel, and the workgroup memory and invocations of the largest tile. */
const required = {
  maxStorageBuffersPerShaderStage: 8,
  maxStorageTexturesPerShaderStage: 4,
  maxComputeWorkgroupStorageSize: 16384,
  maxComputeInvocationsPerWorkgroup: 256,
};

/** An opened WebGPU device; errors that WebGPU reports aside are kept until {@linkcode GpuDevice.check}. */
export class GpuDevice {
  /** The WebGPU device. */
  readonly device: GPUDevice;
  /** What kernels may ask about it. */
  readonly traits: DeviceTraits;
  #uncaptured: string[] = [];
  #closed = false;
  #lost: string | undefined;

  /** Wraps `device`; use {@linkcode openDevice}. */
  constructor(device: GPUDevice, traits: DeviceTraits) {
    this.device = device;
    this.traits = traits;
    device.addEventListener("uncapturederror", (event) => {
      event.preventDefault();
      this.#uncaptured.push((event as GPUUncapturedErrorEvent).error.message);
    });
    device.lost?.then((info) => {
      if (!this.#closed) this.#lost = info.message || String(info.reason);
    });
  }

  /** Throws what WebGPU reported outside error scopes since the last check, or that the device is closed or lost. */
  check(): void {
    if (this.#closed) throw new ClosedError("Cannot use the device: it is closed");
    if (this.#lost !== undefined) throw new GpuError(`Cannot use the device: it was lost (${this.#lost})`);
    if (this.#uncaptured.length > 0) {
      throw new GpuError(`WebGPU reported: ${this.#uncaptured.splice(0).join("; ")}`);
    }
  }

  /**
   * Runs `work` inside validation and out-of-memory scopes and turns what they catch into an exception.
   *
   * @param subject What is being done, named in the error ("operator linear of vision.blocks.0").
   * @param work The WebGPU calls; synchronous, since scopes are a stack that others would push to meanwhile.
   * @returns What `work` returned.
   * @throws {GpuError} What WebGPU refused.
   */
  async scoped<T>(subject: string, work: () => T): Promise<T> {
    this.check();
    this.device.pushErrorScope("out-of-memory");
    this.device.pushErrorScope("validation");
    let scopes;
    let result;
    try {
      result = work();
    } finally {
      scopes = [this.device.popErrorScope(), this.device.popErrorScope()];
    }
    const [validation, memory] = await Promise.all(scopes);
    const messages = [validation?.message, memory && `out of memory: ${memory.message}`].filter(Boolean);
    if (messages.length > 0) throw new GpuError(`Cannot run ${subject}: ${messages.join("; ")}`);
    return result;
  }

  /** Destroys the device and everything made from it. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.device.destroy();
  }
}

/**
 * Opens a WebGPU device with the largest limits that the adapter offers.
 *
 * @param options Which WebGPU implementation to use.
 * @returns The device and its traits.
 * @throws {GpuUnavailableError} When there is no adapter, or one that is too small.
 */
export async function openDevice(options: OpenDeviceOptions = {}): Promise<GpuDevice> {
  preferWideVectors();
  const gpu = options.gpu ?? navigator.gpu;
  const adapter = await gpu?.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) {
    throw new GpuUnavailableError(
      "Cannot open a WebGPU device: no adapter found; install a Vulkan driver " +
        "(on Debian or Ubuntu: apt-get install mesa-vulkan-drivers libvulkan1) or run on the CPU with --device cpu",
    );
  }
  for (const [name, wanted] of Object.entries(required)) {
    const found = adapter.limits[name as keyof typeof required];
    if (found < wanted) {
      throw new GpuUnavailableError(
        `Cannot use the adapter ${adapter.info.description}: ${name} is ${found}, expected at least ${wanted}; ` +
          "run on the CPU with --device cpu",
      );
    }
  }
  const { limits } = adapter;
  const features = wantedFeatures.filter((feature) => adapter.features.has(feature));
  const device = await adapter.requestDevice({
    requiredFeatures: features,
    requiredLimits: {
      ...required,
      maxBufferSize: limits.maxBufferSize,
      maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
      maxTextureDimension2D: limits.maxTextureDimension2D,
    },
  });
  return new GpuDevice(device, {
    description: adapter.info.description || adapter.info.vendor,
    software: adapter.info.isFallbackAdapter || /llvmpipe|swiftshader/i.test(adapter.info.description),
    maxTextureExtent: limits.maxTextureDimension2D,
    maxBindingBytes: limits.maxStorageBufferBindingSize,
    maxBufferBytes: limits.maxBufferSize,
    maxWorkgroups: limits.maxComputeWorkgroupsPerDimension,
    timestamps: features.includes("timestamp-query"),
    halves: features.includes("shader-f16"),
  });
}
