/** GPU time by operator, and how much memory each operator touches in it. */
import type { StepTime } from "../gpu/profile.ts";
import { type Resource, type Schedule, textureBytes } from "../gpu/schedule.ts";
import { rate } from "./statistics.ts";

/** All dispatches of one operator in a pass. */
export interface OperatorTime {
  /** Name of the operator. */
  name: string;
  /** GPU time of all its dispatches. */
  milliseconds: number;
  /** Number of dispatches. */
  dispatches: number;
  /** Bytes of all activations that its dispatches bind: each tensor once per dispatch, however often it is read. */
  bytes: number;
  /** `bytes` by `milliseconds`, in GB/s; null where the clock saw no time. */
  gigabytesPerSecond: number | null;
}

/**
 * Sums the times of dispatches by operator.
 *
 * @param steps Time of every dispatch of the schedule, in order.
 * @param schedule What ran.
 * @returns One entry per operator, the longest first.
 * @throws {RangeError} When there are more or fewer times than dispatches.
 */
export function operatorTimes(
  steps: readonly Pick<StepTime, "label" | "milliseconds">[],
  schedule: Pick<Schedule, "steps">,
): OperatorTime[] {
  const dispatches = schedule.steps.filter((step) => step.kind === "dispatch");
  if (steps.length !== dispatches.length) {
    throw new RangeError(
      `Cannot sum the times of operators: ${steps.length} times, expected ${dispatches.length}`,
    );
  }
  const sums = new Map<string, { milliseconds: number; dispatches: number; bytes: number }>();
  for (const [i, { label, milliseconds }] of steps.entries()) {
    const name = label.split(" of ")[0];
    const sum = sums.get(name) ?? { milliseconds: 0, dispatches: 0, bytes: 0 };
    sum.milliseconds += milliseconds;
    sum.dispatches++;
    for (const binding of dispatches[i].bindings) sum.bytes += activationBytes(binding);
    sums.set(name, sum);
  }
  return [...sums].map(([name, sum]) => ({
    name,
    ...sum,
    gigabytesPerSecond: sum.milliseconds > 0 && sum.bytes > 0 ? rate(sum.bytes, sum.milliseconds) : null,
  })).sort((a, b) => b.milliseconds - a.milliseconds);
}

/** Weights do not count: an embedding binds a table of which it reads a few rows. */
function activationBytes(resource: Resource): number {
  if (resource.kind === "arena") return resource.bytes;
  return resource.kind === "texture" ? textureBytes(resource) : 0;
}
