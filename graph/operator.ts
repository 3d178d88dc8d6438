/**
 * What an operator is: one contract that the planner, the gradient walk and the ONNX exporter share.
 *
 * `graph/` knows this contract and no operator.
 */
import type { DeviceTraits } from "../gpu/device.ts";
import type { Pack, Resource, ScheduledParameter } from "../gpu/schedule.ts";
import type { Shader, StoredType } from "../gpu/shader.ts";
import type { Tensor, TensorSpec } from "./tensor.ts";

/** A coarse operator. `A` are its attributes: plain data fixed when the graph is built. */
export interface Operator<A> {
  /** Name in messages, timings and tensor names. */
  readonly name: string;
  /**
   * Shape rule.
   *
   * @param inputs The inputs, `null` where an optional one is absent.
   * @param attributes The attributes.
   * @returns One entry per output.
   * @throws {TypeError} When the inputs do not fit.
   */
  infer(inputs: readonly (Tensor | null)[], attributes: A): readonly TensorSpec[];
  /** Emits the dispatches that compute the outputs. */
  lower(node: Node<A>, lowering: Lowering): void;
  /** Emits the equivalent ONNX nodes; absent for operators that stand outside the exported graph. */
  onnx?(node: Node<A>, exporter: OnnxExporter): void;
  /** Gradient in terms of forward operators; absent when there is none, which the gradient walk reports by name. */
  gradient?(
    node: Node<A>,
    outputGradients: readonly (Tensor | null)[],
    graph: NodeBuilder,
  ): (Tensor | null)[];
}

/** Adds nodes: what a gradient rule may do to a graph. */
export interface NodeBuilder {
  /** Adds a node and returns its outputs. */
  add<A>(operator: Operator<A>, inputs: readonly (Tensor | null)[], attributes: A): readonly Tensor[];
}

/** One use of an operator in a graph. */
export interface Node<A = unknown> {
  /** The operator. */
  readonly operator: Operator<A>;
  /** Its inputs; `null` where an optional one is absent. */
  readonly inputs: readonly (Tensor | null)[];
  /** Its outputs. */
  readonly outputs: readonly Tensor[];
  /** Its attributes. */
  readonly attributes: A;
  /** Dotted path of the module it stands in, for example `"vision.blocks.0.attention"`. */
  readonly path: string;
}

/** A dispatch as an operator asks for it. */
export interface DispatchRequest {
  /** The shader. */
  readonly shader: Shader;
  /** In order of `@binding`. */
  readonly bindings: readonly Resource[];
  /** Workgroups along x, y, z. */
  readonly workgroups: readonly [number, number?, number?];
}

/** How values of weights become one GPU parameter. */
export interface Packing {
  /** Distinguishes this packing of the parameter from others. */
  readonly name: string;
  /** Bound as. @default {"buffer"} */
  readonly binding?: ScheduledParameter["binding"];
  /** Packs the values, one array per parameter given. */
  readonly pack: Pack;
}

/** What an operator may ask for while it is lowered. */
export interface Lowering {
  /** The device that will run it. */
  readonly traits: DeviceTraits;
  /** How weights of matrix products are stored. */
  readonly weights: StoredType;
  /**
   * Picks one of several kernels that compute the same.
   *
   * @param key What is computed, with its extents: equal keys are equal work.
   * @param candidates Names of the kernels, the one that is expected to be the fastest first.
   * @returns The first, unless another one was faster when it was measured on this device.
   */
  choose<T extends string>(key: string, candidates: readonly T[]): T;
  /** The arena range of an input, an output or a scratch tensor; bind it `read_write`. */
  buffer(tensor: Tensor): Resource;
  /**
   * Rows of a blocked tensor as a texture, a `Texture0` or `Texture1` … in the shader: x = row, y = block. The copy is made once
   * however many operators ask.
   */
  texture(tensor: Tensor, rows?: { start: number; count: number }): Resource;
  /** Weights, packed as the kernel wants them and kept for all plans of the model. */
  parameter(tensors: readonly Tensor[], packing: Packing): Resource;
  /** A range of a buffer that outlives the plan, in elements of four bytes; bind it `read_write`. */
  state(name: string, range: { start: number; count: number }): Resource;
  /** Copies a dense scratch tensor, rows padded to 256 bytes, into a parameter that is a texture. */
  copyToParameter(from: Tensor, to: ScheduledParameter, extent: readonly [number, number]): void;
  /** Extents and strides: whole numbers, or numbers marked `f32`, in the order of the shader's struct. */
  uniform(values: readonly (number | { f32: number })[]): Resource;
  /** Fills a binding that the shader does not read in this mode; bind it `read_write`. */
  unused(): Resource;
  /** A temporary that lives during this node only. */
  scratch(spec: TensorSpec): Tensor;
  /** Appends a dispatch. */
  dispatch(request: DispatchRequest): void;
}

/** What an operator may ask for while it is exported to ONNX. */
export interface OnnxExporter {
  /** ONNX value name of a tensor. */
  value(tensor: Tensor): string;
  /** Adds a node with one output and returns that output's name. */
  node(type: string, inputs: readonly string[], attributes?: OnnxAttributes): string;
  /** Adds a node with several outputs. */
  nodeWithOutputs(
    type: string,
    inputs: readonly string[],
    outputs: number,
    attributes?: OnnxAttributes,
  ): string[];
  /** A constant of 64-bit integers. */
  integers(values: readonly number[], shape?: readonly number[]): string;
  /** A constant of floats. */
  floats(values: readonly number[], shape?: readonly number[]): string;
  /** Says which value is the node's output tensor. */
  bind(tensor: Tensor, value: string): void;
}

/** Attributes of an ONNX node: integers, floats (marked), strings or lists of integers. */
export type OnnxAttributes = Readonly<
  Record<string, number | string | readonly number[] | { float: number }>
>;
