/**
 * ONNX models of a few nodes, made in memory for the onnxruntime peers.
 *
 * Knows no runtime.
 */

import proto from "onnx-proto";
import type { AttentionShape, MatmulInputs, MatmulShape } from "../workload.ts";

const { onnx } = proto;

/** Element type FLOAT of ONNX. */
const FLOAT = onnx.TensorProto.DataType.FLOAT;

/** Operator set of the ONNX standard that the models use. */
const OPERATOR_SET = 17;

/**
 * Makes the model C = A·B with B a constant, as weights are in a real model.
 *
 * @param shape Extents of the product.
 * @param inputs B is stored in the model; A is the input "a".
 * @returns Encoded `ModelProto` with input "a" [M,K] and output "c" [M,N].
 */
export function matmulModel({ M, N, K }: MatmulShape, inputs: MatmulInputs): Uint8Array {
  const raw = new Uint8Array(inputs.b.buffer, inputs.b.byteOffset, inputs.b.byteLength);
  return encode({
    name: "matmul",
    node: [{ opType: "MatMul", input: ["a", "b"], output: ["c"] }],
    initializer: [{ name: "b", dims: [K, N], dataType: FLOAT, rawData: raw }],
    input: [describe("a", [M, K])],
    output: [describe("c", [M, N])],
  });
}

/**
 * Makes attention of standard nodes: two products and a softmax. The keys come transposed and the queries scaled, so that the model
 * is charged for nothing but the attention itself.
 *
 * @param shape Extents of the attention.
 * @returns Encoded `ModelProto` with inputs "q" [1,heads,tokens,channels] (divided by √channels), "k" [1,heads,channels,tokens],
 *   "v" [1,heads,tokens,channels] and output "y" as "v".
 */
export function attentionModel({ heads, tokens, channels }: AttentionShape): Uint8Array {
  const rows = [1, heads, tokens, channels];
  return encode({
    name: "attention",
    node: [
      { opType: "MatMul", input: ["q", "k"], output: ["scores"] },
      {
        opType: "Softmax",
        input: ["scores"],
        output: ["weights"],
        attribute: [{ name: "axis", type: onnx.AttributeProto.AttributeType.INT, i: -1 }],
      },
      { opType: "MatMul", input: ["weights", "v"], output: ["y"] },
    ],
    input: [describe("q", rows), describe("k", [1, heads, channels, tokens]), describe("v", rows)],
    output: [describe("y", rows)],
  });
}

/**
 * Makes attention of onnxruntime's own fused operator, `com.microsoft.MultiHeadAttention`.
 *
 * @param shape Extents of the attention.
 * @returns Encoded `ModelProto` with inputs "q", "k", "v" and output "y", each [1, tokens, heads·channels].
 */
export function fusedAttentionModel({ heads, tokens, channels }: AttentionShape): Uint8Array {
  const rows = [1, tokens, heads * channels];
  return encode({
    name: "fused_attention",
    node: [{
      opType: "MultiHeadAttention",
      domain: "com.microsoft",
      input: ["q", "k", "v"],
      output: ["y"],
      attribute: [{ name: "num_heads", type: onnx.AttributeProto.AttributeType.INT, i: heads }],
    }],
    input: [describe("q", rows), describe("k", rows), describe("v", rows)],
    output: [describe("y", rows)],
  });
}

function describe(name: string, shape: number[]): proto.onnx.IValueInfoProto {
  const dim = shape.map((dimValue) => ({ dimValue }));
  return { name, type: { tensorType: { elemType: FLOAT, shape: { dim } } } };
}

function encode(graph: proto.onnx.IGraphProto): Uint8Array {
  const model = onnx.ModelProto.create({
    irVersion: 8,
    opsetImport: [{ domain: "", version: OPERATOR_SET }, { domain: "com.microsoft", version: 1 }],
    graph,
  });
  return onnx.ModelProto.encode(model).finish();
}
