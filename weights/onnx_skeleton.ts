import proto from "onnx-proto";
import type { onnx } from "onnx-proto";
import { ProtobufCursor, type ProtobufField, wireTypes } from "./protobuf_cursor.ts";
import { encodeFieldLength } from "./protobuf_length.ts";
import type { RandomAccessFile } from "./random_access_file.ts";

/** A stretch of a tensor's payload that was left in the file. */
export interface PayloadSegment {
  /** Field of `TensorProto`, one of `payloadFields`. */
  field: number;
  /** True for contents only (raw or packed), false for a run of elements that each carry a tag. */
  packed: boolean;
  /** First byte in the file. */
  start: number;
  /** First byte after it. */
  end: number;
}

/** An ONNX file without the payloads of its initializers. */
export interface OnnxSkeleton {
  /** The model as the protobuf library decodes it; its initializers have names and extents, not numbers. */
  model: onnx.ModelProto;
  /** Where the payload of each initializer lies, in the order of `model.graph.initializer`. */
  payloads: PayloadSegment[][];
}

/** Fields of `TensorProto` that hold elements. */
export const payloadFields = {
  floatData: 4,
  int32Data: 5,
  stringData: 6,
  int64Data: 7,
  rawData: 9,
  doubleData: 10,
  uint64Data: 11,
} as const;

const payloadFieldNumbers: ReadonlySet<number> = new Set(Object.values(payloadFields));
/** Fields of `ModelProto` that are numbers, and that have contents; a file that begins otherwise is no ONNX file. */
const modelNumbers: readonly number[] = [1, 5];
const modelContents: readonly number[] = [2, 3, 4, 6, 7, 8, 14, 20, 25, 26];
const modelTags: ReadonlySet<number> = new Set([
  ...modelNumbers.map((field) => field * 8 + wireTypes.varint),
  ...modelContents.map((field) => field * 8 + wireTypes.bytes),
]);
/** Bytes of the longest of these tags. */
const longestTag = 2;
const graphField = 7;
const initializerField = 5;

/** Structure beyond these is a mistake or an attack, no model: all of it would be decoded into memory. */
const largestSkeletonBytes = 64 * 2 ** 20;
const mostParts = 1_000_000;

/**
 * Reads the structure of an ONNX file: walks the wire format, leaves initializer payloads where they are, and has the
 * protobuf library decode the rest.
 *
 * @param file File to walk; it is read synchronously.
 * @returns The decoded structure and where the payloads lie.
 * @throws {SyntaxError} When the file is not an ONNX model.
 * @throws {RangeError} When it is empty, cut short, or its structure is too large to be a model.
 */
export function readOnnxSkeleton(file: RandomAccessFile): OnnxSkeleton {
  if (file.size === 0) throw new RangeError(`Cannot read ONNX file ${file.path}: it is empty`);
  const walk = new SkeletonWalk(file);
  walk.walkModel();
  const bytes = walk.assemble();
  let model: onnx.ModelProto;
  try {
    model = proto.onnx.ModelProto.decode(bytes);
  } catch (error) {
    throw new SyntaxError(`Cannot decode ONNX file ${file.path}: ${String(error)}`, { cause: error });
  }
  if (model.opsetImport.length === 0) {
    throw new SyntaxError(
      `Cannot read ONNX file ${file.path}: it names no operator set (a file that is cut short?), expected an ONNX model`,
    );
  }
  return { model, payloads: walk.payloads };
}

/** A stretch of the file that the skeleton keeps. */
interface Span {
  start: number;
  end: number;
}

/** Sorts the bytes of a file into kept spans and payloads. */
class SkeletonWalk {
  readonly payloads: PayloadSegment[][] = [];
  readonly #file: RandomAccessFile;
  readonly #cursor: ProtobufCursor;
  readonly #model: Span[] = [];
  readonly #graph: Span[] = [];
  readonly #initializers: Span[][] = [];
  #bytes = 0;
  #parts = 0;

  constructor(file: RandomAccessFile) {
    this.#file = file;
    this.#cursor = new ProtobufCursor(file);
  }

