import proto from "onnx-proto";
import type { onnx } from "onnx-proto";
import { elementBytes, elementCount } from "./element_type.ts";
import { onnxTypeNumbers } from "./onnx_tensor.ts";
import type { OnnxProducer } from "./onnx_reader.ts";
import { encodeFieldLength } from "./protobuf_length.ts";
import type { TensorSource } from "./tensor_source.ts";

/** A model to be written: structure in memory, tensors made one at a time. */
export interface OnnxModelDescription {
  /** Name of the graph. */
  name: string;
  /** Nodes in topological order. */
  nodes: onnx.INodeProto[];
  /** Inputs of the graph. */
  inputs: onnx.IValueInfoProto[];
  /** Outputs of the graph; at least one, or no ONNX tool accepts the file. */
  outputs: onnx.IValueInfoProto[];
  /** Operator set version by domain; the default domain is `""`. */
  opsets: ReadonlyMap<string, number>;
  /** Version of the file format; 8 belongs to opset 17 and is what the protobuf library knows. */
  irVersion: number;
  /** What writes the model. */
  producer: OnnxProducer;
  /** `metadata_props`, by key. */
  metadata: ReadonlyMap<string, string>;
  /** Initializers in the order in which they are made and written. */
  tensors: readonly TensorSource[];
}

/** Where one tensor goes. */
export interface PlacedTensor {
  /** The tensor. */
  source: TensorSource;
  /** Elements. */
  count: number;
  /** Size of the elements, in bytes. */
  bytes: number;
  /** What stands before its elements in the model file; all there is when they are external. */
  header: Uint8Array<ArrayBuffer>;
  /** First byte of its elements in the data file; undefined when they stand in the model file. */
  dataOffset: number | undefined;
}

/** A model file, planned to the byte. */
export interface OnnxLayout {
  /** First bytes of the model file: all but the initializers. */
  head: Uint8Array<ArrayBuffer>;
  /** The initializers in order. */
  tensors: PlacedTensor[];
  /** Size of the model file. */
  modelBytes: number;
  /** Size of the data file; 0 when there is none. */
  dataBytes: number;
}

/** How to plan. */
export interface OnnxLayoutOptions {
  /** True for an external data file even where one is not needed. */
  external: boolean;
  /** File name of the data file, relative to the model file. */
  location: string;
}

/** Protobuf readers hold lengths in 32 signed bits. */
const largestModelBytes = 2 ** 31 - 1;
/** Memory pages, so that a runtime can map a tensor. */
const dataAlignment = 4096;
/** Smaller tensors stay in the model file, and so do integers: shape inference needs them at hand. */
const smallestExternalBytes = 1024;
const graphField = 7;
const initializerField = 5;
const rawDataField = 9;

/**
 * Plans a model file to the byte from shapes alone; tensors go to a data file when the model would exceed 2 GB.
 *
 * @param model Model to plan.
 * @param options How to plan.
 * @returns The plan.
 * @throws {TypeError} When tensors share a name or have none.
 * @throws {RangeError} When a shape is out of bounds, or the structure alone exceeds 2 GB.
 */
export function layOutOnnx(model: OnnxModelDescription, options: OnnxLayoutOptions): OnnxLayout {
  checkNames(model.tensors);
  let layout: OnnxLayout | undefined;
  if (!options.external) layout = layOut(model, undefined);
  if (layout === undefined || layout.modelBytes > largestModelBytes) layout = layOut(model, options.location);
  if (layout.modelBytes > largestModelBytes) {
    throw new RangeError(
      `Cannot write ONNX model ${model.name}: ${layout.modelBytes} bytes without external data, expected at most ` +
        `${largestModelBytes}`,
    );
  }
  return layout;
}

function checkNames(tensors: readonly TensorSource[]): void {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const { name } of tensors) {
    if (name === "") throw new TypeError("Cannot write ONNX model: a tensor has no name");
    if (seen.has(name)) twice.add(name);
    seen.add(name);
  }
  if (twice.size > 0) {
    throw new TypeError(`Cannot write ONNX model: several tensors named ${[...twice].join(", ")}`);
  }
}

function layOut(model: OnnxModelDescription, location: string | undefined): OnnxLayout {
  let dataBytes = 0;
  const tensors = model.tensors.map((source): PlacedTensor => {
    const count = elementCount(source.shape, `tensor ${source.name}`);
    const bytes = count * elementBytes(source.dataType);
    const fields = {
      dims: [...source.shape],
      dataType: onnxTypeNumbers.get(source.dataType) ?? 0,
      name: source.name,
    };
    if (location === undefined || source.dataType === "int64" || bytes < smallestExternalBytes) {
      const description = encodeTensor(fields);
      const raw = encodeFieldLength(rawDataField, bytes);
      const length = encodeFieldLength(initializerField, description.length + raw.length + bytes);
      return { source, count, bytes, header: concatenate([length, description, raw]), dataOffset: undefined };
    }
    const dataOffset = Math.ceil(dataBytes / dataAlignment) * dataAlignment;
    dataBytes = dataOffset + bytes;
    const description = encodeTensor({
      ...fields,
      dataLocation: proto.onnx.TensorProto.DataLocation.EXTERNAL,
      externalData: [
        { key: "location", value: location },
        { key: "offset", value: String(dataOffset) },
        { key: "length", value: String(bytes) },
      ],
    });
    const header = concatenate([encodeFieldLength(initializerField, description.length), description]);
    return { source, count, bytes, header, dataOffset };
  });
  const inline = tensors.reduce(
    (total, { header, bytes, dataOffset }) => total + header.length + (dataOffset === undefined ? bytes : 0),
    0,
  );
  const head = encodeHead(model, inline);
  return { head, tensors, modelBytes: head.length + inline, dataBytes };
}

/** Everything but the initializers; a protobuf message may be written in parts, so the graph's length includes theirs. */
function encodeHead(model: OnnxModelDescription, initializerBytes: number): Uint8Array<ArrayBuffer> {
  const fields = proto.onnx.ModelProto.encode({
    irVersion: model.irVersion,
    producerName: model.producer.name,
    producerVersion: model.producer.version,
    opsetImport: [...model.opsets].map(([domain, version]) => ({ domain, version })),
    metadataProps: [...model.metadata].map(([key, value]) => ({ key, value })),
  }).finish();
  const graph = proto.onnx.GraphProto.encode({
    name: model.name,
    node: model.nodes,
    input: model.inputs,
    output: model.outputs,
  }).finish();
  return concatenate([fields, encodeFieldLength(graphField, graph.length + initializerBytes), graph]);
}

function encodeTensor(tensor: onnx.ITensorProto): Uint8Array {
  return proto.onnx.TensorProto.encode(tensor).finish();
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((total, { length }) => total + length, 0));
  let position = 0;
  for (const part of parts) {
    whole.set(part, position);
    position += part.length;
  }
  return whole;
}
