/** Adds a learned position embedding along one axis: `y[…, i, …, c] = x[…, i, …, c] + position[i, c]`. */
import type { Graph } from "../../graph/graph.ts";
import type { Lowering, Node, OnnxExporter, Operator } from "../../graph/operator.ts";
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
import source from "./add_position.wgsl" with { type: "text" };

/** Attributes of {@linkcode addPositionOperator}. */
export interface AddPositionAttributes {
  /** The axis that has positions, counted from the outermost. */
  readonly axis: number;
}

/** Inputs x blocked `[…, L, …, D]` and position `[L, D]`; output as x. */
export const addPositionOperator: Operator<AddPositionAttributes> = {
  name: "addPosition",

  infer([x, position], { axis }): TensorSpec[] {
    const wanted = formatShape([x!.shape[axis], channelCount(x!)]);
    if (axis >= x!.shape.length - 1 || formatShape(position!.shape) !== wanted) {
      throw new TypeError(
        `Cannot add positions ${formatShape(position!.shape)} to axis ${axis} of ${
          formatShape(x!.shape)
        }, expected ${wanted}`,
      );
    }
    return [{ shape: x!.shape }];
  },

  lower(node: Node<AddPositionAttributes>, lowering: Lowering): void {
    const [x, position] = node.inputs as Tensor[];
    const [y] = node.outputs;
    const D = channelCount(x);
    lowering.dispatch({
      shader: { name: "addPosition", source },
      bindings: [
        lowering.buffer(x),
        lowering.parameter([position], { name: "blocked", pack: (values) => packBlocked(values, D) }),
        lowering.buffer(y),
        lowering.uniform([
          rowCount(x),
          rowStride(x),
          rowStride(position),
          elementCount(x.shape.slice(node.attributes.axis + 1, -1)),
          position.shape[0],
        ]),
      ],
      workgroups: [Math.ceil(rowCount(x) / 64), blockCount(x)],
    });
  },

  onnx(node: Node<AddPositionAttributes>, exporter: OnnxExporter): void {
    const [x, position] = node.inputs as Tensor[];
    const between = x.shape.length - 2 - node.attributes.axis;
    const axes = Array.from({ length: between }, (_, i) => i + 1);
    const table = exporter.value(position);
    const aligned = between === 0 ? table : exporter.node("Unsqueeze", [table, exporter.integers(axes)]);
    exporter.bind(node.outputs[0], exporter.node("Add", [exporter.value(x), aligned]));
  },
};

/**
 * Adds the embedding `position_embedding` of the current module along an axis.
 *
 * @param graph The graph.
 * @param x Blocked `[…, L, …, D]`.
 * @param attributes The axis.
 * @returns Blocked, of x's shape.
 * @throws {TypeError} When the axis is the channels'.
 */
export function addPosition(graph: Graph, x: Tensor, attributes: AddPositionAttributes): Tensor {
  const position = graph.parameter("position_embedding", [x.shape[attributes.axis], channelCount(x)]);
  return graph.add(addPositionOperator, [x, position], attributes)[0];
}
