import { exactInteger } from "./decode_elements.ts";
import { elementBytes, type ElementType } from "./element_type.ts";
import { payloadFields, type PayloadSegment } from "./onnx_skeleton.ts";
import { ProtobufCursor, wireTypes } from "./protobuf_cursor.ts";
import type { RandomAccessFile } from "./random_access_file.ts";
import { readElements } from "./read_elements.ts";

/** What lies in the segments. */
export interface OnnxPayload {
  /** Stretches of the file, in order. */
  segments: readonly PayloadSegment[];
  /** Type of the elements. */
  type: ElementType;
  /** What to call the tensor, for example `"tensor a.weight of model.onnx"`. */
  what: string;
}

/** Fields whose packed elements have a fixed width, so that they look like raw data. */
const fixedWidthFields: ReadonlySet<number> = new Set([
  payloadFields.rawData,
  payloadFields.floatData,
  payloadFields.doubleData,
]);

/**
 * Reads the elements of an initializer that lie in the model file, raw or typed, as float32.
 *
 * @param file The model file.
 * @param payload What lies where.
 * @param destination Receives the elements; exactly as long as the tensor.
 * @throws {TypeError} When the segments hold more or fewer elements.
 * @throws {RangeError} When an integer is not exact in float32, or is no bit pattern of its type.
 */
export async function readOnnxPayload(
  file: RandomAccessFile,
  payload: OnnxPayload,
  destination: Float32Array<ArrayBuffer>,
): Promise<void> {
  let count = 0;
  for (const segment of payload.segments) {
    const rest = destination.subarray(count);
    if (segment.packed && fixedWidthFields.has(segment.field)) {
      const length = (segment.end - segment.start) / elementBytes(payload.type);
      if (!Number.isInteger(length) || length > rest.length) throw wrongCount(payload, destination.length);
      await readElements(file, { start: segment.start, type: payload.type }, rest.subarray(0, length));
      count += length;
    } else {
      count += await file.exclusive(() => decodeSegment(file, { segment, payload }, rest));
    }
  }
  if (count !== destination.length) throw wrongCount(payload, destination.length);
}

/** One segment of a payload. */
interface SegmentOfPayload {
  segment: PayloadSegment;
  payload: OnnxPayload;
}

/** Decodes elements of varying width one by one; returns how many there were. */
function decodeSegment(
  file: RandomAccessFile,
  { segment, payload }: SegmentOfPayload,
  destination: Float32Array<ArrayBuffer>,
): number {
  const cursor = new ProtobufCursor(file);
  cursor.position = segment.start;
  let count = 0;
  while (cursor.position < segment.end) {
    if (count === destination.length) throw wrongCount(payload, destination.length);
    const wireType = segment.packed ? wireTypes.varint : cursor.readVarint(segment.end) % 8;
    destination[count++] = wireType === wireTypes.varint
      ? decodeInteger(cursor.readVarint(segment.end), payload)
      : cursor.readFloat(wireType, segment.end);
  }
  return count;
}

/** Scratch for one bit pattern, in the upper half: a float16, or the upper half of a float32, which is a bfloat16. */
const pattern = new DataView(new ArrayBuffer(4));

function decodeInteger(value: number, { type, what }: OnnxPayload): number {
  switch (type) {
    case "float16":
    case "bfloat16": {
      // Typed data hold the bit pattern of a half as an integer.
      if (value < 0 || value > 0xffff) {
        throw new RangeError(`Cannot read ${what}: ${value} in place of a ${type}, expected 16 bits`);
      }
      pattern.setUint32(0, value * 65536);
      return type === "float16" ? pattern.getFloat16(0) : pattern.getFloat32(0);
    }
    case "uint64":
      return exactInteger(value < 0 ? value + 2 ** 64 : value);
    default:
      return exactInteger(value);
  }
}

function wrongCount({ what }: OnnxPayload, expected: number): TypeError {
  return new TypeError(`Cannot read ${what}: its data do not hold the ${expected} elements of its shape`);
}