  walkModel(): void {
    let graph: ProtobufField | undefined;
    while (this.#cursor.position < this.#file.size) {
      const field = this.#cursor.position === 0
        ? this.#firstField()
        : this.#cursor.nextField(this.#file.size);
      if (field.number !== graphField) {
        this.#keep(this.#model, field);
        continue;
      }
      if (graph !== undefined) {
        throw new SyntaxError(
          `Cannot read ONNX file ${this.#file.path}: a second graph at byte ${field.start}, expected one`,
        );
      }
      graph = field;
      this.#walkGraph(field);
    }
    if (graph === undefined) throw this.#notOnnx("it has no graph");
  }

  /** Copies the kept spans together; the graph and its initializers get the lengths that remain. */
  assemble(): Uint8Array<ArrayBuffer> {
    const initializers = this.#initializers.map((spans) =>
      encodeFieldLength(initializerField, totalLength(spans))
    );
    const graphLength = totalLength(this.#graph) +
      initializers.reduce(
        (total, header, index) => total + header.length + totalLength(this.#initializers[index]),
        0,
      );
    const graph = encodeFieldLength(graphField, graphLength);
    const skeleton = new Uint8Array(totalLength(this.#model) + graph.length + graphLength);
    let position = 0;
    const copySpans = (spans: Span[]): void => {
      for (const { start, end } of spans) {
        this.#file.readSync(start, skeleton.subarray(position, position + end - start));
        position += end - start;
      }
    };
    const copyBytes = (bytes: Uint8Array): void => {
      skeleton.set(bytes, position);
      position += bytes.length;
    };
    copySpans(this.#model);
    copyBytes(graph);
    copySpans(this.#graph);
    for (const [index, header] of initializers.entries()) {
      copyBytes(header);
      copySpans(this.#initializers[index]);
    }
    return skeleton;
  }

  #walkGraph(graph: ProtobufField): void {
    if (graph.wireType !== wireTypes.bytes) throw this.#notOnnx("its graph is a number");
    this.#cursor.position = graph.value;
    while (this.#cursor.position < graph.end) {
      const field = this.#cursor.nextField(graph.end);
      if (field.number === initializerField && field.wireType === wireTypes.bytes) {
        this.#walkInitializer(field);
      } else this.#keep(this.#graph, field);
    }
  }

  #walkInitializer(initializer: ProtobufField): void {
    const spans: Span[] = [];
    const segments: PayloadSegment[] = [];
    this.#initializers.push(spans);
    this.payloads.push(segments);
    this.#count(0);
    this.#cursor.position = initializer.value;
    while (this.#cursor.position < initializer.end) {
      const field = this.#cursor.nextField(initializer.end);
      if (!payloadFieldNumbers.has(field.number)) {
        this.#keep(spans, field);
        continue;
      }
      const packed = field.wireType === wireTypes.bytes && field.number !== payloadFields.stringData;
      const last = segments.at(-1);
      if (
        !packed && last !== undefined && !last.packed && last.field === field.number &&
        last.end === field.start
      ) {
        last.end = field.end;
      } else {
        const start = packed ? field.value : field.start;
        segments.push({ field: field.number, packed, start, end: field.end });
        this.#count(0);
      }
    }
  }

  /** What does not begin with a field of a model is another kind of file; any later error speaks of damage. */
  #firstField(): ProtobufField {
    let tag = -1;
    try {
      tag = this.#cursor.readVarint(Math.min(longestTag, this.#file.size));
    } catch {
      // Too long for any tag.
    }
    if (!modelTags.has(tag)) throw this.#notOnnx("it does not begin as one");
    this.#cursor.position = 0;
    return this.#cursor.nextField(this.#file.size);
  }

  #keep(spans: Span[], field: ProtobufField): void {
    const last = spans.at(-1);
    if (last?.end === field.start) last.end = field.end;
    else spans.push({ start: field.start, end: field.end });
    this.#count(field.end - field.start);
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    this.#parts += 1;
    if (this.#bytes > largestSkeletonBytes || this.#parts > mostParts) {
      throw new RangeError(
        `Cannot read ONNX file ${this.#file.path}: more than ${largestSkeletonBytes} bytes or ${mostParts} parts ` +
          `besides tensor data, expected a model graph`,
      );
    }
  }

  #notOnnx(found: string): SyntaxError {
    return new SyntaxError(`Cannot read ONNX file ${this.#file.path}: ${found}, expected an ONNX model`);
  }
}

function totalLength(spans: readonly Span[]): number {
  return spans.reduce((total, { start, end }) => total + end - start, 0);
}
