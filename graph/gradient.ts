/**
 * Reverse mode: one walk from a loss back to the tensors whose gradients are wanted.
 *
 * Knows the operators' contract and no operator: the caller says how two contributions are added.
 */
import type { Graph } from "./graph.ts";
import type { Node } from "./operator.ts";
import { formatShape, type Tensor } from "./tensor.ts";

/** What {@linkcode differentiate} is asked for. */
export interface GradientRequest {
  /** The tensor to differentiate. */
  loss: Tensor;
  /** Its own gradient, of its shape: ones for a scalar. */
  seed: Tensor;
  /** Parameters or inputs whose gradients are wanted. */
  targets: Iterable<Tensor>;
  /** Adds a node that sums two contributions of one shape and layout. */
  add: (graph: Graph, a: Tensor, b: Tensor) => Tensor;
  /**
   * Names the part of the graph whose tensors are not kept but computed again on the way back (activation
   * checkpointing); undefined for nodes whose tensors are kept.
   */
  recompute?: (node: Node) => string | undefined;
}

/**
 * Adds the nodes that compute the gradients of a loss.
 *
 * Visits only nodes that lie between a target and the loss: what is frozen costs nothing.
 *
 * @param graph The graph that computes the loss; the gradients are added to it.
 * @param request Loss, targets and how to add.
 * @returns The gradient of each target that the loss depends on, of the target's shape.
 * @throws {TypeError} When an operator on the way has no gradient rule or its rule gives another number of entries.
 */
export function differentiate(graph: Graph, request: GradientRequest): Map<Tensor, Tensor> {
  const targets = new Set(request.targets);
  const nodes = [...graph.nodes];
  const varying = varyingTensors(nodes, targets);
  const totals = new Map<Tensor, Tensor>([[request.loss, request.seed]]);
  const again = new Recomputation(graph, request.recompute);
  for (const node of nodes.reverse()) {
    const outputGradients = node.outputs.map((output) => totals.get(output) ?? null);
    if (outputGradients.every((gradient) => gradient === null)) continue;
    if (!node.inputs.some((input) => input && varying.has(input))) continue;
    again.enter(node);
    const entries = graph.module(node.path, () => inputGradients(graph, again.node(node), outputGradients));
    for (const [i, input] of node.inputs.entries()) {
      const entry = entries[i];
      if (!input || !entry || !varying.has(input)) continue;
      checkEntry(node, input, entry);
      const total = totals.get(input);
      totals.set(input, total ? graph.module(node.path, () => request.add(graph, total, entry)) : entry);
    }
  }
  return new Map(
    [...targets].filter((target) => totals.has(target)).map((target) => [target, totals.get(target)!]),
  );
}

/** Computes parts of the forward pass again, right before their gradients are taken. */
class Recomputation {
  readonly #graph: Graph;
  readonly #partOf: (node: Node) => string | undefined;
  readonly #forward: readonly Node[];
  readonly #entered = new Set<string>();
  readonly #copies = new Map<Tensor, Tensor>();

  constructor(graph: Graph, partOf: GradientRequest["recompute"]) {
    this.#graph = graph;
    this.#partOf = partOf ?? (() => undefined);
    this.#forward = [...graph.nodes];
  }

  /** Adds the nodes of a part once more when the walk comes to its last one. */
  enter(node: Node): void {
    const part = this.#partOf(node);
    if (part === undefined || this.#entered.has(part)) return;
    this.#entered.add(part);
    for (const original of this.#forward) {
      if (this.#partOf(original) !== part) continue;
      const { operator, inputs, attributes } = this.node(original);
      const outputs = this.#graph.module(original.path, () => this.#graph.add(operator, inputs, attributes));
      for (const [i, output] of original.outputs.entries()) this.#copies.set(output, outputs[i]);
    }
  }

  /** The node with tensors that were computed again in place of the first ones. */
  node(node: Node): Node {
    const copy = <T extends Tensor | null>(tensor: T): T =>
      (tensor && this.#copies.get(tensor) as T) ?? tensor;
    return { ...node, inputs: node.inputs.map(copy), outputs: node.outputs.map(copy) };
  }
}

/** The targets and everything computed from them. */
function varyingTensors(nodes: readonly Node[], targets: ReadonlySet<Tensor>): Set<Tensor> {
  const varying = new Set(targets);
  for (const { inputs, outputs } of nodes) {
    if (!inputs.some((input) => input && varying.has(input))) continue;
    for (const output of outputs) varying.add(output);
  }
  return varying;
}

function inputGradients(graph: Graph, node: Node, outputGradients: (Tensor | null)[]): (Tensor | null)[] {
  const subject = `${node.operator.name}${node.path ? ` of ${node.path}` : ""}`;
  if (!node.operator.gradient) {
    throw new TypeError(`Cannot differentiate ${subject}: it has no gradient rule`);
  }
  const entries = node.operator.gradient(node, outputGradients, graph);
  if (entries.length === node.inputs.length) return entries;
  throw new TypeError(
    `Cannot differentiate ${subject}: its rule gives ${entries.length} entries, expected ${node.inputs.length}`,
  );
}

function checkEntry(node: Node, { shape, layout, name }: Tensor, entry: Tensor): void {
  if (formatShape(entry.shape) === formatShape(shape) && entry.layout === layout) return;
  throw new TypeError(
    `Cannot differentiate ${node.operator.name}${
      node.path ? ` of ${node.path}` : ""
    }: the gradient of ${name} is ` +
      `${entry.layout} ${formatShape(entry.shape)}, expected ${layout} ${formatShape(shape)}`,
  );
}
