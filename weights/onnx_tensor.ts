import type { onnx } from "onnx-proto";
import { elementBytes, elementCount, type ElementType, formatShape } from "./element_type.ts";
import { payloadFields, type PayloadSegment } from "./onnx_skeleton.ts";
import type { TensorEntry } from "./tensor_file.ts";

/** Elements that are kept in another file. */
export interface ExternalData {
  /** File name as the model gives it; not yet judged. */
  location: string;
  /** First byte of the elements. */
  offset: number;
}

/** An initializer whose elements have been found, not read. */
export interface OnnxTensor {
  /** What is known about it. */
  entry: TensorEntry;
  /** Stretches of the model file that hold the elements; empty when they are external, or there are none. */
  segments: readonly PayloadSegment[];
  /** Where the elements are when they are in another file. */
  external: ExternalData | undefined;
}

/** `TensorProto.DataType` by number, with the field that holds such elements when they are not raw. */
const onnxTypes: ReadonlyMap<number, { type: ElementType; typedField: number }> = new Map([
  [1, { type: "float32", typedField: payloadFields.floatData }],
  [2, { type: "uint8", typedField: payloadFields.int32Data }],
  [3, { type: "int8", typedField: payloadFields.int32Data }],
  [4, { type: "uint16", typedField: payloadFields.int32Data }],
  [5, { type: "int16", typedField: payloadFields.int32Data }],
  [6, { type: "int32", typedField: payloadFields.int32Data }],
  [7, { type: "int64", typedField: payloadFields.int64Data }],
  [9, { type: "bool", typedField: payloadFields.int32Data }],
  [10, { type: "float16", typedField: payloadFields.int32Data }],
  [11, { type: "float64", typedField: payloadFields.doubleData }],
  [12, { type: "uint32", typedField: payloadFields.uint64Data }],
  [13, { type: "uint64", typedField: payloadFields.uint64Data }],
  [16, { type: "bfloat16", typedField: payloadFields.int32Data }],
]);

/** Number of a `TensorProto.DataType` by element type. */
export const onnxTypeNumbers: ReadonlyMap<ElementType, number> = new Map(
  [...onnxTypes].map(([number, { type }]) => [type, number]),
);

const externalLocation = 1;

/**
 * Checks an initializer against the bytes that were found for it.
 *
 * @param tensor The initializer without its elements.
 * @param segments Where its elements lie in the model file.
 * @param path Path of the model file, for messages.
 * @returns The initializer, located.
 * @throws {TypeError} When the extents and the number of bytes differ, or elements are in the wrong field.
 * @throws {RangeError} When an extent is negative or an offset is no position.
 */
export function locateOnnxTensor(
  tensor: onnx.ITensorProto,
  segments: readonly PayloadSegment[],
  path: string,
): OnnxTensor {
  const name = tensor.name ?? "";
  const what = `tensor ${name} of ${path}`;
  if (name === "") throw new TypeError(`Cannot use ONNX file ${path}: an initializer has no name`);
  const shape = (tensor.dims ?? []).map(Number);
  const count = elementCount(shape, what);
  const known = onnxTypes.get(tensor.dataType ?? 0);
  if (known === undefined) {
    return { entry: { name, shape, dataType: "other", bytes: 0 }, segments, external: undefined };
  }
  if (tensor.segment) {
    throw new TypeError(`Cannot use ${what}: it is one segment of a tensor, expected a whole one`);
  }
  const bytes = count * elementBytes(known.type);
  const entry: TensorEntry = { name, shape, dataType: known.type, bytes };
  if (tensor.dataLocation === externalLocation) {
    if (segments.length > 0) throw new TypeError(`Cannot use ${what}: it has both inline and external data`);
    return { entry, segments, external: externalData(tensor, entry, what) };
  }
  checkInlineData(entry, { segments, typedField: known.typedField, count, what });
  return { entry, segments, external: undefined };
}

function externalData(tensor: onnx.ITensorProto, entry: TensorEntry, what: string): ExternalData {
  const values = new Map((tensor.externalData ?? []).map(({ key, value }) => [key ?? "", value ?? ""]));
  const offset = parsePosition(values.get("offset") ?? "0", "offset", what);
  const length = parsePosition(values.get("length") ?? String(entry.bytes), "length", what);
  if (length !== entry.bytes) throw wrongSize(entry, length, what);
  return { location: values.get("location") ?? "", offset };
}

function parsePosition(text: string, key: string, what: string): number {
  const position = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(position)) {
    throw new RangeError(
      `Cannot use ${what}: external ${key} ${JSON.stringify(text)}, expected a number of bytes`,
    );
  }
  return position;
}

/** What an inline payload is checked against. */
interface InlineCheck {
  segments: readonly PayloadSegment[];
  typedField: number;
  count: number;
  what: string;
}

function checkInlineData(entry: TensorEntry, { segments, typedField, count, what }: InlineCheck): void {
  const raw = segments.some(({ field }) => field === payloadFields.rawData);
  if (raw) {
    if (segments.length > 1) {
      throw new TypeError(`Cannot use ${what}: it has raw data and more, expected one of them`);
    }
    const found = segments[0].packed ? segments[0].end - segments[0].start : 0;
    if (found !== entry.bytes) throw wrongSize(entry, found, what);
    return;
  }
  const stray = segments.find(({ field }) => field !== typedField);
  if (stray !== undefined) {
    throw new TypeError(
      `Cannot use ${what}: ${entry.dataType} elements in field ${stray.field}, expected field ${typedField}`,
    );
  }
  // Exact for packed floats; the others take 1 to 10 bytes each (and a tag when not packed), counted when they are read.
  const length = segments.reduce((total, { start, end }) => total + end - start, 0);
  const fixedWidth = typedField === payloadFields.floatData
    ? 4
    : typedField === payloadFields.doubleData
    ? 8
    : 0;
  const allPacked = segments.every(({ packed }) => packed);
  const plausible = fixedWidth > 0 && allPacked
    ? length === count * fixedWidth
    : length >= count * Math.max(1, fixedWidth) && length <= count * 11;
  if (!plausible) throw wrongSize(entry, length, what);
}

function wrongSize(entry: TensorEntry, found: number, what: string): TypeError {
  return new TypeError(
    `Cannot use ${what}: ${found} bytes of data, expected ${entry.bytes} for ${entry.dataType} ` +
      formatShape(entry.shape),
  );
}
