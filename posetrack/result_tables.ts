import type { AveragePrecisionResult } from "./average_precision.ts";
import { evaluatedJoints, jointGroups, type JointValues } from "./joints.ts";
import { publishedTables } from "./published_tables.ts";
import type { AnnotationFormat } from "./sequence.ts";

/** Columns of the paper's tables. */
const columns = [...Object.keys(jointGroups), "mean"];

/** A named row of a table. */
export interface TableRow {
  /** What the row shows. */
  name: string;
  /** Values per joint, group and mean. */
  values: JointValues;
}

/**
 * Sets results as plain text: one table with the paper's columns, one with the 15 joints, one decimal as poseval prints.
 *
 * @param rows Measures, for example AP, precision, recall.
 * @returns The text, without a line break at its end.
 */
export function textTables(rows: readonly TableRow[]): string {
  const summary = [
    ["", ...columns.map(title)],
    ...rows.map(({ name, values }) => [name, ...columns.map((column) => oneDecimal(values[column]))]),
  ];
  const joints = [
    ["", ...rows.map(({ name }) => name)],
    ...evaluatedJoints.map((joint) => [joint, ...rows.map(({ values }) => oneDecimal(values[joint]))]),
  ];
  return `${align(summary)}\n\n${align(joints)}`;
}

function align(table: readonly (readonly string[])[]): string {
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)));
  return table.map((row) =>
    row.map((cell, column) => column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]))
      .join("  ")
      .trimEnd()
  ).join("\n");
}

/**
 * Sets a measured average precision in Markdown beside the paper's published rows.
 *
 * @param result The measured values.
 * @param options Name of the row and format of the ground truth, which tells the table it belongs to.
 * @returns The document.
 */
export function markdownTables(
  result: AveragePrecisionResult,
  options: { name: string; format: AnnotationFormat },
): string {
  const own = { posetrack2017: 1, posetrack2018: 2, posetrack21: 3, coco: 0 }[options.format];
  const measured = `| **${options.name}: measured here, ${result.frames} frames** | ${
    columns.map((column) => `**${oneDecimal(result.ap[column])}**`).join(" | ")
  } |`;
  const head = `| Method | ${columns.map(title).join(" | ")} |\n|---|${"---:|".repeat(columns.length)}`;
  const parts = [
    "# Average precision (PCKh 0.5), in percent",
    "Rows in bold were measured here. All other rows are copied from the paper as published; they were measured by " +
    "their authors, on the full validation sets.",
  ];
  if (own === 0) parts.push(`## Measured\n\n${head}\n${measured}`);
  for (const { table, dataset, rows } of publishedTables) {
    const lines = rows.map(({ method, ap }) =>
      `| ${method}: published | ${ap.map(oneDecimal).join(" | ")} |`
    );
    if (table === own) lines.push(measured);
    parts.push(`## ${dataset} (published: Table ${table} of the paper)\n\n${head}\n${lines.join("\n")}`);
  }
  return parts.join("\n\n") + "\n";
}

function title(column: string): string {
  return column[0].toUpperCase() + column.slice(1);
}

function oneDecimal(value: number | null): string {
  return value === null ? "–" : value.toFixed(1);
}
