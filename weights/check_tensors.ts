import { formatShape } from "./element_type.ts";
import type { TensorFile } from "./tensor_file.ts";

/** How to check. */
export interface CheckTensorsOptions {
  /**
   * Says which surplus tensors are nobody's weights, for example the shape constants of an ONNX graph.
   *
   * @default none
   */
  ignore?: (name: string) => boolean;
}

/**
 * Compares the tensors of a file with those that a model needs; reports every difference at once.
 *
 * @param file Open file, or anything with a path and tensors.
 * @param expected Shape of every needed tensor by name.
 * @param options How to check.
 * @throws {TypeError} When tensors are missing, surplus or misshapen: one line for each.
 */
export function checkTensors(
  file: Pick<TensorFile, "path" | "tensors">,
  expected: ReadonlyMap<string, readonly number[]>,
  options: CheckTensorsOptions = {},
): void {
  const missing: string[] = [];
  const misshapen: string[] = [];
  for (const [name, shape] of expected) {
    const found = file.tensors.get(name);
    if (found === undefined) {
      missing.push(`  missing ${name}: expected ${formatShape(shape)}`);
    } else if (formatShape(found.shape) !== formatShape(shape)) {
      misshapen.push(
        `  misshapen ${name}: found ${formatShape(found.shape)}, expected ${formatShape(shape)}`,
      );
    }
  }
  const surplus: string[] = [];
  for (const [name, { shape }] of file.tensors) {
    if (!expected.has(name) && !options.ignore?.(name)) {
      surplus.push(`  surplus ${name}: found ${formatShape(shape)}, expected no such tensor`);
    }
  }
  if (missing.length + surplus.length + misshapen.length === 0) return;
  throw new TypeError(
    [
      `Cannot use weights of ${file.path}: ${missing.length} missing, ${surplus.length} surplus, ` +
      `${misshapen.length} misshapen of ${expected.size} expected tensors`,
      ...missing,
      ...surplus,
      ...misshapen,
    ].join("\n"),
  );
}
