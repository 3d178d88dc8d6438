import { elementBytes, elementCount, type ElementType, formatShape } from "./element_type.ts";
import type { RandomAccessFile } from "./random_access_file.ts";
import type { TensorEntry } from "./tensor_file.ts";

/** A tensor of a safetensors file, located. */
export interface SafetensorsTensor {
  /** What is known about it; always of a type that can be read. */
  entry: TensorEntry & { dataType: ElementType };
  /** First byte of its elements in the file. */
  start: number;
}

/** What the header of a safetensors file says, checked. */
export interface SafetensorsHeader {
  /** Tensors by name, in file order. */
  tensors: ReadonlyMap<string, SafetensorsTensor>;
  /** The `__metadata__` entry. */
  metadata: ReadonlyMap<string, string>;
}

const elementTypes: ReadonlyMap<string, ElementType> = new Map([
  ["F64", "float64"],
  ["F32", "float32"],
  ["F16", "float16"],
  ["BF16", "bfloat16"],
  ["I64", "int64"],
  ["I32", "int32"],
  ["I16", "int16"],
  ["I8", "int8"],
  ["U64", "uint64"],
  ["U32", "uint32"],
  ["U16", "uint16"],
  ["U8", "uint8"],
  ["BOOL", "bool"],
]);

/** Bytes of the header's own length. */
const prefixBytes = 8;
/** The format's own limit. */
const largestHeaderBytes = 100_000_000;

/**
 * Reads and checks the header of a safetensors file. The format leaves no gaps: sorted by offset, the tensors fill the
 * file to its last byte. That also catches overlaps, names given twice, and files that are cut short.
 *
 * @param file File to read.
 * @returns The tensors and the metadata.
 * @throws {SyntaxError} When it is not a safetensors file.
 * @throws {RangeError} When the header or a tensor reaches past the end, or tensors overlap or leave gaps.
 * @throws {TypeError} When a tensor's shape and bytes differ, or its type cannot be read.
 */
export async function readSafetensorsHeader(file: RandomAccessFile): Promise<SafetensorsHeader> {
  const { path, size } = file;
  if (size === 0) throw new RangeError(`Cannot read safetensors file ${path}: it is empty`);
  if (size < prefixBytes) {
    throw new SyntaxError(
      `Cannot read safetensors file ${path}: ${size} bytes, expected a header of 8 bytes or more`,
    );
  }
  const prefix = new Uint8Array(prefixBytes);
  await file.read(0, prefix);
  const wanted = new DataView(prefix.buffer).getBigUint64(0, true);
  const largest = Math.min(largestHeaderBytes, size - prefixBytes);
  if (wanted > largest) {
    throw new RangeError(
      `Cannot read safetensors file ${path}: header of ${wanted} bytes, expected at most ${largest} ` +
        `(not a safetensors file, or cut short)`,
    );
  }
  const length = Number(wanted);
  const bytes = new Uint8Array(length);
  await file.read(prefixBytes, bytes);
  return checkHeader(parseHeader(bytes, path), { path, dataStart: prefixBytes + length, size });
}

function parseHeader(bytes: Uint8Array, path: string): Record<string, unknown> {
  const problem = `Cannot read safetensors file ${path}: its header`;
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw new SyntaxError(`${problem} is no JSON text (${String(error)})`, { cause: error });
  }
  if (!isRecord(header)) throw new SyntaxError(`${problem} is no JSON object`);
  return header;
}

/** What a header is checked against. */
interface FileExtents {
  path: string;
  /** First byte after the header. */
  dataStart: number;
  /** Size of the file. */
  size: number;
}

function checkHeader(
  header: Record<string, unknown>,
  { path, dataStart, size }: FileExtents,
): SafetensorsHeader {
  let metadata: ReadonlyMap<string, string> = new Map();
  const tensors: SafetensorsTensor[] = [];
  for (const [name, value] of Object.entries(header)) {
    if (name === "__metadata__") metadata = parseMetadata(value, path);
    else tensors.push(parseTensor(name, value, { path, dataStart, size }));
  }
  // A tensor without elements may share its offset with the next one.
  tensors.sort((a, b) => a.start - b.start || a.entry.bytes - b.entry.bytes);
  let end = dataStart;
  for (const { entry, start } of tensors) {
    if (start !== end) {
      throw new RangeError(
        `Cannot use tensor ${entry.name} of ${path}: its data begin at byte ${start - dataStart}, expected ` +
          `${end - dataStart}, where the data before it end`,
      );
    }
    end = start + entry.bytes;
  }
  if (end !== size) {
    throw new RangeError(
      `Cannot read safetensors file ${path}: its tensors end at byte ${end}, expected the end of the file at ${size}`,
    );
  }
  return { tensors: new Map(tensors.map((tensor) => [tensor.entry.name, tensor])), metadata };
}

function parseTensor(
  name: string,
  value: unknown,
  { path, dataStart, size }: FileExtents,
): SafetensorsTensor {
  const what = `tensor ${name} of ${path}`;
  if (name === "" || !isRecord(value)) throw new SyntaxError(`Cannot use ${what}: no name or no description`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (!isNumbers(shape)) {
    throw new SyntaxError(`Cannot use ${what}: shape ${JSON.stringify(shape)}, expected a list of numbers`);
  }
  const dataType = typeof dtype === "string" ? elementTypes.get(dtype) : undefined;
  if (dataType === undefined) {
    throw new TypeError(
      `Cannot use ${what}: dtype ${JSON.stringify(dtype)}, expected one of ${
        [...elementTypes.keys()].join(", ")
      }`,
    );
  }
  const bytes = elementCount(shape, what) * elementBytes(dataType);
  if (
    !isNumbers(offsets) || offsets.length !== 2 || !offsets.every((offset) => Number.isSafeInteger(offset))
  ) {
    throw new SyntaxError(
      `Cannot use ${what}: data_offsets ${JSON.stringify(offsets)}, expected two positions`,
    );
  }
  const [start, end] = offsets;
  if (start < 0 || end < start || end > size - dataStart) {
    throw new RangeError(
      `Cannot use ${what}: data from byte ${start} to ${end}, expected them within the ${
        size - dataStart
      } bytes of data`,
    );
  }
  if (end - start !== bytes) {
    throw new TypeError(
      `Cannot use ${what}: ${end - start} bytes of data, expected ${bytes} for ${dataType} ${
        formatShape(shape)
      }`,
    );
  }
  return { entry: { name, shape, dataType, bytes }, start: dataStart + start };
}

function parseMetadata(value: unknown, path: string): ReadonlyMap<string, string> {
  const entries = isRecord(value) ? Object.entries(value) : undefined;
  if (
    entries === undefined ||
    !entries.every((entry): entry is [string, string] => typeof entry[1] === "string")
  ) {
    throw new SyntaxError(`Cannot read safetensors file ${path}: __metadata__ is no map of texts`);
  }
  return new Map(entries);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => typeof item === "number");
}
