/** The device that all GPU tests share, opened at first use. */
import { type GpuDevice, openDevice } from "../../gpu/device.ts";
import { PipelineCache } from "../../gpu/pipelines.ts";

let shared: Promise<{ device: GpuDevice; pipelines: PipelineCache }> | undefined;

/** The shared device and its compiled shaders. */
export function testDevice(): Promise<{ device: GpuDevice; pipelines: PipelineCache }> {
  shared ??= openDevice().then((device) => ({ device, pipelines: new PipelineCache(device) }));
  return shared;
}
