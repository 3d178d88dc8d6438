/** Counts what is asked of a WebGPU device, by shadowing its methods while a test looks. */

/** Calls by method, for example `"createBuffer"`, `"submit"`, `"mapAsync"`; absent means none. */
export type CallCounts = Record<string, number>;

/**
 * Counts calls of the device's `create…` methods, of `submit` on its queue and of `mapAsync` on its buffers.
 *
 * @param device The device to watch.
 * @param work What to watch.
 * @returns The counts, and what the work returned.
 */
export async function watchDevice<T>(
  device: GPUDevice,
  work: () => Promise<T>,
): Promise<{ calls: CallCounts; result: T }> {
  const calls: CallCounts = {};
  const restore: (() => void)[] = [];
  const shadow = (target: object, name: string) => {
    const method = Reflect.get(target, name);
    const own = Object.getOwnPropertyDescriptor(target, name);
    const value = function (this: object, ...values: unknown[]): unknown {
      calls[name] = (calls[name] ?? 0) + 1;
      return Reflect.apply(method, this, values);
    };
    Object.defineProperty(target, name, { value, configurable: true, writable: true });
    restore.push(() => {
      if (own) Object.defineProperty(target, name, own);
      else Reflect.deleteProperty(target, name);
    });
  };
  for (const name of Object.getOwnPropertyNames(GPUDevice.prototype)) {
    if (name.startsWith("create")) shadow(device, name);
  }
  shadow(device.queue, "submit");
  shadow(device.queue, "onSubmittedWorkDone");
  shadow(GPUBuffer.prototype, "mapAsync");
  try {
    return { result: await work(), calls };
  } finally {
    for (const undo of restore) undo();
  }
}
