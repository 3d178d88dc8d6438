/** Measures everything and gathers it in one report; which libraries stand beside ours is the caller's choice. */
import { openWeights } from "../estimation/weights_file.ts";
import { openDevice } from "../gpu/device.ts";
import { namedConfig } from "../model/config.ts";
import { measureCeiling } from "./ceiling.ts";
import { measureColdStart } from "./cold_start.ts";
import type { Comparison } from "./compare.ts";
import { describeEnvironment } from "./environment.ts";
import { type ForwardFigures, measureForward } from "./forward_pass.ts";
import { forwardContext } from "./forward_plan.ts";
import { writeForwardWeights } from "./forward_weights.ts";
import { contestAttention, contestMatmul } from "./kernel_contests.ts";
import { ownName } from "./own_workloads.ts";
import type { Peer } from "./peers/peer.ts";
import { measurePeople } from "./people.ts";
import { ratiosOf } from "./ratios.ts";
import type { BenchReport, BenchResult } from "./report.ts";
import { measureTraining, trainingBatch, trainingConfig, type TrainingFigures } from "./training_step.ts";

/** Options of {@linkcode measure}. */
export interface MeasureOptions {
  /** Measured rounds; figures are medians. */
  rounds: number;
  /** Name of the configuration of the whole model. */
  config: string;
  /** Libraries to measure beside ours. */
  peers: readonly Peer[];
  /** Whether to measure the pass for 1 to 16 people too. */
  people: boolean;
  /** Whether to measure a training step too. */
  training: boolean;
  /** An empty folder for the weights file; the caller removes it. */
  folder: string;
  /** Told what is measured next. */
  onStage?: (stage: string) => void;
}

const tokens = 40;

/**
 * Measures matrix product, attention, the whole forward pass, a cold start, the adapter's ceiling, and where asked for
 * numbers of people and a training step.
 *
 * @param options Rounds, configuration, peers, folder.
 * @returns The report.
 * @throws {GpuUnavailableError} When there is no adapter.
 * @throws {RangeError} When there is no configuration of that name, or a result of ours is wrong.
 */
export async function measure(options: MeasureOptions): Promise<BenchReport> {
  const { rounds, config, peers, folder, onStage = () => {} } = options;
  const path = `${folder}/weights.onnx`;
  onStage(`weights of configuration ${config}`);
  await writeForwardWeights(path, namedConfig(config));
  onStage("cold start");
  const coldStart = await measureColdStart(path, { people: 1, tokens });
  const device = await openDevice();
  try {
    const environment = describeEnvironment(device.device.adapterInfo);
    onStage("matrix product");
    const matmul = await contestMatmul(device, { rounds, peers });
    onStage("attention");
    const attention = await contestAttention(device, { rounds, peers });
    await using weights = await openWeights(path);
    const context = forwardContext(device, weights);
    onStage("forward pass");
    const forward = await measureForward(context, { people: 1, tokens, rounds, peers });
    if (options.people) onStage("1 to 16 people");
    const people = options.people ? await measurePeople(context, { tokens, rounds }) : null;
    context.parameters.close();
    if (options.training) onStage(`training step of ${trainingConfig}`);
    const training = options.training
      ? await measureTraining(device, {
        config: namedConfig(trainingConfig),
        batch: trainingBatch,
        rounds,
        peers,
      })
      : null;
    onStage("copy bandwidth");
    const ceiling = await measureCeiling(device.device, { rounds });
    const parts = {
      matmul: matmul.lines,
      attention: attention.lines,
      forward,
      coldStart,
      people,
      training,
      ceiling,
    };
    return {
      adapter: environment.adapter,
      environment,
      date: new Date().toISOString(),
      rounds,
      config,
      results: [
        ...kernelResults("matmul", matmul.lines),
        ...kernelResults("attention", attention.lines),
        ...forwardResults(`forward ${config}`, forward),
        ...(training ? trainingResults(training) : []),
      ],
      ratios: ratiosOf(parts),
      forward,
      coldStart,
      people,
      training,
      ceiling,
      refused: [
        ...matmul.refused,
        ...attention.refused,
        ...forward.refused,
        ...training?.refused ?? [],
      ],
    };
  } finally {
    device.close();
  }
}

function kernelResults(group: string, lines: readonly Comparison[]): BenchResult[] {
  return lines.map(({ name, variant, milliseconds, gigaflops }) => ({
    name: `${group} ${name}`,
    variant,
    milliseconds,
    gflops: gigaflops,
  }));
}

function forwardResults(group: string, figures: ForwardFigures): BenchResult[] {
  return wallResults(group, figures, `1 person, 3 frames, ${tokens} tokens`);
}

function trainingResults(figures: TrainingFigures): BenchResult[] {
  return wallResults(`training ${trainingConfig}`, figures, `${figures.batch} images`);
}

function wallResults(
  group: string,
  { wallMilliseconds, rivals }: Pick<ForwardFigures, "wallMilliseconds" | "rivals">,
  variant: string,
): BenchResult[] {
  return [{ name: ownName, milliseconds: wallMilliseconds }, ...rivals].map(({ name, milliseconds }) => ({
    name: `${group} ${name}`,
    variant,
    milliseconds,
    gflops: null,
  }));
}
