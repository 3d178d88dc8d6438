/** A training step of the vision-only model: ours beside other libraries that do the same step with the same numbers. */
import type { GpuDevice } from "../gpu/device.ts";
import type { LaposeConfig } from "../model/config.ts";
import type { TrainingMemory } from "../training/trainer.ts";
import { type Allocations, countAllocations } from "./allocations.ts";
import type { RivalTime } from "./forward_pass.ts";
import type { RefusedRival } from "./forward_rivals.ts";
import { openOwnTraining, type OwnTraining, type TrainingOperatorTime } from "./own_training.ts";
import type { Peer } from "./peers/peer.ts";
import { median, medianOf } from "./statistics.ts";
import { type StepResult, trainingRequest, type TrainingRun } from "./training_request.ts";
import { verifyTraining } from "./verify.ts";

/** Configuration whose training step `bench` measures, whatever the forward pass's is. */
export const trainingConfig = "tiny";

/** Images of that step. */
export const trainingBatch = 16;

/** Figures of a training step. */
export interface TrainingFigures {
  /** Images of a step. */
  batch: number;
  /** Median wall time of a step: inputs from main memory, forward, backward, AdamW, loss and norm back. */
  wallMilliseconds: number;
  /** Median GPU time of a plan that ends with the loss; null without timestamp queries. */
  forwardMilliseconds: number | null;
  /** What the plan of a batch takes longer; null likewise. The update is in neither. */
  backwardMilliseconds: number | null;
  /** GPU time by operator and way, the longest first; of the last measured batch. */
  operators: TrainingOperatorTime[];
  /** What one step makes on the device. */
  allocations: Allocations;
  /** Memory of batch and state. */
  memory: TrainingMemory;
  /** Loss and norm of the gradients in the first steps, on which all engines agree. */
  steps: StepResult[];
  /** Other libraries, timed in the same rounds. */
  rivals: RivalTime[];
  /** Libraries that do not count. */
  refused: RefusedRival[];
}

/** Options of {@linkcode measureTraining}. */
export interface MeasureTrainingOptions {
  /** The model; its temporal part and language are left out. */
  config: LaposeConfig;
  /** Images of a step. */
  batch: number;
  /** Measured rounds; each does one step on every engine. */
  rounds: number;
  /** Libraries to measure beside ours; those that write no training step here stay out. */
  peers: readonly Peer[];
}

/** Steps that are compared, and that compile and warm up. The second and third see what the first has moved. */
const comparedSteps = 3;

/**
 * Measures a training step.
 *
 * @param device The device of our training.
 * @param options Model, batch, rounds and peers.
 * @returns The figures.
 * @throws {RangeError} When the batch exceeds what the device can bind.
 */
export async function measureTraining(
  device: GpuDevice,
  { config, batch, rounds, peers }: MeasureTrainingOptions,
): Promise<TrainingFigures> {
  const request = trainingRequest(config, { batch });
  const ours = await openOwnTraining(device, request);
  const refused: RefusedRival[] = [];
  const entered: { peer: Peer; run: TrainingRun }[] = [];
  try {
    const steps = await firstSteps(ours);
    for (const peer of peers) {
      if (!peer.train) continue;
      let run: TrainingRun | undefined;
      try {
        const available = await peer.available();
        if (available !== true) throw new Error(available);
        run = await peer.train(request);
        verifyTraining(await firstSteps(run), steps);
        entered.push({ peer, run });
      } catch (error) {
        await run?.close();
        refused.push({ name: peer.name, reason: error instanceof Error ? error.message : String(error) });
      }
    }
    const walls = await race([ours, ...entered.map(({ run }) => run)], rounds);
    const allocations = await countAllocations(device.device, () => ours.step());
    return {
      batch,
      wallMilliseconds: walls[0],
      ...await timeWays(ours, rounds),
      operators: await ours.operators(),
      allocations,
      memory: ours.memory,
      steps,
      rivals: entered.map(({ peer: { name, version, processor } }, i) => ({
        name,
        version,
        processor,
        milliseconds: walls[i + 1],
      })),
      refused,
    };
  } finally {
    for (const { run } of entered) await run.close();
    await ours.close();
  }
}

async function firstSteps(run: TrainingRun): Promise<StepResult[]> {
  const steps: StepResult[] = [];
  while (steps.length < comparedSteps) steps.push(await run.step());
  return steps;
}

/** Median wall time of a step of each, in turns. */
async function race(runs: readonly TrainingRun[], rounds: number): Promise<number[]> {
  const timed = runs.map((run, i) => [`${i}`, async () => {
    const start = performance.now();
    await run.step();
    return performance.now() - start;
  }]);
  const medians = await medianOf<string>(Object.fromEntries(timed), { rounds, warmups: 0 });
  return runs.map((_, i) => medians[`${i}`]);
}

async function timeWays(
  training: OwnTraining,
  rounds: number,
): Promise<Pick<TrainingFigures, "forwardMilliseconds" | "backwardMilliseconds">> {
  const forward: number[] = [];
  const batch: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const times = await training.plans();
    if (!times) return { forwardMilliseconds: null, backwardMilliseconds: null };
    forward.push(times.forwardMilliseconds);
    batch.push(times.batchMilliseconds);
  }
  const forwardMilliseconds = median(forward);
  return { forwardMilliseconds, backwardMilliseconds: median(batch) - forwardMilliseconds };
}
