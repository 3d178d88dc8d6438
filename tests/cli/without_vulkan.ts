/** An environment in which no Vulkan driver is found; drivers can be hidden in this way on Linux only. */

/** Whether drivers can be hidden here. */
export const canHideDrivers = Deno.build.os === "linux";

/** Environment variables that hide every Vulkan driver, and keep OpenGL from standing in. */
export const withoutVulkan: Readonly<Record<string, string>> = {
  VK_DRIVER_FILES: "/nonexistent",
  VK_ICD_FILENAMES: "/nonexistent",
  DENO_WEBGPU_BACKEND: "vulkan",
};
