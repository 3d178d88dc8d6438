/** Groups of channels (heads) that are padded to whole blocks of four in memory. */
import { wholeBlocks } from "../../graph/tensor.ts";

/** `count` columns in groups of `group`, each group padded to whole blocks. */
export function padGroups(count: number, group: number | undefined): number {
  return group === undefined ? count : count / group * wholeBlocks(group);
}

/** Inserts zero rows of `width` values after each group of `group` rows, up to whole blocks. */
export function padRows(
  values: Float32Array,
  { width, group }: { width: number; group: number | undefined },
): Float32Array {
  if (group === undefined || group % 4 === 0) return values;
  const groups = values.length / width / group;
  const padded = new Float32Array(groups * wholeBlocks(group) * width);
  for (let g = 0; g < groups; g++) {
    padded.set(values.subarray(g * group * width, (g + 1) * group * width), g * wholeBlocks(group) * width);
  }
  return padded;
}
