import { elementBytes, type ElementType } from "./element_type.ts";
import { decodeFloat16 } from "./float16.ts";

/**
 * Decodes little-endian elements to float32.
 *
 * Floats are rounded to nearest. Integers must be exact in float32, because a rounded index or count is a wrong one.
 * The bytes are viewed in place: every platform that Deno runs on is little-endian.
 *
 * @param type Type of the elements.
 * @param bytes The elements, `destination.length` times the width of `type` long, at an offset aligned to that width.
 * @param destination Receives the values.
 * @throws {RangeError} When the lengths differ, or an integer is not exact in float32.
 */
export function decodeElements(
  type: ElementType,
  bytes: Uint8Array<ArrayBuffer>,
  destination: Float32Array<ArrayBuffer>,
): void {
  const count = destination.length;
  if (bytes.length !== count * elementBytes(type)) {
    throw new RangeError(
      `Cannot decode ${count} elements of ${type}: ${bytes.length} bytes, expected ${
        count * elementBytes(type)
      }`,
    );
  }
  const { buffer, byteOffset } = bytes;
  switch (type) {
    case "float32":
      return destination.set(new Float32Array(buffer, byteOffset, count));
    case "float16":
      return decodeFloat16(new Uint16Array(buffer, byteOffset, count), destination);
    case "bfloat16": {
      // A bfloat16 is the upper half of a float32.
      const patterns = new Uint32Array(destination.buffer, destination.byteOffset, count);
      const halves = new Uint16Array(buffer, byteOffset, count);
      for (let index = 0; index < count; index++) patterns[index] = halves[index] << 16;
      return;
    }
    case "float64":
      return destination.set(new Float64Array(buffer, byteOffset, count));
    case "int8":
      return destination.set(new Int8Array(buffer, byteOffset, count));
    case "int16":
      return destination.set(new Int16Array(buffer, byteOffset, count));
    case "uint8":
    case "bool":
      return destination.set(bytes);
    case "uint16":
      return destination.set(new Uint16Array(buffer, byteOffset, count));
    case "int32":
      return setExactIntegers(new Int32Array(buffer, byteOffset, count), destination);
    case "uint32":
      return setExactIntegers(new Uint32Array(buffer, byteOffset, count), destination);
    case "int64":
      return setExactIntegers(new BigInt64Array(buffer, byteOffset, count), destination);
    case "uint64":
      return setExactIntegers(new BigUint64Array(buffer, byteOffset, count), destination);
  }
}

/**
 * Checks that an integer survives conversion to float32.
 *
 * @param value The integer; magnitudes above 2^53 arrive rounded and are refused.
 * @returns The same value.
 * @throws {RangeError} When float32 cannot hold it exactly.
 */
export function exactInteger(value: number): number {
  if (Math.fround(value) !== value || !Number.isSafeInteger(value)) {
    throw new RangeError(`Cannot convert integer ${value} to float32: it would be rounded`);
  }
  return value;
}

function setExactIntegers(
  values: Int32Array | Uint32Array | BigInt64Array | BigUint64Array,
  destination: Float32Array,
): void {
  for (let index = 0; index < values.length; index++) {
    destination[index] = exactInteger(Number(values[index]));
  }
}
