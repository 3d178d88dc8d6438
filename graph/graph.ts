/** The graph: what the model definition writes and what planner, exporter and gradient walk read. */
import type { Node, NodeBuilder, Operator } from "./operator.ts";
import { type ElementType, formatShape, type Layout, type Tensor, type TensorSpec } from "./tensor.ts";

/** Options of {@linkcode Graph}. */
export interface GraphOptions {
  /**
   * Whether gradients will be taken.
   *
   * @default {false}
   */
  training?: boolean;
}

/** A graph under construction; operators are added by functions such as `linear(graph, …)`. */
export class Graph implements NodeBuilder {
  /** Whether gradients will be taken: activations and normalisations then stand alone instead of being fused. */
  readonly training: boolean;
  readonly #nodes: Node[] = [];
  readonly #inputs = new Map<string, Tensor>();
  readonly #parameters = new Map<string, Tensor>();
  readonly #outputs = new Map<string, Tensor>();
  readonly #path: string[] = [];
  #nextId = 0;

  /** An empty graph. */
  constructor({ training = false }: GraphOptions = {}) {
    this.training = training;
  }

  /** Nodes in order of creation, which is a topological order. */
  get nodes(): readonly Node[] {
    return this.#nodes;
  }

  /** Inputs by name. */
  get inputs(): ReadonlyMap<string, Tensor> {
    return this.#inputs;
  }

  /** Parameters by canonical weight name. */
  get parameters(): ReadonlyMap<string, Tensor> {
    return this.#parameters;
  }

  /** Outputs by name. */
  get outputs(): ReadonlyMap<string, Tensor> {
    return this.#outputs;
  }

  /**
   * Declares a value that the caller gives at each run, row-major unless `layout` says that it comes blocked.
   *
   * @param name Its name.
   * @param shape Its extents.
   * @param type Its element type.
   * @param layout Its memory order.
   * @returns The tensor.
   */
  input(name: string, shape: readonly number[], type: ElementType = "f32", layout: Layout = "dense"): Tensor {
    const tensor = this.#tensor(name, { shape, type, layout }, "input");
    this.#inputs.set(name, tensor);
    return tensor;
  }

  /**
   * Declares a weight below the current module; its full name is the module path and `name`.
   *
   * @param name Name inside the module, for example `"weight"`.
   * @param shape Its extents in the weights file.
   * @returns The tensor; the same one when it was declared before.
   * @throws {TypeError} When it was declared with another shape.
   */
  parameter(name: string, shape: readonly number[]): Tensor {
    const full = [...this.#path, name].join(".");
    const known = this.#parameters.get(full);
    if (known) {
      if (formatShape(known.shape) === formatShape(shape)) return known;
      throw new TypeError(
        `Cannot declare parameter ${full}: ${formatShape(shape)}, expected ${
          formatShape(known.shape)
        } as before`,
      );
    }
    const tensor = this.#tensor(full, { shape, layout: "dense" }, "parameter");
    this.#parameters.set(full, tensor);
    return tensor;
  }

  /** Names a tensor as an output. */
  output(name: string, tensor: Tensor): void {
    this.#outputs.set(name, tensor);
  }

  /**
   * Runs `build` one level down the module tree, so that code path and weight names are the same path.
   *
   * @param name Dotted name of the module.
   * @param build Builds the module.
   * @returns What `build` returned.
   */
  module<T>(name: string, build: () => T): T {
    this.#path.push(name);
    try {
      return build();
    } finally {
      this.#path.pop();
    }
  }

  /**
   * Adds a node.
   *
   * @param operator The operator.
   * @param inputs Its inputs; `null` where an optional one is absent.
   * @param attributes Its attributes.
   * @returns Its outputs.
   * @throws {TypeError} When the operator's shape rule refuses the inputs.
   * @throws {RangeError} When it refuses a size.
   */
  add<A>(operator: Operator<A>, inputs: readonly (Tensor | null)[], attributes: A): readonly Tensor[] {
    const path = this.#path.join(".");
    let specs;
    try {
      specs = operator.infer(inputs, attributes);
    } catch (error) {
      if (error instanceof Error) error.message += path ? ` (in ${path})` : "";
      throw error;
    }
    const name = path ? `${path}.${operator.name}` : operator.name;
    const outputs = specs.map((spec) => this.#tensor(name, spec, "operator"));
    this.#nodes.push({ operator, inputs, outputs, attributes, path } as Node);
    return outputs;
  }

  #tensor(name: string, spec: TensorSpec, source: Tensor["source"]): Tensor {
    const { shape, type = "f32", layout = "blocked" as Layout, precise = false } = spec;
    if (shape.length === 0 || shape.some((extent) => !Number.isSafeInteger(extent) || extent < 1)) {
      throw new TypeError(
        `Cannot make tensor ${name}: shape ${formatShape(shape)}, expected extents of at least 1`,
      );
    }
    return { id: this.#nextId++, name, shape, type, layout, precise, source };
  }
}
