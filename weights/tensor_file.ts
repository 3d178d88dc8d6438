/**
 * The weights room: files of named tensors, whatever their format.
 *
 * Holds the readers and writers of ONNX and safetensors files, their checks, and the naming maps of public
 * checkpoints. It must not know devices, graphs, kernels, models or the command line: a tensor here is a name, a shape
 * and numbers.
 */

import type { ElementType } from "./element_type.ts";

/** One tensor of a file, known without reading its numbers. */
export interface TensorEntry {
  /** Full name, for example `"vision.blocks.0.attention.qkv.weight"`. */
  readonly name: string;
  /** Extents, outermost first; empty for a scalar. */
  readonly shape: readonly number[];
  /** Type of the stored elements; `"other"` when the tensor can be listed but not read. */
  readonly dataType: ElementType | "other";
  /** Size of the elements at `dataType`'s width, in bytes; 0 for `"other"`. */
  readonly bytes: number;
}

/** An open file of named tensors; numbers are read one tensor at a time. */
export interface TensorFile extends AsyncDisposable {
  /** Path as it was given. */
  readonly path: string;
  /** Every tensor by name, in file order. */
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  /**
   * Reads one tensor as float32, whatever its stored type.
   *
   * @param name Name in `tensors`.
   * @returns The elements in row-major order.
   */
  read(name: string): Promise<Float32Array<ArrayBuffer>>;
  /**
   * Reads one tensor as float32 into memory that the caller owns.
   *
   * @param name Name in `tensors`.
   * @param destination Receives the elements in row-major order; exactly as long as the tensor.
   */
  readInto(name: string, destination: Float32Array<ArrayBuffer>): Promise<void>;
  /** Closes the file; reading afterwards throws. Closing twice is harmless. */
  close(): Promise<void>;
}

/**
 * Looks a tensor up by name.
 *
 * @param file File to look in.
 * @param name Name of the tensor.
 * @returns Its entry.
 * @throws {RangeError} When the file has no tensor of that name.
 */
export function findTensor(file: TensorFile, name: string): TensorEntry {
  const entry = file.tensors.get(name);
  if (entry === undefined) {
    throw new RangeError(
      `Cannot read tensor ${name} of ${file.path}: the file has no tensor of that name among its ${file.tensors.size}`,
    );
  }
  return entry;
}
