/**
 * Conversion between float32 and IEEE 754 binary16 through the runtime's own `Float16Array`: round to nearest, ties
 * to even; subnormals kept; magnitudes of 65520 and above become infinite.
 */

/** Largest finite float16. */
export const largestFloat16 = 65504;

/** Smallest float32 magnitude that rounds to an infinite float16. */
export const overflowFloat16 = 65520;

/**
 * Rounds float32 values to float16.
 *
 * @param values Values to round.
 * @param destination Receives the float16 bit patterns; exactly as long as `values`.
 * @throws {RangeError} When the lengths differ.
 */
export function encodeFloat16(
  values: Float32Array<ArrayBuffer>,
  destination: Uint16Array<ArrayBuffer>,
): void {
  checkLengths("encode", values.length, destination.length);
  new Float16Array(destination.buffer, destination.byteOffset, destination.length).set(values);
}

/**
 * Widens float16 values to float32, exactly.
 *
 * @param halves The float16 bit patterns.
 * @param destination Receives the values; exactly as long as `halves`.
 * @throws {RangeError} When the lengths differ.
 */
export function decodeFloat16(
  halves: Uint16Array<ArrayBuffer>,
  destination: Float32Array<ArrayBuffer>,
): void {
  checkLengths("decode", halves.length, destination.length);
  destination.set(new Float16Array(halves.buffer, halves.byteOffset, halves.length));
}

function checkLengths(action: string, from: number, to: number): void {
  if (from !== to) {
    throw new RangeError(`Cannot ${action} float16 values: destination of ${to} elements, expected ${from}`);
  }
}
