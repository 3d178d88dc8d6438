/**
 * An ONNX file as a small model and the bytes that its weights lie in: a runtime that takes both copies no weight through its protobuf
 * reader, which for a gigabyte of them saves two.
 *
 * Knows the file format and no runtime.
 */
import proto from "onnx-proto";
import { payloadFields, type PayloadSegment, readOnnxSkeleton } from "../../weights/onnx_skeleton.ts";
import { RandomAccessFile } from "../../weights/random_access_file.ts";

const { onnx } = proto;

/** Smaller tensors stay in the model: shape inference needs some of them. */
const smallestDetachedBytes = 1024;

/** A model without its weights. */
export interface DetachedWeights {
  /** Encoded `ModelProto` whose larger initializers are external data. */
  model: Uint8Array;
  /** The whole file, which is that data. */
  data: Uint8Array<ArrayBuffer>;
  /** Name under which the model refers to `data`. */
  location: string;
}

/**
 * Reads an ONNX file and points its initializers at their own bytes in it.
 *
 * @param path The file; its tensors are raw data inside it, as our writer makes them.
 * @returns Model and data.
 * @throws {TypeError} When a tensor is stored in another way.
 */
export async function detachWeights(path: string): Promise<DetachedWeights> {
  const location = "weights";
  await using file = await RandomAccessFile.open(path);
  const { model, payloads } = await file.exclusive(() => readOnnxSkeleton(file));
  const data = await Deno.readFile(path);
  for (const [i, tensor] of (model.graph?.initializer ?? []).entries()) {
    const { start, end } = rawSegment(payloads[i], `${tensor.name} of ${path}`);
    if (end - start < smallestDetachedBytes) {
      tensor.rawData = data.subarray(start, end);
      continue;
    }
    tensor.dataLocation = onnx.TensorProto.DataLocation.EXTERNAL;
    const entries = { location, offset: `${start}`, length: `${end - start}` };
    tensor.externalData = Object.entries(entries).map(([key, value]) => ({ key, value }));
  }
  return { model: onnx.ModelProto.encode(model).finish(), data, location };
}

function rawSegment(segments: readonly PayloadSegment[], what: string): PayloadSegment {
  const [segment] = segments;
  if (segments.length !== 1 || segment.field !== payloadFields.rawData) {
    throw new TypeError(
      `Cannot detach tensor ${what}: ${segments.length} pieces of data, expected one raw piece`,
    );
  }
  return segment;
}
