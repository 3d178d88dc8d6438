/** Plain descriptions of nodes and values as ONNX protobuf messages. */
import proto from "onnx-proto";
import type { onnx } from "onnx-proto";

/** An attribute's value: an integer, a marked float, a string or a list of integers. */
export type NodeAttribute = number | string | readonly number[] | { readonly float: number };

/** A node to encode; a `Constant` carries its value. */
export interface NodeDescription {
  /** ONNX operator. */
  readonly type: string;
  /** Unique name. */
  readonly name: string;
  /** Names of the values read. */
  readonly inputs: readonly string[];
  /** Names of the values made. */
  readonly outputs: readonly string[];
  /** Attributes by name. */
  readonly attributes: Readonly<Record<string, NodeAttribute>>;
  /** The value of a `Constant`. */
  readonly value?: {
    readonly type: "int64" | "float32";
    readonly shape: readonly number[];
    readonly values: readonly number[];
  };
}

const { AttributeType } = proto.onnx.AttributeProto;
const { DataType } = proto.onnx.TensorProto;

/** Encodes a node. */
export function nodeMessage(node: NodeDescription): onnx.INodeProto {
  const attribute = Object.entries(node.attributes).map(([name, value]) => attributeMessage(name, value));
  if (node.value) {
    const { type, shape, values } = node.value;
    const data = type === "int64" ? { int64Data: [...values] } : { floatData: [...values] };
    const t = { dims: [...shape], dataType: type === "int64" ? DataType.INT64 : DataType.FLOAT, ...data };
    attribute.push({ name: "value", type: AttributeType.TENSOR, t });
  }
  return {
    opType: node.type,
    name: node.name,
    input: [...node.inputs],
    output: [...node.outputs],
    attribute,
  };
}

/**
 * Encodes the type of an input or output.
 *
 * @param name Name of the value.
 * @param elementType Element type.
 * @param shape Extents; a string is a symbolic one.
 * @returns The message.
 */
export function valueMessage(
  name: string,
  elementType: "float32" | "int32",
  shape: readonly (number | string)[],
): onnx.IValueInfoProto {
  const dim = shape.map((extent) => typeof extent === "number" ? { dimValue: extent } : { dimParam: extent });
  const elemType = elementType === "int32" ? DataType.INT32 : DataType.FLOAT;
  return { name, type: { tensorType: { elemType, shape: { dim } } } };
}

function attributeMessage(name: string, value: NodeAttribute): onnx.IAttributeProto {
  if (typeof value === "number") return { name, type: AttributeType.INT, i: value };
  if (typeof value === "string") {
    return { name, type: AttributeType.STRING, s: new TextEncoder().encode(value) };
  }
  if ("float" in value) return { name, type: AttributeType.FLOAT, f: value.float };
  return { name, type: AttributeType.INTS, ints: [...value] };
}
