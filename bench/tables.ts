/** A report as lines of text for people. */
import { environmentLine } from "./environment.ts";
import { attentionShape, matmulShape } from "./kernel_contests.ts";
import { trainingConfig } from "./training_step.ts";
import type { BenchReport } from "./report.ts";

/**
 * Lays a report out as tables.
 *
 * @param report What was measured.
 * @returns Lines without line ends.
 */
export function reportLines(report: BenchReport): string[] {
  const { M, N, K } = matmulShape;
  const { heads, tokens, channels } = attentionShape;
  return [
    environmentLine(report.environment),
    ...resultTable(report, { group: "matmul", title: `matrix product ${M} × ${N} × ${K}` }),
    ...resultTable(report, {
      group: "attention",
      title: `attention, ${heads} heads × ${tokens} tokens × ${channels}`,
    }),
    ...resultTable(report, { group: `forward ${report.config}`, title: `forward pass of ${report.config}` }),
    ...forwardLines(report),
    ...coldStartLines(report),
    ...peopleLines(report),
    ...trainingLines(report),
    "",
    ...Object.entries(report.ratios).map(([name, value]) =>
      `${name.padEnd(30)} ${value === null ? "–" : value.toFixed(3)}`
    ),
  ];
}

function resultTable(
  { results }: BenchReport,
  { group, title }: { group: string; title: string },
): string[] {
  return [
    "",
    title,
    ...results.filter(({ name }) => name.startsWith(`${group} `)).map((result) => {
      const { name, variant, milliseconds, gflops } = result;
      const label = `${name.slice(group.length + 1)}, ${variant}`.padEnd(56);
      const rate = gflops === null ? "" : ` ${gflops.toFixed(1).padStart(7)} GFLOP/s`;
      return `  ${label} ${milliseconds.toFixed(2).padStart(10)} ms${rate}`;
    }),
  ];
}

function forwardLines({ forward, ceiling }: BenchReport): string[] {
  const { gpuMilliseconds: gpu, hostMilliseconds: host, allocations } = forward;
  const lines = [
    `  GPU ${time(gpu)}, outside it ${time(host)}; objects made per run: ${allocations.objects} ` +
    `(${megabytes(allocations.bytes)})`,
    `  weights ${megabytes(forward.weightBytes)}, arena ${megabytes(forward.arenaBytes)} ` +
    `(live at most ${megabytes(forward.liveBytes)}), with textures ${megabytes(forward.activationBytes)}`,
    `  copying shader ${ceiling.shaderCopy.toFixed(1)} GB/s, buffer copy ${
      ceiling.bufferCopy.toFixed(1)
    } GB/s, ` +
    `multiply-adds ${ceiling.multiplyAdd.toFixed(0)} GFLOP/s, an empty wait ${time(ceiling.emptyWait)}`,
  ];
  for (const { name, milliseconds, dispatches, gigabytesPerSecond } of forward.operators) {
    const rate = gigabytesPerSecond === null ? "" : `${gigabytesPerSecond.toFixed(1).padStart(6)} GB/s`;
    const label = `${name}, ${dispatches} dispatches`.padEnd(56);
    lines.push(`    ${label} ${milliseconds.toFixed(2).padStart(8)} ms ${rate}`);
  }
  return lines;
}

function coldStartLines(
  { coldStart: { stages, totalMilliseconds, copyMilliseconds } }: BenchReport,
): string[] {
  return [
    "",
    `cold start ${time(totalMilliseconds)}; reading the file and copying it to the GPU ${
      time(copyMilliseconds)
    }; stages by themselves:`,
    ...Object.entries(stages).map(([stage, milliseconds]) =>
      `  ${stage.padEnd(56)} ${milliseconds.toFixed(0).padStart(7)} ms`
    ),
  ];
}

function peopleLines({ people }: BenchReport): string[] {
  if (people === null) return [];
  return [
    "",
    "people in one pass",
    ...people.figures.map(({ people, wallMilliseconds, millisecondsPerPerson, activationBytes }) =>
      `  ${`${people}`.padStart(2)}: ${wallMilliseconds.toFixed(0).padStart(8)} ms, ` +
      `${millisecondsPerPerson.toFixed(1)} ms per person, ${megabytes(activationBytes)}`
    ),
    ...people.refused.map(({ people, reason }) => `  ${`${people}`.padStart(2)}: ${reason}`),
  ];
}

function trainingLines(report: BenchReport): string[] {
  const { training } = report;
  if (training === null) return [];
  const { memory, allocations, rivals } = training;
  const title =
    `training step of ${trainingConfig} without text and neighbours in time, ${training.batch} images`;
  const table = resultTable(report, { group: `training ${trainingConfig}`, title });
  const equal = rivals.length > 0 ? "; the same losses and gradient norms on all" : "";
  return [
    ...table,
    `  GPU forward ${time(training.forwardMilliseconds)}, backward ${time(training.backwardMilliseconds)}; ` +
    `objects made per step: ${allocations.objects} (${megabytes(allocations.bytes)})${equal}`,
    `  arena ${megabytes(memory.arena)}, textures ${megabytes(memory.textures)}, ` +
    `values, gradients and moments ${megabytes(memory.state)}`,
    ...training.operators.map(({ name, way, milliseconds, dispatches }) =>
      `    ${`${way}: ${name}, ${dispatches} dispatches`.padEnd(56)} ${
        milliseconds.toFixed(2).padStart(8)
      } ms`
    ),
  ];
}

function time(milliseconds: number | null): string {
  return milliseconds === null ? "unknown" : `${milliseconds.toFixed(1)} ms`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
