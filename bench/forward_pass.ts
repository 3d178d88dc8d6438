/** The whole forward pass of one batch: wall time beside other engines on the same file, time by operator, host time, memory. */
import { activationBytes } from "../gpu/schedule.ts";
import { type Allocations, countAllocations } from "./allocations.ts";
import { type ForwardRival, openForwardRivals, type RefusedRival } from "./forward_rivals.ts";
import {
  type ForwardContext,
  type ForwardExtents,
  forwardInputs,
  type ForwardPlan,
  openForwardPlan,
} from "./forward_plan.ts";
import { type OperatorTime, operatorTimes } from "./operator_times.ts";
import type { Peer } from "./peers/peer.ts";
import { median, medianOf } from "./statistics.ts";
import { rest } from "./workload.ts";

/** Another engine's time for the same pass on the same file. */
export interface RivalTime {
  /** Library. */
  name: string;
  /** Its version. */
  version: string;
  /** True for an engine on the processor. */
  processor: boolean;
  /** Median wall time of a run, inputs and outputs in main memory. */
  milliseconds: number;
}

/** Figures of a forward pass. */
export interface ForwardFigures {
  /** Median wall time of a run: inputs written, one submit, one wait, outputs read. */
  wallMilliseconds: number;
  /** From the first dispatch to the last by timestamp, copies included; null without timestamp queries. */
  gpuMilliseconds: number | null;
  /** Wall time of the same runs outside that span: inputs, recording, submission, the wait, outputs; null likewise. */
  hostMilliseconds: number | null;
  /** GPU time by operator, the longest first; of the last measured run. */
  operators: OperatorTime[];
  /** What one run makes on the device. */
  allocations: Allocations;
  /** Bytes of the arena. */
  arenaBytes: number;
  /** Largest sum of live tensors: the least that any arena could have. */
  liveBytes: number;
  /** Bytes of the arena and of the textures beside it. */
  activationBytes: number;
  /** Bytes of packed weights. */
  weightBytes: number;
  /** Other engines on the same file, timed in the same rounds. */
  rivals: RivalTime[];
  /** Engines that do not count. */
  refused: RefusedRival[];
}

/** Options of {@linkcode measureForward}. */
export interface MeasureForwardOptions extends ForwardExtents {
  /** Measured runs. */
  rounds: number;
  /** Libraries to measure beside ours; those that read no ONNX stay out. */
  peers: readonly Peer[];
}

/**
 * Measures a forward pass.
 *
 * @param context What the plans of the model share.
 * @param options People, tokens, rounds and peers.
 * @returns The figures.
 */
export async function measureForward(
  context: ForwardContext,
  { rounds, peers, ...extents }: MeasureForwardOptions,
): Promise<ForwardFigures> {
  const plan = await openForwardPlan(context, extents);
  const { executor, inputs } = plan;
  try {
    const { heatmaps } = await executor.run(inputs);
    const { path, config } = context.weights;
    const request = { path, inputs: forwardInputs(config, extents) };
    const { rivals, refused } = await openForwardRivals(peers, request, heatmaps as Float32Array);
    const walls = await raceForward(plan, { rivals, rounds });
    const allocations = await countAllocations(context.device.device, () => executor.run(inputs));
    const { arenaBytes, liveBytes } = executor.schedule;
    return {
      wallMilliseconds: walls.ours,
      ...await profileForward(plan, rounds),
      allocations,
      arenaBytes,
      liveBytes,
      activationBytes: activationBytes(executor.schedule),
      weightBytes: context.parameters.bytes,
      rivals: rivals.map(({ name, version, processor }, i) => ({
        name,
        version,
        processor,
        milliseconds: walls.rivals[i],
      })),
      refused,
    };
  } finally {
    executor.close();
  }
}

/** Wall times in turns; closes the rivals. */
async function raceForward(
  { executor, inputs }: ForwardPlan,
  { rivals, rounds }: { rivals: readonly ForwardRival[]; rounds: number },
): Promise<{ ours: number; rivals: number[] }> {
  try {
    const runs = [() => executor.run(inputs), ...rivals.map(({ workload }) => () => workload.run(1))];
    const timed = runs.map((run, i) => [`${i}`, async () => {
      await rest();
      const start = performance.now();
      await run();
      return performance.now() - start;
    }]);
    // All have run once already, when their results were compared.
    const medians = await medianOf<string>(Object.fromEntries(timed), { rounds, warmups: 0 });
    const [ours, ...theirs] = runs.map((_, i) => medians[`${i}`]);
    return { ours, rivals: theirs };
  } finally {
    for (const { workload } of rivals) await workload.close();
  }
}

async function profileForward(
  { executor, inputs }: ForwardPlan,
  rounds: number,
): Promise<Pick<ForwardFigures, "gpuMilliseconds" | "hostMilliseconds" | "operators">> {
  const spans: number[] = [];
  const hosts: number[] = [];
  let operators: OperatorTime[] = [];
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    const profile = await executor.profile(inputs);
    if (!profile) return { gpuMilliseconds: null, hostMilliseconds: null, operators };
    hosts.push(performance.now() - start - profile.spanMilliseconds);
    spans.push(profile.spanMilliseconds);
    operators = operatorTimes(profile.steps, executor.schedule);
  }
  return { gpuMilliseconds: median(spans), hostMilliseconds: median(hosts), operators };
}
