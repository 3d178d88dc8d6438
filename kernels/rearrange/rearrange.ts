/**
 * Permutes, splits and merges axes by name, and changes the layout: `"B F M D -> B M (F D)"`.
 *
 * The letters are the pattern's own; a parenthesis groups neighbours. Nothing but order changes.
 */
import type { Graph } from "../../graph/graph.ts";
import type { Lowering, Node, NodeBuilder, OnnxExporter, Operator } from "../../graph/operator.ts";
import { elementCount, formatShape, type Layout, type Tensor, type TensorSpec } from "../../graph/tensor.ts";
import { type Axis, type AxisGroups, lowerMove } from "./move.ts";

/** Attributes of {@linkcode rearrangeOperator}. */
export interface RearrangeAttributes {
  /** `"input axes -> output axes"`. */
  readonly pattern: string;
  /** Extents of axes that the input's shape does not determine. */
  readonly sizes: Readonly<Record<string, number>>;
  /** Layout of the output. */
  readonly layout: Layout;
}

interface Pattern {
  from: AxisGroups;
  to: AxisGroups;
}

/** Input of any layout; output of the layout asked for. */
export const rearrangeOperator: Operator<RearrangeAttributes> = {
  name: "rearrange",

  infer([x], attributes): TensorSpec[] {
    const { to } = parse(x!, attributes);
    return [{
      shape: to.map((group) => elementCount(group.map(({ size }) => size))),
      type: x!.type,
      layout: attributes.layout,
      precise: x!.precise,
    }];
  },

  lower(node: Node<RearrangeAttributes>, lowering: Lowering): void {
    const x = node.inputs[0]!;
    const { from, to } = parse(x, node.attributes);
    lowerMove(lowering, {
      from: { tensor: x, groups: from },
      to: { tensor: node.outputs[0], groups: to },
      walk: to,
    });
  },

  onnx(node: Node<RearrangeAttributes>, exporter: OnnxExporter): void {
    const x = node.inputs[0]!;
    const { from, to } = parse(x, node.attributes);
    let value = exporter.value(x);
    const source = from.flat();
    const target = to.flat();
    if (from.some((group) => group.length !== 1)) {
      value = exporter.node("Reshape", [value, exporter.integers(onnxShape(from, "split"))]);
    }
    const perm = target.map(({ name }) => source.findIndex((axis) => axis.name === name));
    if (perm.some((from, to) => from !== to)) value = exporter.node("Transpose", [value], { perm });
    if (to.some((group) => group.length !== 1)) {
      value = exporter.node("Reshape", [value, exporter.integers(onnxShape(to, "merge"))]);
    }
    exporter.bind(node.outputs[0], value);
  },

  /** The way back: the pattern turned round. */
  gradient(node: Node<RearrangeAttributes>, [d_y]: readonly (Tensor | null)[], graph: NodeBuilder) {
    const x = node.inputs[0]!;
    const { from, to } = parse(x, node.attributes);
    const side = (groups: AxisGroups) =>
      groups.map((group) => `(${group.map(({ name }) => name).join(" ")})`).join(" ");
    const sizes = Object.fromEntries(from.flat().map(({ name, size }) => [name, size]));
    const back = { pattern: `${side(to)} -> ${side(from)}`, sizes, layout: x.layout };
    return [graph.add(rearrangeOperator, [d_y], back)[0]];
  },
};

/**
 * Adds a rearrangement.
 *
 * @param graph The graph.
 * @param x Any tensor.
 * @param options Pattern, sizes of axes the shape does not determine, and layout (blocked when absent).
 * @returns The rearranged tensor.
 * @throws {TypeError} When pattern and shape do not fit.
 */
export function rearrange(
  graph: Graph,
  x: Tensor,
  options: { pattern: string; sizes?: Record<string, number>; layout?: Layout },
): Tensor {
  const { pattern, sizes = {}, layout = "blocked" } = options;
  return graph.add(rearrangeOperator, [x], { pattern, sizes, layout })[0];
}

/** Reads the pattern and finds every extent. */
function parse(x: Tensor, { pattern, sizes }: RearrangeAttributes): Pattern {
  const refuse = (reason: string): never => {
    throw new TypeError(`Cannot rearrange ${formatShape(x.shape)} by "${pattern}": ${reason}`);
  };
  const sides = pattern.split("->").map((side) =>
    (side.match(/\([^)]*\)|[^\s()]+/g) ?? []).map((group) => group.match(/[^\s()]+/g) ?? [])
  );
  if (sides.length !== 2) refuse("expected one ->");
  const [left, right] = sides;
  if (left.length !== x.shape.length) refuse(`${left.length} axes, expected ${x.shape.length}`);
  const known = new Map(Object.entries(sizes));
  for (const [i, group] of left.entries()) {
    const unknown = group.filter((name) => !known.has(name));
    const product = elementCount(group.filter((name) => known.has(name)).map((name) => known.get(name)!));
    if (unknown.length > 1) refuse(`the sizes of ${unknown.join(" and ")} are not determined`);
    if (unknown.length === 1) known.set(unknown[0], x.shape[i] / product);
    const sizesOfGroup = group.map((name) => known.get(name)!);
    if (elementCount(sizesOfGroup) !== x.shape[i] || !sizesOfGroup.every(Number.isInteger)) {
      refuse(`axis ${i} is not divisible into ${group.join(" × ")}`);
    }
  }
  if (left.flat().toSorted().join(" ") !== right.flat().toSorted().join(" ")) {
    refuse("the sides name other axes");
  }
  const groups = (side: string[][]): Axis[][] =>
    side.map((group) => group.map((name) => ({ name, size: known.get(name)! })));
  return { from: groups(left), to: groups(right) };
}

/**
 * Target shape of an ONNX Reshape. Batch (`B`) and text length (`N`) are symbolic: 0 copies the extent at the same
 * position, -1 stands for the one that is left.
 */
function onnxShape(groups: AxisGroups, direction: "split" | "merge"): number[] {
  const entries: { symbolic: boolean; size: number }[] = direction === "split"
    ? groups.flat().map(({ name, size }) => ({ symbolic: name === "B" || name === "N", size }))
    : groups.map((group) => ({
      symbolic: group.some(({ name }) => name === "B" || name === "N"),
      size: elementCount(group.map(({ size }) => size)),
    }));
  // Before the first real split or merge, positions on both sides agree and 0 copies.
  const aligned = groups.findIndex((group) => group.length !== 1);
  const shape = entries.map(({ symbolic, size }, i) => !symbolic ? size : i < aligned ? 0 : -1);
  if (shape.filter((extent) => extent === -1).length > 1) {
    throw new TypeError("Cannot export a rearrangement that reshapes both batch and text length");
  }
  return shape;
}
