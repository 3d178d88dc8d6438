/**
 * Sum of the rows that share a position: `y[p, c] = Σ x[r, c]` over the rows r with `(r / divisor) % positions = p`.
 *
 * It is the gradient of whatever was added to rows: a bias (one position), a position embedding (many).
 */
import type { Lowering, Node, NodeBuilder, Operator } from "../../graph/operator.ts";
import {
  blockCount,
  channelCount,
  formatShape,
  rowCount,
  rowStride,
  type Tensor,
  type TensorSpec,
} from "../../graph/tensor.ts";
import source from "./sum.wgsl" with { type: "text" };

/** Attributes of {@linkcode sumRowsOperator}. */
export interface SumRowsAttributes {
  /** Extents of the output: `[C]`, or `[rows, C]` with at least `positions` rows. */
  readonly shape: readonly number[];
  /** Number of positions; the rows of the output beyond them are zero. */
  readonly positions: number;
  /** Neighbouring rows that share a position. */
  readonly divisor: number;
}

/** Input x blocked `[…, C]`; output dense, of the shape asked for. */
export const sumRowsOperator: Operator<SumRowsAttributes> = {
  name: "sum_rows",

  infer([x], { shape, positions, divisor }): TensorSpec[] {
    const rows = shape.length === 1 ? 1 : shape[0];
    if (
      x!.layout !== "blocked" || shape.at(-1) !== channelCount(x!) || shape.length > 2 || positions > rows ||
      rowCount(x!) % (positions * divisor) !== 0
    ) {
      throw new TypeError(
        `Cannot sum rows of ${x!.layout} ${formatShape(x!.shape)} to ${
          formatShape(shape)
        } by ${positions} positions ` +
          `of ${divisor} rows: expected blocked rows in whole rounds, and a row for each position`,
      );
    }
    return [{ shape, layout: "dense" }];
  },

  lower(node: Node<SumRowsAttributes>, lowering: Lowering): void {
    const x = node.inputs[0]!;
    const { shape, positions, divisor } = node.attributes;
    lowering.dispatch({
      shader: { name: "sum_rows", source },
      bindings: [
        lowering.buffer(x),
        lowering.buffer(node.outputs[0]),
        lowering.uniform([rowCount(x), channelCount(x), rowStride(x), divisor, positions]),
      ],
      workgroups: [shape.length === 1 ? 1 : shape[0], blockCount(x)],
    });
  },
};

/**
 * Adds a sum over rows.
 *
 * @param graph The graph.
 * @param x Blocked `[…, C]`.
 * @param options Shape of the output, positions (1 when absent) and divisor (1 when absent).
 * @returns Dense, of `shape`.
 * @throws {TypeError} When shapes do not fit.
 */
export function sumRows(
  graph: NodeBuilder,
  x: Tensor,
  options: Pick<SumRowsAttributes, "shape"> & Partial<SumRowsAttributes>,
): Tensor {
  return graph.add(sumRowsOperator, [x], { positions: 1, divisor: 1, ...options })[0];
}
