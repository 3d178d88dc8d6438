import type { Recipe } from "./family.ts";

/** What became of one source tensor. */
export interface ReportLine {
  /** Path of its checkpoint. */
  checkpoint: string;
  /** Name in the checkpoint. */
  tensor: string;
  /** Name in its module; differs where it was recovered from a graph. */
  module: string;
  /** Canonical tensors that are made of it; none when it is not used. */
  to: { name: string; recipe: Recipe }[];
  /** Why it is not needed; undefined when it is used, or when nobody knows what it is. */
  dropped: string | undefined;
}

/** Where everything went. */
export interface ConversionReport {
  /** What was recognised, one line for each part, for people. */
  recognised: string[];
  /** Every source tensor. */
  lines: ReportLine[];
  /** Source tensors that no part of LAPose is made of and no rule drops. */
  unused: string[];
  /** Canonical tensors of the converted parts that no source gives. */
  missing: string[];
  /** What else the user should know. */
  notes: string[];
}

/**
 * Prints a report.
 *
 * @param report The report.
 * @returns One line of text each.
 */
export function formatReport(report: ConversionReport): string[] {
  const lines = report.lines.map(({ tensor, module, to, dropped }) => {
    const name = tensor === module ? tensor : `${tensor} (${module})`;
    if (to.length > 0) {
      const targets = to.map((target) =>
        target.recipe === "copy" ? target.name : `${target.name} by ${target.recipe}`
      );
      return `${name} → ${targets.join(", ")}`;
    }
    return dropped === undefined ? `${name}: unused` : `${name}: not needed, ${dropped}`;
  });
  return [
    ...report.recognised,
    ...lines,
    ...report.missing.map((name) => `missing ${name}`),
    ...report.notes,
  ];
}
