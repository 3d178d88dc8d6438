/** A tensor of a test file. */
export interface TestTensor {
  /** Type as the format spells it. */
  dtype: string;
  /** Extents. */
  shape: number[];
  /** Elements as bytes. */
  bytes: Uint8Array;
}

/**
 * Joins a header and data to a safetensors file; the header may be any lie.
 *
 * @param header Header as an object, or its text.
 * @param data Bytes after the header.
 * @returns The bytes of the file.
 */
export function joinSafetensors(header: unknown, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

/**
 * Encodes a valid safetensors file.
 *
 * @param tensors Tensors by name.
 * @param metadata The `__metadata__` entry.
 * @returns The bytes of the file.
 */
export function encodeSafetensors(
  tensors: Record<string, TestTensor>,
  metadata?: Record<string, string>,
): Uint8Array<ArrayBuffer> {
  const header: Record<string, unknown> = metadata === undefined ? {} : { __metadata__: metadata };
  const data: number[] = [];
  for (const [name, { dtype, shape, bytes }] of Object.entries(tensors)) {
    header[name] = { dtype, shape, data_offsets: [data.length, data.length + bytes.length] };
    for (const byte of bytes) data.push(byte);
  }
  return joinSafetensors(header, new Uint8Array(data));
}

/**
 * A float32 tensor.
 *
 * @param shape Extents.
 * @param values Elements.
 * @returns The tensor.
 */
export function floatTensor(shape: number[], values: readonly number[]): TestTensor {
  return { dtype: "F32", shape, bytes: new Uint8Array(new Float32Array(values).buffer) };
}
