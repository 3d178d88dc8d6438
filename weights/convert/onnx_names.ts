/**
 * Recovers the module names of weights from the graph of an ONNX export.
 *
 * Exporters keep the names of what a layer reads as it is, but not of what they transpose, fold or split: PyTorch's
 * TorchScript exporter calls the transposed weight of a linear layer `onnx::MatMul_204`, its successor with the
 * optimiser on calls it `val_31`. The layer is told by the bias that is added next, or by the path in the node's name.
 */
import type { onnx } from "onnx-proto";
import { splitPositions } from "./families/position_names.ts";

/** A weight as the graph uses it. */
export interface NamedInitializer {
  /** Name of the initializer in the file. */
  initializer: string;
  /** True when the module's weight is the transpose of what the file holds. */
  transposed: boolean;
}

/**
 * Names weights after the modules that they belong to.
 *
 * @param graph Graph of the export.
 * @returns Initializer by parameter name, for those whose own name does not tell, or whose layout differs.
 * @throws {TypeError} When two initializers look like one parameter.
 */
export function recoverOnnxNames(graph: onnx.IGraphProto): Map<string, NamedInitializer> {
  return new NameRecovery(graph).recover();
}

/** An initializer seen through nodes that only pass it on. */
interface Passed extends NamedInitializer {
  /** Names that it has on the way, its own first. */
  names: string[];
}

/** Nodes that pass their first input on. */
const passing: ReadonlySet<string> = new Set(["Identity", "Cast", "Transpose"]);
/** Nodes whose second input is a weight, and those whose third is a bias. */
const linear: ReadonlySet<string> = new Set(["MatMul", "Gemm"]);
const convolution: ReadonlySet<string> = new Set(["Conv", "ConvTranspose"]);

class NameRecovery {
  readonly #nodes: readonly onnx.INodeProto[];
  readonly #shapes = new Map<string, number[]>();
  readonly #maker = new Map<string, onnx.INodeProto>();
  readonly #readers = new Map<string, onnx.INodeProto[]>();
  readonly #named = new Map<string, NamedInitializer>();

  constructor(graph: onnx.IGraphProto) {
    this.#nodes = graph.node ?? [];
    for (const { name, dims } of graph.initializer ?? []) {
      this.#shapes.set(name ?? "", (dims ?? []).map(Number));
    }
    for (const node of this.#nodes) {
      for (const output of node.output ?? []) this.#maker.set(output, node);
      for (const input of node.input ?? []) {
        const readers = this.#readers.get(input);
        if (readers === undefined) this.#readers.set(input, [node]);
        else readers.push(node);
      }
    }
  }

  recover(): Map<string, NamedInitializer> {
    for (const node of this.#nodes) {
      const type = node.opType ?? "";
      if (passing.has(type)) this.#nameAlias(node);
      else if (linear.has(type)) this.#nameLinear(node);
      else if (convolution.has(type)) this.#nameConvolution(node);
    }
    this.#namePositions();
    return this.#named;
  }

