/**
 * Where a figure was measured.
 *
 * Reads what the adapter and Deno say of themselves; measures nothing.
 */

/** The machine behind a figure. */
export interface BenchEnvironment {
  /** The adapter's own description, for example `"llvmpipe (LLVM 15.0.6, 256 bits)"`. */
  adapter: string;
  /** Whether the adapter says that it is software. */
  software: boolean;
  /** Vendor and architecture as the driver reports them; empty where it reports none. */
  driver: string;
  /** Version of Deno. */
  deno: string;
  /** Operating system and processor architecture. */
  system: string;
  /** Logical processors. */
  processors: number;
}

/**
 * Describes the adapter and the runtime that the figures of this process belong to.
 *
 * @param info `adapter.info` of the measured adapter.
 * @returns Plain data, fit for JSON.
 */
export function describeEnvironment(info: GPUAdapterInfo): BenchEnvironment {
  return {
    adapter: info.description || info.device || "unnamed adapter",
    software: info.isFallbackAdapter,
    driver: [info.vendor, info.architecture].filter((part) => part !== "").join(" "),
    deno: Deno.version.deno,
    system: `${Deno.build.os} ${Deno.build.arch}`,
    processors: navigator.hardwareConcurrency,
  };
}

/**
 * Puts an environment on one line, to be printed above the figures.
 *
 * @param environment What `describeEnvironment` returned.
 * @returns For example `"llvmpipe (LLVM 15.0.6, 256 bits), software · Deno 2.9.6 · linux x86_64, 2 processors"`.
 */
export function environmentLine(environment: BenchEnvironment): string {
  const adapter = `${environment.adapter}, ${environment.software ? "software" : "hardware"}`;
  const system = `${environment.system}, ${environment.processors} processors`;
  return `${adapter} · Deno ${environment.deno} · ${system}`;
}
