import type { MappingRow, Recipe } from "./family.ts";

/** One way to make one canonical tensor, all names written out. */
export interface MappingWay {
  /** Source names. */
  from: string[];
  /** How the sources become the target. */
  by: Recipe;
}

/** What the letters in braces stand for. */
export interface MappingContext {
  /** What stands before every source name. */
  prefix: string;
  /** Blocks of the encoder. */
  layers: number;
  /** Number of the chosen expert. */
  expert: number;
}

/**
 * Writes the rows of a family out.
 *
 * @param rows Rows with `{i}`, `*`, `{expert}` and `{otherHead}`.
 * @param context What these stand for.
 * @returns The ways to make each canonical tensor, in the order of the rows.
 */
export function expandRows(rows: readonly MappingRow[], context: MappingContext): Map<string, MappingWay[]> {
  const ways = new Map<string, MappingWay[]>();
  for (const { to, from, by = "copy" } of rows) {
    // The first data set has no place among the other heads, so that these rows are not for it.
    if (context.expert === 0 && from.some((name) => name.includes("{otherHead}"))) continue;
    for (const part of to.includes("*") ? ["weight", "bias"] : [""]) {
      for (const block of to.includes("{i}") ? Array(context.layers).keys() : [0]) {
        const fill = (name: string): string =>
          name.replaceAll("{i}", String(block))
            .replaceAll("{expert}", String(context.expert))
            .replaceAll("{otherHead}", String(context.expert - 1))
            .replace("*", part);
        const target = fill(to);
        // Names that the reader of exports makes up stand alone.
        const way = {
          from: from.map((name) => (name.startsWith("@") ? "" : context.prefix) + fill(name)),
          by,
        };
        ways.set(target, [...ways.get(target) ?? [], way]);
      }
    }
  }
  return ways;
}
