import type { StepReport } from "../training/train.ts";
import { createProgress } from "./progress.ts";

/**
 * A progress line of training steps: losses, rate and speed.
 *
 * @param label What it begins with.
 * @param options Silence.
 * @returns What hears of steps, and what ends the line.
 */
export function stepProgress(
  label: string,
  { quiet }: { quiet?: boolean | undefined },
): { step: (report: StepReport) => void; finish: () => void } {
  let progress: ReturnType<typeof createProgress> | undefined;
  return {
    step: (report) => {
      progress ??= createProgress(label, { unit: "steps", total: report.steps, quiet });
      const { epoch, total, heatmap, contrastive, transport, rate, samplesPerSecond } = report;
      const parts = [
        `epoch ${epoch}`,
        `loss ${total.toPrecision(4)}`,
        `heatmap ${heatmap.toPrecision(4)}`,
        contrastive === undefined ? "" : `contrastive ${contrastive.toPrecision(4)}`,
        transport === undefined ? "" : `transport ${transport.toPrecision(4)}`,
        `rate ${rate.toPrecision(3)}`,
        `${samplesPerSecond.toFixed(1)} people/s`,
      ];
      progress.update(report.step, parts.filter(Boolean).join(", "));
    },
    finish: () => progress?.finish(),
  };
}
