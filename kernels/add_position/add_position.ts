/**
 * Adds a learned position embedding along one axis, the same for all indices of the others:
 * `y[…, p, …, d] = x[…, p, …, d] + position[p, d]`.
 */
import type { Graph } from "../../graph/graph.ts";
import type { Lowering, Node, NodeBuilder, OnnxExporter, Operator } from "../../graph/operator.ts";
import {
  blockCount,
  channelCount,
  elementCount,
  formatShape,
  rowCount,
  rowStride,
  type Tensor,
  type TensorSpec,
} from "../../graph/tensor.ts";
import { packBlocked } from "../linear/product.ts";
import { sumRows } from "../sum_rows/sum_rows.ts";
import source from "./add.wgsl" with { type: "text" };

/** Attributes of {@linkcode addPositionOperator}. */
export interface AddPositionAttributes {
  /** The axis that positions run along: 1 for the frames of `[B, F, M, D]`. */
  readonly axis: number;
}

/** Inputs x `[…, P, …, D]` blocked, position `[P, D]`; output of the shape of x, blocked. */
export const addPositionOperator: Operator<AddPositionAttributes> = {
  name: "add_position",

  infer([x, position], { axis }): TensorSpec[] {
    const { shape, type, layout } = x!;
    const refuse = (reason: string): never => {
      throw new TypeError(`Cannot add positions to ${formatShape(shape)}: ${reason}`);
    };
    if (type !== "f32" || layout !== "blocked") refuse(`${layout} ${type}, expected blocked f32`);
    checkAxis(shape, axis);
    const wanted = formatShape([shape[axis], channelCount(x!)]);
    if (formatShape(position!.shape) !== wanted) {
      refuse(`positions ${formatShape(position!.shape)}, expected ${wanted}`);
    }
    return [{ shape, precise: true }];
  },

  lower(node: Node<AddPositionAttributes>, lowering: Lowering): void {
    const [x, position] = node.inputs;
    const [y] = node.outputs;
    const [n_positions, channels] = position!.shape;
    const n_rows = rowCount(y);
    const divisor = elementCount(x!.shape.slice(node.attributes.axis + 1, -1));
    lowering.dispatch({
      shader: { name: "add_position/add", source },
      bindings: [
        lowering.buffer(x!),
        lowering.parameter([position!], {
          name: "blocked rows",
          pack: ([values]) => packBlocked(values, channels),
        }),
        lowering.buffer(y),
        lowering.uniform([
          n_rows,
          divisor,
          n_positions,
          rowStride(x!),
          rowStride(position!),
          rowStride(y),
        ]),
      ],
      workgroups: [Math.ceil(n_rows / 64), blockCount(y)],
    });
  },

  onnx(node: Node<AddPositionAttributes>, exporter: OnnxExporter): void {
    const [x, position] = node.inputs;
    // [P, D] to [P, 1, …, 1, D], which broadcasts over the axes around P.
    const after = x!.shape.length - 2 - node.attributes.axis;
    const axes = Array.from({ length: after }, (_, i) => i + 1);
    const value = exporter.value(position!);
    const aligned = after === 0 ? value : exporter.node("Unsqueeze", [value, exporter.integers(axes)]);
    exporter.bind(node.outputs[0], exporter.node("Add", [exporter.value(x!), aligned]));
  },

  gradient(node: Node<AddPositionAttributes>, [d_y]: readonly (Tensor | null)[], graph: NodeBuilder) {
    const [x, position] = node.inputs;
    const divisor = elementCount(x!.shape.slice(node.attributes.axis + 1, -1));
    return [d_y, sumRows(graph, d_y!, { shape: position!.shape, positions: position!.shape[0], divisor })];
  },
};

/**
 * Adds a position embedding; its parameter is `position_embedding` below the current module.
 *
 * @param graph The graph.
 * @param x Blocked `[…, P, …, D]`.
 * @param options The axis that positions run along.
 * @returns Blocked, of the shape of x.
 * @throws {TypeError} When x has no such axis.
 */
export function addPosition(graph: Graph, x: Tensor, { axis }: AddPositionAttributes): Tensor {
  checkAxis(x.shape, axis);
  const position = graph.parameter("position_embedding", [x.shape[axis], channelCount(x)]);
  return graph.add(addPositionOperator, [x, position], { axis })[0];
}

function checkAxis(shape: readonly number[], axis: number): void {
  if (Number.isInteger(axis) && axis >= 0 && axis < shape.length - 1) return;
  throw new TypeError(
    `Cannot add positions to ${formatShape(shape)}: axis ${axis}, expected one of 0 to ${shape.length - 2}`,
  );
}
