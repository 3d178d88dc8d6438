/** Our own training step: the trainer behind `train`, fed with ready pixels and targets. */
import type { GpuDevice } from "../gpu/device.ts";
import { Executor, type InputValues } from "../gpu/executor.ts";
import { ParameterStore } from "../gpu/parameters.ts";
import { PipelineCache } from "../gpu/pipelines.ts";
import type { StepTime } from "../gpu/profile.ts";
import type { Schedule } from "../gpu/schedule.ts";
import { Graph } from "../graph/graph.ts";
import { planGraph } from "../graph/plan.ts";
import { heatmapLossOperator } from "../kernels/heatmap_loss/heatmap_loss.ts";
import { packBlocked } from "../kernels/linear/product.ts";
import { initialValues } from "../model/initialise.ts";
import { Trainer, type TrainerOptions, type TrainingMemory } from "../training/trainer.ts";
import { timePasses } from "./pass_times.ts";
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

/** GPU time inside the compute passes of one run of each plan. */
export interface PlanTimes {
  /** A plan that ends with the loss. */
  forwardMilliseconds: number;
  /** The plan of a batch: forward and backward, the running statistics and the sums of gradients included. */
  batchMilliseconds: number;
}

/** Our training, which can also say where its time goes. */
export interface OwnTraining extends TrainingRun {
  /** Memory that it takes. */
  readonly memory: TrainingMemory;
  /**
   * Times a batch beside a plan of its forward pass alone. Gradients stay in their sum, so no step may follow.
   *
   * @returns The times; null without timestamp queries.
   */
  plans(): Promise<PlanTimes | null>;
  /**
   * Times one batch by operator, each dispatch in a pass of its own. Gradients stay in their sum likewise.
   *
   * @returns The times, the longest first; empty without timestamp queries.
   */
  operators(): Promise<TrainingOperatorTime[]>;
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
  const pipelines = new PipelineCache(device);
  const trainer = await Trainer.prepare({ ...options, pipelines });
  const parameters = new ParameterStore(device);
  const forward = await Executor.prepare(forwardPlan(device, options), { device, pipelines, parameters })
    .catch((error) => {
      trainer.close();
      parameters.close();
      throw error;
    });
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
    async plans(): Promise<PlanTimes | null> {
      const forwardTime = await timePasses(device.device, async () => void await forward.run(inputs));
      const batchTime = await timePasses(device.device, async () => void await trainer.addBatch(inputs));
      const [forwardMilliseconds, batchMilliseconds] = [forwardTime, batchTime].map((time) =>
        time.kernelMilliseconds
      );
      if (forwardMilliseconds === null || batchMilliseconds === null) return null;
      return { forwardMilliseconds, batchMilliseconds };
    },
    async operators(): Promise<TrainingOperatorTime[]> {
      const profile = await trainer.profile(inputs);
      return profile ? sumByOperator(profile.steps) : [];
    },
    close(): Promise<void> {
      trainer.close();
      forward.close();
      parameters.close();
      return Promise.resolve();
    },
  };
}

/** Up to the loss, with what the backward pass needs kept as in the plan of a batch. */
function forwardPlan(device: GpuDevice, { build, read }: TrainerOptions): Schedule {
  const graph = new Graph({ training: true });
  graph.output("total", build(graph).total);
  return planGraph(graph, { traits: device.traits, read });
}

/**
 * Sums the times of a batch's dispatches by operator, apart for the two ways.
 *
 * @param steps Time of every dispatch of the batch's plan, in order.
 * @returns One entry per operator and way, the longest first.
 * @throws {RangeError} When no dispatch computes the loss.
 */
export function sumByOperator(
  steps: readonly Pick<StepTime, "label" | "milliseconds">[],
): TrainingOperatorTime[] {
  const names = steps.map(({ label }) => label.split(" of ")[0]);
  const last = names.lastIndexOf(heatmapLossOperator.name);
  if (last < 0) {
    throw new RangeError(
      `Cannot split ${steps.length} dispatches at their loss: none of ${heatmapLossOperator.name}, ` +
        "expected at least one",
    );
  }
  const sums = new Map<string, TrainingOperatorTime>();
  for (const [i, { milliseconds }] of steps.entries()) {
    const way = i <= last ? "forward" : "backward";
    const key = `${way} ${names[i]}`;
    const sum = sums.get(key) ?? { name: names[i], way, milliseconds: 0, dispatches: 0 };
    sum.milliseconds += milliseconds;
    sum.dispatches++;
    sums.set(key, sum);
  }
  return [...sums.values()].sort((a, b) => b.milliseconds - a.milliseconds);
}
