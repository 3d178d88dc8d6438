import { decodeElements } from "./decode_elements.ts";
import { elementBytes, type ElementType } from "./element_type.ts";
import type { RandomAccessFile } from "./random_access_file.ts";

/** Elements that are converted at a time: large enough to be fast, small beside any tensor that matters. */
const chunkElements = 2 ** 18;

/** Where the elements are. */
export interface StoredElements {
  /** First byte in the file. */
  start: number;
  /** Type of the little-endian elements. */
  type: ElementType;
}

/**
 * Reads little-endian elements as float32: float32 straight into the destination, other types through a small chunk.
 *
 * @param file File that holds them.
 * @param stored Where they are and what they are.
 * @param destination Receives the elements, as many as it is long.
 * @throws {RangeError} When the file ends too early, or an integer is not exact in float32.
 */
export async function readElements(
  file: RandomAccessFile,
  stored: StoredElements,
  destination: Float32Array<ArrayBuffer>,
): Promise<void> {
  if (stored.type === "float32") {
    await file.read(
      stored.start,
      new Uint8Array(destination.buffer, destination.byteOffset, destination.byteLength),
    );
    return;
  }
  const width = elementBytes(stored.type);
  const chunk = new Uint8Array(Math.min(chunkElements, destination.length) * width);
  for (let done = 0; done < destination.length; done += chunkElements) {
    const part = destination.subarray(done, done + chunkElements);
    const bytes = chunk.subarray(0, part.length * width);
    await file.read(stored.start + done * width, bytes);
    decodeElements(stored.type, bytes, part);
  }
}

/**
 * Checks the memory that a caller gives for a tensor.
 *
 * @param destination Memory given.
 * @param count Elements of the tensor.
 * @param what What to call the tensor, for example `"tensor a.weight of model.onnx"`.
 * @throws {RangeError} When the lengths differ.
 */
export function checkDestination(destination: Float32Array, count: number, what: string): void {
  if (destination.length !== count) {
    throw new RangeError(
      `Cannot read ${what}: destination of ${destination.length} elements, expected ${count}`,
    );
  }
}
