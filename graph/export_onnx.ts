/**
 * Export of a graph as ONNX: plain data, one list of nodes. The same model definition that runs on WebGPU becomes
 * the graph of the weights file; how it is encoded is not this room's business.
 */
import type { Graph } from "./graph.ts";
import type { OnnxAttributes, OnnxExporter } from "./operator.ts";
import { neededNodes } from "./plan.ts";
import { elementCount, formatShape, type Tensor } from "./tensor.ts";

/** A constant that a node reads. */
export interface OnnxConstant {
  /** Element type. */
  readonly type: "int64" | "float32";
  /** Extents; empty for a scalar. */
  readonly shape: readonly number[];
  /** Elements. */
  readonly values: readonly number[];
}

/** One ONNX node; a `Constant` carries its value. */
export interface OnnxNode {
  /** ONNX operator. */
  readonly type: string;
  /** Unique name: module path, operator and a number. */
  readonly name: string;
  /** Names of the values read. */
  readonly inputs: readonly string[];
  /** Names of the values made. */
  readonly outputs: readonly string[];
  /** Attributes. */
  readonly attributes: OnnxAttributes;
  /** The value of a `Constant`. */
  readonly value?: OnnxConstant;
}

/** A graph in ONNX terms, without its initializers' values. */
export interface OnnxGraph {
  /** Nodes in topological order. */
  readonly nodes: readonly OnnxNode[];
  /** Parameters that the nodes read, by name. */
  readonly parameters: ReadonlyMap<string, Tensor>;
}

/** Options of {@linkcode exportOnnx}. */
export interface ExportOnnxOptions {
  /**
   * True when parameters are stored as float16: each is cast to float32 where it is read.
   *
   * @default false
   */
  halfParameters?: boolean;
}

/** ONNX's number of the float32 element type. */
const onnxFloat32 = 1;

/**
 * Lowers every node that an output needs through its operator's ONNX rule.
 *
 * @param graph The graph; its outputs keep their names.
 * @param options How parameters are stored.
 * @returns Nodes and parameters.
 * @throws {TypeError} When an operator has no ONNX rule.
 */
export function exportOnnx(graph: Graph, { halfParameters = false }: ExportOnnxOptions = {}): OnnxGraph {
  const exporter = new Exporter();
  for (const [name, tensor] of graph.inputs) exporter.bind(tensor, name);
  const parameters = new Map<string, Tensor>();
  for (const node of neededNodes(graph)) {
    if (!node.operator.onnx) {
      throw new TypeError(`Cannot export ${node.operator.name} of ${node.path}: it has no ONNX rule`);
    }
    for (const input of node.inputs) {
      if (input?.source !== "parameter" || parameters.has(input.name)) continue;
      parameters.set(input.name, input);
      exporter.enter(input.name);
      const value = halfParameters ? exporter.node("Cast", [input.name], { to: onnxFloat32 }) : input.name;
      exporter.bind(input, value);
    }
    exporter.enter(node.path ? `${node.path}/${node.operator.name}` : node.operator.name);
    node.operator.onnx(node, exporter);
  }
  for (const [name, tensor] of graph.outputs) exporter.output(name, tensor);
  return { nodes: exporter.nodes, parameters };
}

class Exporter implements OnnxExporter {
  readonly nodes: OnnxNode[] = [];
  readonly #values = new Map<Tensor, string>();
  readonly #constants = new Map<string, string>();
  #scope = "";

  enter(scope: string): void {
    this.#scope = scope;
  }

  value(tensor: Tensor): string {
    const value = this.#values.get(tensor);
    if (value === undefined) throw new TypeError(`Cannot export ${tensor.name}: nothing has computed it`);
    return value;
  }

  bind(tensor: Tensor, value: string): void {
    this.#values.set(tensor, value);
  }

  node(type: string, inputs: readonly string[], attributes: OnnxAttributes = {}): string {
    return this.nodeWithOutputs(type, inputs, 1, attributes)[0];
  }

  nodeWithOutputs(
    type: string,
    inputs: readonly string[],
    outputs: number,
    attributes: OnnxAttributes = {},
  ): string[] {
    const name = `${this.#scope}/${type}_${this.nodes.length}`;
    const names = Array.from({ length: outputs }, (_, i) => i === 0 ? name : `${name}.${i}`);
    this.nodes.push({ type, name, inputs, outputs: names, attributes });
    return names;
  }

  integers(values: readonly number[], shape: readonly number[] = [values.length]): string {
    return this.#constant({ type: "int64", shape, values });
  }

  floats(values: readonly number[], shape: readonly number[] = [values.length]): string {
    return this.#constant({ type: "float32", shape, values });
  }

  output(name: string, tensor: Tensor): void {
    this.nodes.push({
      type: "Identity",
      name: `output/${name}`,
      inputs: [this.value(tensor)],
      outputs: [name],
      attributes: {},
    });
  }

  #constant(value: OnnxConstant): string {
    if (elementCount(value.shape) !== value.values.length) {
      throw new TypeError(
        `Cannot export a constant of ${value.values.length} values as ${formatShape(value.shape)}`,
      );
    }
    const key = JSON.stringify(value);
    let name = this.#constants.get(key);
    if (name === undefined) {
      name = `constant_${this.#constants.size}`;
      this.#constants.set(key, name);
      this.nodes.push({ type: "Constant", name, inputs: [], outputs: [name], attributes: {}, value });
    }
    return name;
  }
}
