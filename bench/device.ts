/**
 * A device for measurements: everything that the adapter has, nothing of the model's own needs.
 *
 * Knows no kernel and no peer.
 */

/**
 * Opens a device with all limits and features of the adapter that a measurement can use.
 *
 * @returns The device; `device.destroy()` frees it.
 * @throws {Error} If there is no WebGPU adapter.
 */
export async function openBenchDevice(): Promise<GPUDevice> {
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) {
    throw new Error(
      "Cannot measure without a WebGPU adapter: none found, expected a GPU or a software Vulkan driver",
    );
  }
  const wanted: GPUFeatureName[] = ["timestamp-query", "shader-f16"];
  const { limits } = adapter;
  return await adapter.requestDevice({
    requiredFeatures: wanted.filter((feature) => adapter.features.has(feature)),
    requiredLimits: {
      maxBufferSize: limits.maxBufferSize,
      maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
      maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
      maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
      maxComputeWorkgroupSizeX: limits.maxComputeWorkgroupSizeX,
    },
  });
}
