import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { floats, readGolden } from "../../../reference/read_golden.ts";
import type { Conversion } from "../../../weights/convert/convert.ts";

/**
 * Path of a golden file or folder.
 *
 * @param name Path below `tests/golden/`.
 * @returns The whole path.
 */
export function goldenPath(name: string): string {
  return fileURLToPath(new URL(`../../golden/${name}`, import.meta.url));
}

/** How to compare. */
export interface CompareOptions {
  /**
   * Largest difference allowed, by canonical name; 0 for the others, because conversion only moves numbers.
   *
   * @default {}
   */
  bounds?: Readonly<Record<string, number>>;
  /** Names that are compared elsewhere. */
  except?: RegExp;
}

/**
 * Compares every tensor of a conversion with a golden file: the same names, shapes and values.
 *
 * @param conversion What was converted.
 * @param golden Golden file below `tests/golden/`.
 * @param options How to compare.
 */
export async function assertConverted(
  conversion: Conversion,
  golden: string,
  { bounds = {}, except }: CompareOptions = {},
): Promise<void> {
  const { weights } = await readGolden(goldenPath(golden));
  assert.deepEqual([...conversion.tensors.keys()].sort(), [...weights.keys()].sort());
  for (const [name, tensor] of conversion.tensors) {
    const values = await tensor.read();
    const wanted = floats(weights, name);
    assert.deepEqual(tensor.shape, weights.get(name)?.shape, name);
    assert.equal(values.length, wanted.length, name);
    if (except?.test(name)) continue;
    const bound = bounds[name] ?? 0;
    for (const [index, value] of values.entries()) {
      assert.ok(
        Math.abs(value - wanted[index]) <= bound,
        `${name} [${index}]: ${value}, expected ${wanted[index]}`,
      );
    }
  }
}
