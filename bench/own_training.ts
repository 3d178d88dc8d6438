/** Our own training step: the trainer behind `train`, fed with ready pixels and targets. */
import type { GpuDevice } from "../gpu/device.ts";
import type { InputValues } from "../gpu/executor.ts";
import type { StepTime } from "../gpu/profile.ts";
import { heatmapLossOperator } from "../kernels/heatmap_loss/heatmap_loss.ts";
import { packBlocked } from "../kernels/linear/product.ts";
import { initialValues } from "../model/initialise.ts";
import { Trainer, type TrainerOptions, type TrainingMemory } from "../training/trainer.ts";
import {
  type StepResult,
  type TrainingRequest,
  type TrainingRun,
  trainingStepGraph,
} from "./training_request.ts";

/** GPU time of all dispatches of one operator on the way forward or on the way back. */
export interface TrainingOperatorTime {
  /** Name of the operator. */
  name: string;
  /** Where it stands: up to and with the loss, or behind it. */
  way: "forward" | "backward";
  /** GPU time of all its dispatches. */
  milliseconds: number;
  /** Number of dispatches. */
  dispatches: number;
}

/** GPU time of one batch, split at the loss. */
export interface TrainingProfile {
  /** From the first dispatch to the end of the loss, copies included. */
  forwardMilliseconds: number;
  /** From there to the last gradient, the running statistics and the sums of gradients included. */
  backwardMilliseconds: number;
  /** By operator, the longest first. */
  operators: TrainingOperatorTime[];
}

/** Our training, which can also say where its time goes. */
export interface OwnTraining extends TrainingRun {
  /** Memory that it takes. */
  readonly memory: TrainingMemory;
  /**
   * Times one batch by operator. Its gradients stay in the sum, so no step may follow.
   *
   * @returns The times; null without timestamp queries.
   */
  profile(): Promise<TrainingProfile | null>;
}

/**
 * Makes our training ready.
 *
 * @param device The device.
 * @param request Model, batch, weights and settings.
 * @returns The training.
 * @throws {RangeError} When the batch exceeds what the device can bind.
 */
export async function openOwnTraining(device: GpuDevice, request: TrainingRequest): Promise<OwnTraining> {
  const { config, keypoints, pixels, targets, visibility, weights, settings } = request;
  const options: TrainerOptions = {
    device,
    config,
    build: (graph) => trainingStepGraph(graph, request),
    // What is not among the weights are the running statistics.
    read: (name) =>
      Promise.resolve(weights.get(name)?.data.slice() ?? initialValues(name, [config.head.channels], 0)),
  };
  const trainer = await Trainer.prepare(options);
  const inputs: InputValues = {
    pixels,
    targets: packBlocked(targets, keypoints).data as Float32Array<ArrayBuffer>,
    visibility,
  };
  let steps = 0;
  return {
    memory: Trainer.measure(options),
    async step(): Promise<StepResult> {
      const { total } = await trainer.addBatch(inputs);
      return { loss: total, norm: await trainer.update({ ...settings, step: ++steps }) };
    },
    async profile(): Promise<TrainingProfile | null> {
      const profile = await trainer.profile(inputs);
      return profile ? splitProfile(profile) : null;
    },
    close(): Promise<void> {
      trainer.close();
      return Promise.resolve();
    },
  };
}

/**
 * Splits the profile of a batch at its loss.
 *
 * @param profile Every dispatch of the batch's plan, in order, and the whole span.
 * @returns Times of both ways and by operator.
 * @throws {RangeError} When no dispatch computes the loss.
 */
export function splitProfile(
  { steps, spanMilliseconds }: { steps: readonly StepTime[]; spanMilliseconds: number },
): TrainingProfile {
  const nameOf = ({ label }: StepTime) => label.split(" of ")[0];
  const last = steps.findLastIndex((step) => nameOf(step) === heatmapLossOperator.name);
  if (last < 0) {
    throw new RangeError(
      `Cannot split a profile of ${steps.length} dispatches at its loss: none of ${heatmapLossOperator.name}, ` +
        "expected at least one",
    );
  }
  const sums = new Map<string, TrainingOperatorTime>();
  for (const [i, step] of steps.entries()) {
    const way = i <= last ? "forward" : "backward";
    const name = nameOf(step);
    const sum = sums.get(`${way} ${name}`) ?? { name, way, milliseconds: 0, dispatches: 0 };
    sum.milliseconds += step.milliseconds;
    sum.dispatches++;
    sums.set(`${way} ${name}`, sum);
  }
  const forwardMilliseconds = steps[last].endMilliseconds;
  return {
    forwardMilliseconds,
    backwardMilliseconds: spanMilliseconds - forwardMilliseconds,
    operators: [...sums.values()].sort((a, b) => b.milliseconds - a.milliseconds),
  };
}
