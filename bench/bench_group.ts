/** Registers workloads with `deno bench`: one group per operator and shape, the first variant as baseline. */
import type { Workload } from "./workload.ts";

/** Repetitions that share one wait, which costs about 11 ms in Deno. */
const perWait = 8;

/**
 * Registers one bench per workload; each iteration is eight repetitions and one wait.
 *
 * @param group Operator and shape in words, for example `"attention B1 M192 D768"`.
 * @param workloads Ways of computing the same, the baseline first.
 * @param verify Throws when a result is wrong; only right results are timed.
 */
export async function benchGroup(
  group: string,
  workloads: readonly Workload[],
  verify: (result: Float32Array) => void,
): Promise<void> {
  for (const [i, workload] of workloads.entries()) {
    verify(await workload.read());
    Deno.bench({
      name: workload.variant,
      group: `${group}, ${perWait} at a time`,
      baseline: i === 0,
      n: 3,
      warmup: 1,
      fn: () => workload.run(perWait),
    });
  }
}
