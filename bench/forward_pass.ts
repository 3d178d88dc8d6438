/** The whole base forward pass: time by operator, host time, memory. */
import { Executor, type StepTime } from "../gpu/executor.ts";
import type { GpuDevice } from "../gpu/device.ts";
import { ParameterStore } from "../gpu/parameters.ts";
import { PipelineCache } from "../gpu/pipelines.ts";
import { planGraph } from "../graph/plan.ts";
import type { LaposeConfig } from "../model/config.ts";
import { forwardGraph } from "../model/forward_graph.ts";
import { initialValues } from "../model/initialise.ts";
import { median } from "./statistics.ts";

/** Figures of a forward pass. */
export interface ForwardFigures {
  /** Median wall time of a run: inputs written, one submit, one wait, outputs read. */
  wallMilliseconds: number;
  /** From the first dispatch to the last by timestamp, copies included; null without timestamp queries. */
  gpuMilliseconds: number | null;
  /** Wall time of the same runs outside that span: inputs, recording, submission, the wait, outputs; null likewise. */
  hostMilliseconds: number | null;
  /** GPU time by operator, the longest first. */
  operators: { name: string; milliseconds: number; dispatches: number }[];
  /** Bytes of the arena and the least that any arena could have. */
  arenaBytes: number;
  /** Largest sum of live tensors. */
  liveBytes: number;
  /** Bytes of packed weights. */
  weightBytes: number;
}

/** Options of {@linkcode measureForward}. */
export interface MeasureForwardOptions {
  /** The configuration; weights are random. */
  config: LaposeConfig;
  /** People. */
  batch: number;
  /** Text tokens. */
  tokens: number;
  /** Number of keypoints. */
  keypoints: number;
  /** Measured runs. */
  rounds: number;
}

/** Measures a forward pass on `device`. */
export async function measureForward(
  device: GpuDevice,
  options: MeasureForwardOptions,
): Promise<ForwardFigures> {
  const { config, batch, tokens, keypoints, rounds } = options;
  const graph = forwardGraph(config, keypoints, { batch, tokens });
  const shapes = new Map([...graph.parameters].map(([name, { shape }]) => [name, shape]));
  const schedule = planGraph(graph, {
    traits: device.traits,
    read: (name) => Promise.resolve(initialValues(name, shapes.get(name)!, 7)),
  });
  const parameters = new ParameterStore(device);
  const executor = await Executor.prepare(schedule, {
    device,
    pipelines: new PipelineCache(device),
    parameters,
  });
  try {
    const pixels = new Float32Array(schedule.inputs.get("pixels")!.range.bytes / 4).map((_, i) =>
      Math.sin(i)
    );
    const inputIds = Int32Array.from(
      { length: batch * tokens },
      (_, i) => (i * 7) % config.text.vocabularySize,
    );
    const inputs = { pixels, inputIds, attentionMask: new Int32Array(batch * tokens).fill(1) };
    await executor.run(inputs);
    const walls: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const start = performance.now();
      await executor.run(inputs);
      walls.push(performance.now() - start);
    }
    const spans: number[] = [];
    const hosts: number[] = [];
    let steps: readonly StepTime[] = [];
    for (let round = 0; round < rounds; round++) {
      const start = performance.now();
      const profile = await executor.profile(inputs);
      if (!profile) break;
      hosts.push(performance.now() - start - profile.spanMilliseconds);
      spans.push(profile.spanMilliseconds);
      steps = profile.steps;
    }
    const operators = new Map<string, { name: string; milliseconds: number; dispatches: number }>();
    for (const { label, milliseconds } of steps) {
      const name = label.split(" of ")[0];
      const entry = operators.get(name) ?? { name, milliseconds: 0, dispatches: 0 };
      entry.milliseconds += milliseconds;
      entry.dispatches++;
      operators.set(name, entry);
    }
    return {
      wallMilliseconds: median(walls),
      gpuMilliseconds: spans.length > 0 ? median(spans) : null,
      hostMilliseconds: hosts.length > 0 ? median(hosts) : null,
      operators: [...operators.values()].sort((a, b) => b.milliseconds - a.milliseconds),
      arenaBytes: schedule.arenaBytes,
      liveBytes: schedule.liveBytes,
      weightBytes: parameters.bytes,
    };
  } finally {
    executor.close();
    parameters.close();
  }
}