  #name(name: string, initializer: string, transposed: boolean): void {
    const earlier = this.#named.get(name);
    if (earlier !== undefined && earlier.initializer !== initializer) {
      throw new TypeError(
        `Cannot tell weights apart: ${earlier.initializer} and ${initializer} both look like ${name}`,
      );
    }
    this.#named.set(name, { initializer, transposed });
  }

  /** An exporter stores equal tensors once and gives the others their names through an Identity. */
  #nameAlias(node: onnx.INodeProto): void {
    const output = node.output?.[0] ?? "";
    const passed = this.#resolve(output);
    if (passed !== undefined && !passed.transposed && isParameterName(output)) {
      this.#name(output, passed.initializer, false);
    }
  }

  #nameLinear(node: onnx.INodeProto): void {
    const weight = this.#resolve(node.input?.[1] ?? "");
    if (weight === undefined || this.#shapes.get(weight.initializer)?.length !== 2) return;
    const path = modulePath(weight.names, "weight") ?? this.#pathOfBias(node) ?? pathOfNode(node);
    if (path === undefined) return;
    // A linear layer multiplies by the transpose of its weight; Gemm may do that itself.
    const transposes = attribute(node, "transB") === 1;
    const transposed = weight.transposed === transposes;
    const name = `${path}.weight`;
    if (name !== weight.initializer || transposed) {
      this.#name(name, weight.initializer, transposed);
    }
    const bias = this.#resolve(node.input?.[2] ?? "");
    if (bias !== undefined && bias.initializer !== `${path}.bias`) {
      this.#name(`${path}.bias`, bias.initializer, false);
    }
  }

  #nameConvolution(node: onnx.INodeProto): void {
    const weight = this.#resolve(node.input?.[1] ?? "");
    if (weight === undefined || weight.transposed) return;
    const path = modulePath(weight.names, "weight") ?? this.#pathOfBias(node) ?? pathOfNode(node);
    if (path === undefined) return;
    const bias = this.#resolve(node.input?.[2] ?? "");
    for (const [part, passed] of [["weight", weight], ["bias", bias]] as const) {
      const name = `${path}.${part}`;
      if (passed !== undefined && passed.initializer !== name) {
        this.#name(name, passed.initializer, false);
      }
    }
  }

  /** ViTPose adds two slices of one parameter, one after the other; exporters make two constants of them. */
  #namePositions(): void {
    for (const node of this.#nodes) {
      const patches = this.#addedConstant(node);
      if (patches === undefined) continue;
      for (const next of this.#readers.get(node.output?.[0] ?? "") ?? []) {
        const slot = this.#addedConstant(next);
        if (slot === undefined) continue;
        const [first, second] = [patches, slot].map((name) => this.#shapes.get(name) ?? []);
        const fits = first.length === 3 && second.length === 3 && first[0] === 1 && first[1] > 1 &&
          second[0] === 1 && second[1] === 1 && first[2] === second[2];
        if (!fits) continue;
        const [patchesName, slotName] = splitPositions;
        this.#name(patchesName, patches, false);
        this.#name(slotName, slot, false);
        return;
      }
    }
  }

  /** The anonymous initializer that an addition adds, if it adds one. */
  #addedConstant(node: onnx.INodeProto): string | undefined {
    if (node.opType !== "Add") return undefined;
    return node.input?.find((name) => this.#shapes.has(name) && !isParameterName(name));
  }

  /** The module whose bias is added to what a node makes, or is its third input. */
  #pathOfBias(node: onnx.INodeProto): string | undefined {
    const own = this.#resolve(node.input?.[2] ?? "");
    if (own !== undefined) return modulePath(own.names, "bias");
    const output = node.output?.[0] ?? "";
    for (const reader of this.#readers.get(output) ?? []) {
      if (reader.opType !== "Add") continue;
      const other = reader.input?.find((name) => name !== output) ?? "";
      const path = modulePath(this.#resolve(other)?.names ?? [], "bias");
      if (path !== undefined) return path;
    }
    return undefined;
  }

  /** Follows a value back to an initializer through nodes that only pass it on. */
  #resolve(name: string): Passed | undefined {
    const names: string[] = [];
    let transposed = false;
    // A graph has no circles; a file that lies has fewer nodes than this.
    for (let step = 0; step <= this.#nodes.length; step++) {
      names.unshift(name);
      if (this.#shapes.has(name)) return { initializer: name, transposed, names };
      const node = this.#maker.get(name);
      if (node === undefined || !passing.has(node.opType ?? "")) return undefined;
      if (node.opType === "Transpose") transposed = !transposed;
      name = node.input?.[0] ?? "";
    }
    return undefined;
  }
}

/** The module of the wanted parameter; of several names the one nearest to the reader is the module's own. */
function modulePath(names: readonly string[], parameter: string): string | undefined {
  const name = names.findLast((candidate) =>
    isParameterName(candidate) && candidate.endsWith(`.${parameter}`)
  );
  return name?.slice(0, -parameter.length - 1);
}

/**
 * Tells the names of parameters, which are dotted paths, from those that exporters make up.
 *
 * @param name Name of an initializer.
 * @returns True for the path of a parameter.
 */
export function isParameterName(name: string): boolean {
  return /^[\w.-]+\.[\w-]+$/.test(name);
}

/** `/blocks.0/attn/qkv/MatMul` is `blocks.0.attn.qkv`; a sequence comes twice, as `layers/layers.0`. */
function pathOfNode({ name }: onnx.INodeProto): string | undefined {
  if (!name?.startsWith("/")) return undefined;
  const parts = name.split("/").slice(1, -1);
  const kept = parts.filter((part, index) => !parts[index + 1]?.startsWith(`${part}.`));
  return kept.length === 0 ? undefined : kept.join(".");
}

function attribute(node: onnx.INodeProto, name: string): number {
  const found = node.attribute?.find((candidate) => candidate.name === name);
  return Number(found?.i ?? 0);
}
