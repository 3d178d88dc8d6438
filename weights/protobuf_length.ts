/**
 * Encodes what stands before a length-delimited protobuf field: its tag and its length.
 *
 * @param field Field number.
 * @param length Length of the contents, in bytes; may exceed 32 bits.
 * @returns The encoded bytes.
 */
export function encodeFieldLength(field: number, length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array([...varint(field * 8 + 2), ...varint(length)]);
}

function varint(value: number): number[] {
  const bytes = [];
  for (; value >= 0x80; value = Math.floor(value / 128)) bytes.push(value % 128 + 128);
  return [...bytes, value];
}
