/** Runs the ONNX lowering of a small graph in onnxruntime: one helper for every operator's ONNX test. */
import proto from "onnx-proto";
import manifest from "../../deno.json" with { type: "json" };
import { exportOnnx } from "../../graph/export_onnx.ts";
import { Graph } from "../../graph/graph.ts";
import { nodeMessage, valueMessage } from "../../weights/onnx_nodes.ts";

/** A value that goes in: elements, and their extents where they differ from the graph's. */
export interface OnnxInput {
  /** Elements, row-major. */
  data: Float32Array | Int32Array;
  /** Extents; the graph's when absent. Others show what the lowering hard-codes. */
  shape?: readonly number[];
}

/** A value that comes out. */
export interface OnnxOutput {
  /** Elements, row-major. */
  data: Float32Array;
  /** Extents. */
  shape: readonly number[];
}

const { ModelProto, TensorProto } = proto.onnx;
const operatorSet = 17;

/** The part of onnxruntime-node that is used here; its own types would fetch its 300 MB to check other files. */
interface Onnxruntime {
  Tensor: new (type: string, data: Float32Array | Int32Array, dims: readonly number[]) => OnnxruntimeTensor;
  InferenceSession: { create(model: Uint8Array, options: object): Promise<OnnxruntimeSession> };
}

interface OnnxruntimeTensor {
  readonly data: unknown;
  readonly dims: readonly number[];
}

interface OnnxruntimeSession {
  run(feeds: Record<string, OnnxruntimeTensor>): Promise<Record<string, OnnxruntimeTensor>>;
  release(): Promise<void>;
}

/** A value, not a literal: Deno fetches literal imports at start. */
const onnxruntimePackage: string = manifest.imports["onnxruntime-node"];

/**
 * Builds a graph, exports it with all extents of its inputs symbolic and runs it.
 *
 * @param build Adds inputs, operators and outputs.
 * @param values Inputs and parameter values by name.
 * @returns Outputs by name.
 */
export async function runOnnx(
  build: (graph: Graph) => void,
  values: { inputs: Record<string, OnnxInput>; parameters?: Record<string, Float32Array> },
): Promise<Record<string, OnnxOutput>> {
  const graph = new Graph();
  build(graph);
  const model = encode(graph, values.parameters ?? {});
  const { InferenceSession, Tensor } = await import(onnxruntimePackage) as Onnxruntime;
  const session = await InferenceSession.create(model, { logSeverityLevel: 3 });
  try {
    const feeds = Object.fromEntries(
      [...graph.inputs].map(([name, tensor]) => {
        const { data, shape = tensor.shape } = values.inputs[name];
        const value = data instanceof Int32Array
          ? new Tensor("int32", data, shape)
          : new Tensor("float32", data, shape);
        return [name, value];
      }),
    );
    const results = await session.run(feeds);
    return Object.fromEntries(
      Object.entries(results).map(([name, { data, dims }]) => [name, {
        data: data as Float32Array,
        shape: dims,
      }]),
    );
  } finally {
    await session.release();
  }
}

function encode(graph: Graph, parameters: Record<string, Float32Array>): Uint8Array {
  const { nodes, parameters: needed } = exportOnnx(graph);
  const symbolic = (name: string, shape: readonly number[]) => shape.map((_, axis) => `${name}_${axis}`);
  const value = (name: string, { type, shape }: { type: string; shape: readonly number[] }) =>
    valueMessage(name, type === "i32" ? "int32" : "float32", symbolic(name, shape));
  const model = ModelProto.create({
    irVersion: 8,
    opsetImport: [{ domain: "", version: operatorSet }],
    graph: {
      name: "test",
      node: nodes.map(nodeMessage),
      initializer: [...needed.values()].map(({ name, shape }) => ({
        name,
        dims: [...shape],
        dataType: TensorProto.DataType.FLOAT,
        floatData: [...parameters[name]],
      })),
      input: [...graph.inputs].map(([name, tensor]) => value(name, tensor)),
      output: [...graph.outputs].map(([name, tensor]) => value(name, tensor)),
    },
  });
  return ModelProto.encode(model).finish();
}
