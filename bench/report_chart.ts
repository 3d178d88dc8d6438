/** Which figures of a report are drawn, and how they are called. */
import type { Bar, BarChart, BarPanel } from "./bar_chart.ts";
import { environmentLine } from "./environment.ts";
import { attentionShape, ceilingName, matmulShape } from "./kernel_contests.ts";
import { ownName } from "./own_workloads.ts";
import { onnxruntimeNode } from "./peers/onnxruntime_node.ts";
import type { BenchReport, BenchResult } from "./report.ts";
import { trainingConfig } from "./training_step.ts";

/** Figures that are no opponents: the adapter's ceiling, and native code on the processor. */
const references: readonly string[] = [ceilingName, onnxruntimeNode.name];

/**
 * Picks what a chart of the report shows.
 *
 * @param report What was measured.
 * @returns Rates of the kernels, times of the forward pass and, where measured, times per person and of a training step.
 */
export function reportChart(report: BenchReport): BarChart {
  const { M, N, K } = matmulShape;
  const { heads, tokens, channels } = attentionShape;
  const forward = `forward ${report.config}`;
  const panels: BarPanel[] = [
    ratePanel(`Matrix product ${M} × ${N} × ${K}`, { results: report.results, group: "matmul" }),
    ratePanel(`Attention, ${heads} heads × ${tokens} tokens × ${channels}`, {
      results: report.results,
      group: "attention",
    }),
    timePanel(`Forward pass, configuration ${report.config}`, { results: report.results, group: forward }),
  ];
  if (report.people !== null) {
    panels.push({
      title: "Time per person by people in one pass (shorter is better)",
      unit: "ms",
      bars: report.people.figures.map(({ people, millisecondsPerPerson }) => ({
        label: people === 1 ? "1 person" : `${people} people`,
        value: millisecondsPerPerson,
        kind: "own" as const,
      })),
    });
  }
  if (report.training !== null) {
    const title =
      `Training step, configuration ${trainingConfig} without text, ${report.training.batch} images`;
    panels.push(timePanel(title, { results: report.results, group: `training ${trainingConfig}` }));
  }
  const subtitle = `${environmentLine(report.environment)} · ${
    report.date.slice(0, 10)
  } · medians of ${report.rounds}`;
  return { title: "LAPose on WebGPU", subtitle, panels };
}

function ratePanel(
  title: string,
  { results, group }: { results: readonly BenchResult[]; group: string },
): BarPanel {
  const bars = barsOf(results, { group, value: ({ gflops }) => gflops ?? 0 });
  return { title: `${title} (longer is better)`, unit: "GFLOP/s", bars };
}

function timePanel(
  title: string,
  { results, group }: { results: readonly BenchResult[]; group: string },
): BarPanel {
  const bars = barsOf(results, { group, value: ({ milliseconds }) => milliseconds })
    .map(({ label, ...bar }) => ({ ...bar, label: label.replace(/, .*/, "") }));
  return { title: `${title} (shorter is better)`, unit: "ms", bars };
}

function barsOf(
  results: readonly BenchResult[],
  { group, value }: { group: string; value: (result: BenchResult) => number },
): Bar[] {
  return results.filter(({ name }) => name.startsWith(`${group} `)).map((result) => {
    const library = result.name.slice(group.length + 1);
    const kind = library === ownName ? "own" : references.includes(library) ? "reference" : "other";
    const label = library === ceilingName ? library : `${library}, ${result.variant}`;
    return { label, value: value(result), kind };
  });
}
