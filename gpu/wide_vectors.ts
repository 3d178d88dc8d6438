/**
 * llvmpipe on processors with AVX-512: its shaders run on 512-bit vectors when the environment asks for them before
 * the first adapter is requested, on 256-bit ones otherwise. A forward pass takes a third less time on them.
 */
const width = { variable: "LP_NATIVE_VECTOR_WIDTH", value: "512" };
/**
 * The driver's cache of compiled shaders does not know the width, and would give back what it kept for the other one.
 * It knows these flags; this one concerns samplers, which no kernel uses.
 */
const cacheKey = { variable: "GALLIVM_PERF", value: "no_quad_lod" };
const processors = "/proc/cpuinfo";

/**
 * Asks for 512-bit vectors where the processor has them and neither `LP_NATIVE_VECTOR_WIDTH` nor `GALLIVM_PERF` is set.
 * Does nothing where that cannot be known: not on Linux, or without `--allow-all`, which Deno asks for before it reads
 * `/proc`. Hardware adapters do not look at these variables.
 */
export function preferWideVectors(): void {
  if (Deno.build.os !== "linux") return;
  const wanted = [
    { name: "read", path: processors },
    { name: "env", variable: width.variable },
    { name: "env", variable: cacheKey.variable },
  ] as const;
  if (wanted.some((permission) => Deno.permissions.querySync(permission).state !== "granted")) return;
  const settings = [width, cacheKey];
  if (settings.some(({ variable }) => Deno.env.get(variable) !== undefined)) return;
  if (!hasWideVectors(readProcessors())) return;
  for (const { variable, value } of settings) Deno.env.set(variable, value);
}

/**
 * Whether every processor of a `/proc/cpuinfo` has AVX-512.
 *
 * @param text The file's text.
 */
export function hasWideVectors(text: string): boolean {
  const flags = text.match(/^flags\s*:.*$/gm) ?? [];
  return flags.length > 0 && flags.every((line) => /\savx512f(\s|$)/.test(line));
}

function readProcessors(): string {
  try {
    return Deno.readTextFileSync(processors);
  } catch {
    return "";
  }
}
