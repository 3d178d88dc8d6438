/** Which engine runs a model: design.md's device choice in one place. */
import { type GpuDevice, openDevice } from "../gpu/device.ts";
import { GpuUnavailableError } from "../gpu/errors.ts";
import type { LaposeConfig } from "../model/config.ts";
import type { Engine } from "./engine.ts";
import { WebgpuEngine } from "./webgpu_engine.ts";
import type { WeightsFile } from "./weights_file.ts";

/** What a user may ask for. */
export type DeviceChoice = "auto" | "webgpu" | "cpu";

/** The device that was chosen, and why. */
export interface ChosenDevice {
  /** Which engine. */
  kind: "webgpu" | "cpu";
  /** The reason, for people. */
  reason: string;
  /** The opened device, when it is WebGPU. */
  device?: GpuDevice;
}

/** Options of {@linkcode chooseEngine}. */
export interface ChooseEngineOptions {
  /** The configuration to run: the file's, with parts switched off. */
  config: LaposeConfig;
  /** What the user asked for. */
  device?: DeviceChoice;
  /** The WebGPU implementation. */
  gpu?: GPU;
  /** How weights of matrix products are kept in GPU memory. */
  dtype?: "f32" | "f16";
  /** Whether kernels are timed. */
  tune?: boolean;
  /** Called while weights load. */
  onProgress?: (done: number, total: number) => void;
}

/**
 * Chooses the device: WebGPU when asked for or when there is a hardware adapter; the CPU otherwise, since
 * onnxruntime's own kernels are faster than a software adapter.
 *
 * @param choice What the user asked for.
 * @param gpu The WebGPU implementation.
 * @returns The device and the reason.
 * @throws {TypeError} When the choice is none of the three.
 * @throws {GpuUnavailableError} When WebGPU was asked for and there is none.
 */
export async function chooseDevice(choice: DeviceChoice = "auto", gpu?: GPU): Promise<ChosenDevice> {
  if (!["auto", "webgpu", "cpu"].includes(choice)) {
    throw new TypeError(`Cannot run on device "${choice}", expected auto, webgpu or cpu`);
  }
  if (choice === "cpu") return { kind: "cpu", reason: "asked for" };
  const options = gpu ? { gpu } : {};
  if (choice === "webgpu") return { kind: "webgpu", reason: "asked for", device: await openDevice(options) };
  try {
    const device = await openDevice(options);
    if (!device.traits.software) return { kind: "webgpu", reason: "a hardware adapter was found", device };
    device.close();
    return {
      kind: "cpu",
      reason:
        `the only adapter is software (${device.traits.description}), slower than the CPU's own kernels`,
    };
  } catch (error) {
    // a driver that fails is as good as none, but says why
    const message = error instanceof Error ? error.message : String(error);
    const isMissing = error instanceof GpuUnavailableError && message.includes("no adapter found");
    return { kind: "cpu", reason: isMissing ? "no WebGPU adapter was found" : message };
  }
}

/**
 * Opens the engine that {@linkcode chooseDevice} picks. Where onnxruntime cannot be fetched, `"auto"` takes a software
 * adapter after all: slow, but it runs.
 *
 * @param weights The weights to run.
 * @param options Configuration and choice.
 * @returns The engine.
 * @throws {Error} When nothing here can run the model.
 */
export async function chooseEngine(weights: WeightsFile, options: ChooseEngineOptions): Promise<Engine> {
  const { device: choice, gpu, ...engineOptions } = options;
  const { kind, device } = await chooseDevice(choice, gpu);
  if (kind === "webgpu") return new WebgpuEngine(weights, device!, engineOptions);
  const { CpuEngine, loadOnnxruntime } = await import("./cpu_engine.ts");
  try {
    await loadOnnxruntime();
  } catch (error) {
    if (choice === "cpu") throw error;
    const software = await openDevice(gpu ? { gpu } : {}).catch(() => undefined);
    if (!software) throw error;
    return new WebgpuEngine(weights, software, engineOptions);
  }
  return new CpuEngine(weights, engineOptions);
}
