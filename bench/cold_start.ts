/**
 * From nothing to the first result, beside the least that any program must do: read the file once and copy it to the
 * GPU. A second start runs its stages one after the other, to tell what each takes by itself; the engine compiles, reads
 * and copies at the same time.
 */
import { openWeights, type WeightsFile } from "../estimation/weights_file.ts";
import { type GpuDevice, openDevice } from "../gpu/device.ts";
import { Executor } from "../gpu/executor.ts";
import type { LoadingMemory, Schedule, ScheduledParameter } from "../gpu/schedule.ts";
import { planGraph } from "../graph/plan.ts";
import { forwardGraph } from "../model/forward_graph.ts";
import {
  type ForwardContext,
  forwardContext,
  type ForwardExtents,
  forwardInputs,
  openForwardPlan,
} from "./forward_plan.ts";

/** Milliseconds of each stage of a cold start. */
export interface ColdStartStages {
  /** Adapter and device. */
  device: number;
  /** The file's structure checked, the graph built and planned. */
  plan: number;
  /** Tensors read from the file and checked for finite values. */
  read: number;
  /** Weights put into the order that kernels want. */
  pack: number;
  /** Weights handed to the GPU, waits included. */
  upload: number;
  /** Shaders compiled to pipelines. */
  compile: number;
  /** Memory allocated, bind groups made. */
  allocate: number;
  /** The first run, with whatever the driver compiles then. */
  firstResult: number;
}

/** A cold start. */
export interface ColdStartFigures {
  /** From asking for a device to the first result, as the engine does it. */
  totalMilliseconds: number;
  /** The stages by themselves; more than the whole, of which some overlap. */
  stages: ColdStartStages;
  /** The file read once and copied into GPU memory, nothing else. */
  copyMilliseconds: number;
}

const windowBytes = 32 * 2 ** 20;

/**
 * Measures cold starts on devices of their own; the file is in the system's cache if it was just written.
 *
 * @param path A weights file.
 * @param extents People and tokens of the first pass.
 * @returns The whole, its stages and the least time.
 */
export async function measureColdStart(path: string, extents: ForwardExtents): Promise<ColdStartFigures> {
  const totalMilliseconds = await startWhole(path, extents);
  const stages: ColdStartStages = {
    device: 0,
    plan: 0,
    read: 0,
    pack: 0,
    upload: 0,
    compile: 0,
    allocate: 0,
    firstResult: 0,
  };
  const clock = new StageClock(stages);
  const device = await clock.time("device", () => openDevice());
  try {
    await runStages(device, { path, extents, clock });
    return { totalMilliseconds, stages, copyMilliseconds: await copyFile(path, device.device) };
  } finally {
    device.close();
  }
}

async function startWhole(path: string, extents: ForwardExtents): Promise<number> {
  const start = performance.now();
  const device = await openDevice();
  await using weights = await openWeights(path);
  const context = forwardContext(device, weights);
  try {
    const { executor, inputs } = await openForwardPlan(context, extents);
    await executor.run(inputs);
    executor.close();
    return performance.now() - start;
  } finally {
    context.parameters.close();
    device.close();
  }
}

class StageClock {
  readonly #stages: ColdStartStages;
  readonly #running = new Map<keyof ColdStartStages, { count: number; start: number }>();

  constructor(stages: ColdStartStages) {
    this.#stages = stages;
  }

  /** Adds the time of `work` to a stage; time in which several works of one stage run counts once. */
  async time<T>(stage: keyof ColdStartStages, work: () => Promise<T>): Promise<T> {
    const running = this.#running.get(stage) ?? { count: 0, start: 0 };
    this.#running.set(stage, running);
    if (running.count++ === 0) running.start = performance.now();
    try {
      return await work();
    } finally {
      if (--running.count === 0) this.#stages[stage] += performance.now() - running.start;
    }
  }

  /** Moves what inner stages took out of an outer one that was timed around them. */
  subtract(outer: keyof ColdStartStages, ...inner: (keyof ColdStartStages)[]): void {
    for (const stage of inner) this.#stages[outer] -= this.#stages[stage];
  }
}

async function runStages(
  device: GpuDevice,
  { path, extents, clock }: { path: string; extents: ForwardExtents; clock: StageClock },
): Promise<void> {
  const { weights, schedule } = await clock.time("plan", async () => {
    const weights = await openWeights(path);
    return { weights, schedule: planForward(device, { weights, extents, clock }) };
  });
  await using _ = weights;
  const context = forwardContext(device, weights);
  try {
    await loadParameters(context, { schedule, clock });
    await clock.time("compile", () =>
      Promise.all(
        schedule.steps.map((step) =>
          step.kind === "dispatch" ? context.pipelines.get(step.shader, step.bindings) : undefined
        ),
      ));
    const executor = await clock.time("allocate", () => Executor.prepare(schedule, context));
    try {
      const inputs = Object.entries(forwardInputs(weights.config, extents));
      const values = Object.fromEntries(inputs.map(([name, { data }]) => [name, data]));
      await clock.time("firstResult", () => executor.run(values));
    } finally {
      executor.close();
    }
  } finally {
    context.parameters.close();
  }
}

function planForward(
  device: GpuDevice,
  { weights, extents, clock }: { weights: WeightsFile; extents: ForwardExtents; clock: StageClock },
): Schedule {
  const { config, keypoints } = weights;
  const size = { batch: extents.people, ...(config.language ? { tokens: extents.tokens } : {}) };
  return planGraph(forwardGraph(config, keypoints.keypoints.length, size), {
    traits: device.traits,
    read: (name, allocate) => clock.time("read", () => weights.read(name, allocate)),
  });
}

/** Reading happens inside packing, and packing inside loading. */
async function loadParameters(
  { parameters }: ForwardContext,
  { schedule, clock }: { schedule: Schedule; clock: StageClock },
): Promise<void> {
  const wanted = schedule.steps.flatMap((step) => step.kind === "dispatch" ? step.bindings : [])
    .filter((binding): binding is ScheduledParameter => binding.kind === "parameter")
    .map((parameter) => ({
      ...parameter,
      load: (memory?: LoadingMemory) => clock.time("pack", () => parameter.load(memory)),
    }));
  await clock.time("upload", () => parameters.load(wanted));
  clock.subtract("upload", "pack");
  clock.subtract("pack", "read");
}

/** Reads a file once and writes it into GPU buffers; resolves to the milliseconds that took. */
async function copyFile(path: string, device: GPUDevice): Promise<number> {
  const start = performance.now();
  const window = new Uint8Array(windowBytes);
  const buffers: GPUBuffer[] = [];
  using file = await Deno.open(path);
  try {
    for (let filled = await fill(file, window); filled > 0; filled = await fill(file, window)) {
      const size = Math.ceil(filled / 4) * 4;
      const buffer = device.createBuffer({ size, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST });
      buffers.push(buffer);
      device.queue.writeBuffer(buffer, 0, window, 0, size);
      device.queue.submit([]);
      await device.queue.onSubmittedWorkDone();
    }
    return performance.now() - start;
  } finally {
    for (const buffer of buffers) buffer.destroy();
  }
}

async function fill(file: Deno.FsFile, window: Uint8Array): Promise<number> {
  let filled = 0;
  while (filled < window.length) {
    const count = await file.read(window.subarray(filled));
    if (count === null) break;
    filled += count;
  }
  return filled;
}
