import { join } from "node:path";
import proto from "onnx-proto";
import type { onnx } from "onnx-proto";

/** What a test lets differ in a model. */
export interface TestModel {
  /** Initializers. */
  tensors?: onnx.ITensorProto[];
  /** Any other field of the model. */
  model?: onnx.IModelProto;
}

/**
 * Encodes a small model with the protobuf library, independently of our own writer.
 *
 * @param options What differs.
 * @returns The bytes of the file.
 */
export function encodeTestModel(options: TestModel = {}): Uint8Array<ArrayBuffer> {
  const output = { name: "y", type: { tensorType: { elemType: 1, shape: { dim: [{ dimValue: 1 }] } } } };
  return new Uint8Array(
    proto.onnx.ModelProto.encode({
      irVersion: 8,
      producerName: "test",
      producerVersion: "1.2",
      opsetImport: [{ domain: "", version: 17 }],
      graph: { name: "g", output: [output], initializer: options.tensors ?? [] },
      ...options.model,
    }).finish(),
  );
}

/**
 * Writes a file into a folder.
 *
 * @param folder Path of the folder.
 * @param bytes Contents.
 * @returns Path of the file.
 */
export async function writeTestFile(folder: string, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const path = join(folder, "model.onnx");
  await Deno.writeFile(path, bytes);
  return path;
}

/**
 * Bytes of float32 values.
 *
 * @param values The values.
 * @returns Their little-endian bytes.
 */
export function floatBytes(values: readonly number[]): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  values.forEach((value, index) => view.setFloat32(index * 4, value, true));
  return new Uint8Array(view.buffer);
}

/**
 * Joins byte sequences and single bytes.
 *
 * @param parts Sequences, numbers below 256, or text in ASCII.
 * @returns All of them.
 */
export function joinBytes(...parts: (Uint8Array | number[] | string)[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(
    parts.flatMap((part) => typeof part === "string" ? [...new TextEncoder().encode(part)] : [...part]),
  );
}

/**
 * A length-delimited protobuf field, lengths below 128 only.
 *
 * @param number Field number below 16.
 * @param contents Contents.
 * @returns Tag, length, contents.
 */
export function shortField(
  number: number,
  contents: Uint8Array | number[] | string,
): Uint8Array<ArrayBuffer> {
  const bytes = joinBytes(contents);
  return joinBytes([number * 8 + 2, bytes.length], bytes);
}

/** `TensorProto.DataType`. */
export const onnxTypes = {
  float: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  half: 10,
  double: 11,
  uint64: 13,
  bfloat16: 16,
};

/** First fields of a model: format version 8, opset 17. Six bytes. */
export const modelStart = [8, 8, 0x42, 2, 0x10, 17];

/**
 * A float32 tensor [2] named a.weight whose elements are in another file.
 *
 * @param values Entries of `external_data`.
 * @returns The tensor.
 */
export function external(values: Record<string, string>): onnx.ITensorProto {
  const externalData = Object.entries(values).map(([key, value]) => ({ key, value }));
  return { name: "a.weight", dims: [2], dataType: onnxTypes.float, dataLocation: 1, externalData };
}
