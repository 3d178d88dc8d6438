/** The ratios of a run: figures of one machine, divided by figures of the same machine in the same minutes. */
import type { Ceiling } from "./ceiling.ts";
import type { ColdStartFigures } from "./cold_start.ts";
import { type Comparison, fastestPeer } from "./compare.ts";
import type { ForwardFigures } from "./forward_pass.ts";
import { ceilingName } from "./kernel_contests.ts";
import { ownName } from "./own_workloads.ts";
import type { PeopleSweep } from "./people.ts";
import { onnxruntimeNode } from "./peers/onnxruntime_node.ts";
import { onnxruntimeWeb } from "./peers/onnxruntime_web.ts";
import { speedup } from "./statistics.ts";
import type { TrainingFigures } from "./training_step.ts";

/** Ratios by name; null where a part of one was not measured. Of `…_vs_…` against a library, above 1 means that ours is faster. */
export interface Ratios extends Record<string, number | null> {
  /** Time of the fastest WebGPU peer's matrix product by ours. */
  matmul_vs_best_peer: number | null;
  /** Rate of our matrix product by that of multiply-adds in registers. */
  matmul_share_of_fma_ceiling: number | null;
  /** Time of the fastest WebGPU peer's attention by ours. */
  attention_vs_best_peer: number | null;
  /** Time outside the GPU by the whole time of a forward pass. */
  forward_host_share: number | null;
  /** Bytes of the arena by the largest sum of live tensors. */
  arena_vs_live: number | null;
  /** Time of onnxruntime-web on WebGPU by ours, same file. */
  forward_vs_onnxruntime_web: number | null;
  /** Time of onnxruntime-node on the processor by ours, same file. */
  forward_vs_onnxruntime_cpu: number | null;
  /** Objects made on the device by one run. */
  allocations_per_run: number | null;
  /** Bytes per second of our layer normalisation, read and written, by those of a copying shader. */
  copy_bandwidth_share: number | null;
  /** Cold start to the first result by reading the file and copying it to the GPU once. */
  cold_start_vs_copy: number | null;
  /** Time per person of the largest number of people by that of one. */
  per_person_most_vs_one: number | null;
  /** Time of the fastest WebGPU peer's training step by ours. */
  training_vs_best_peer: number | null;
  /** GPU time of a batch behind its loss by that up to it. */
  training_backward_vs_forward: number | null;
  /** Objects made on the device by one training step. */
  training_objects_per_step: number | null;
}

/** What the ratios are made of. */
export interface MeasuredParts {
  /** Lines of the matrix product, ours and the ceiling among them. */
  matmul: readonly Comparison[];
  /** Lines of attention, ours among them. */
  attention: readonly Comparison[];
  /** The whole forward pass. */
  forward: ForwardFigures;
  /** The cold start. */
  coldStart: ColdStartFigures;
  /** Numbers of people; null when not measured. */
  people: PeopleSweep | null;
  /** The training step; null when not measured. */
  training: TrainingFigures | null;
  /** The adapter's best. */
  ceiling: Ceiling;
}

/** The operator that does little but move memory. */
const copyingOperator = "layer_norm";

/**
 * Divides.
 *
 * @param parts What was measured.
 * @returns The ratios.
 */
export function ratiosOf(
  { matmul, attention, forward, coldStart, people, training, ceiling }: MeasuredParts,
): Ratios {
  const top = matmul.find(({ name }) => name === ceilingName);
  const norm = forward.operators.find(({ name }) => name === copyingOperator)?.gigabytesPerSecond;
  const rival = (name: string) => {
    const found = forward.rivals.find((entry) => entry.name === name);
    return found ? speedup(forward.wallMilliseconds, found.milliseconds) : null;
  };
  const { hostMilliseconds: host, gpuMilliseconds: gpu } = forward;
  return {
    matmul_vs_best_peer: againstPeers(matmul),
    matmul_share_of_fma_ceiling: top ? fastestOwn(matmul).gigaflops / top.gigaflops : null,
    attention_vs_best_peer: againstPeers(attention),
    forward_host_share: host === null || gpu === null ? null : host / (host + gpu),
    arena_vs_live: forward.arenaBytes / forward.liveBytes,
    forward_vs_onnxruntime_web: rival(onnxruntimeWeb.name),
    forward_vs_onnxruntime_cpu: rival(onnxruntimeNode.name),
    allocations_per_run: forward.allocations.objects,
    copy_bandwidth_share: norm === undefined || norm === null ? null : norm / ceiling.shaderCopy,
    cold_start_vs_copy: coldStart.totalMilliseconds / coldStart.copyMilliseconds,
    per_person_most_vs_one: perPerson(people),
    ...trainingRatios(training),
  };
}

function fastestOwn(lines: readonly Comparison[]): Comparison {
  const own = lines.filter(({ name }) => name === ownName);
  return own.reduce((best, line) => line.milliseconds < best.milliseconds ? line : best);
}

function againstPeers(lines: readonly Comparison[]): number | null {
  const peer = fastestPeer(lines, ownName);
  return peer === null ? null : speedup(fastestOwn(lines).milliseconds, peer.milliseconds);
}

function perPerson(people: PeopleSweep | null): number | null {
  const one = people?.figures.find((entry) => entry.people === 1);
  const most = people?.figures.at(-1);
  return one && most && most !== one ? most.millisecondsPerPerson / one.millisecondsPerPerson : null;
}

function trainingRatios(
  training: TrainingFigures | null,
): Pick<Ratios, "training_vs_best_peer" | "training_backward_vs_forward" | "training_objects_per_step"> {
  const { forwardMilliseconds: forward, backwardMilliseconds: backward } = training ?? {};
  const rivals = (training?.rivals ?? []).filter(({ processor }) => !processor);
  const fastest = Math.min(...rivals.map(({ milliseconds }) => milliseconds));
  return {
    training_vs_best_peer: training && rivals.length > 0 ? speedup(training.wallMilliseconds, fastest) : null,
    training_backward_vs_forward: forward && backward ? backward / forward : null,
    training_objects_per_step: training?.allocations.objects ?? null,
  };
}
