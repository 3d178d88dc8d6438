/**
 * The two products behind the gradient of a linear layer: `d_x = d_y · weight` and `d_weight = d_yᵀ · x`.
 *
 * Nothing is kept but x, which the forward pass has made anyway; the bias is a sum of rows, the residual d_y itself.
 */
import type { Lowering, Node, Operator } from "../../graph/operator.ts";
import { channelCount, formatShape, rowCount, type TensorSpec, wholeBlocks } from "../../graph/tensor.ts";
import { lowerMove } from "../rearrange/move.ts";
import { lowerOuterProduct } from "./outer_product.ts";
import { padGroups, padRows } from "./pad_groups.ts";
import { lowerProduct, type ProductVariant } from "./product.ts";

/** How the channels of a linear layer are grouped in memory. */
export interface LinearGroups {
  /** Output columns come in groups of this many, each padded to whole blocks of four. */
  readonly columnGroup?: number;
  /** Input channels come in such groups. */
  readonly depthGroup?: number;
  /** Which product kernel; the expected fastest when absent. */
  readonly variant?: ProductVariant;
}

/** Inputs d_y `[…, C]` blocked and weight `[C, K]`; output d_x `[…, K]` blocked. */
export const linearInputGradientOperator: Operator<LinearGroups> = {
  name: "linear_input_gradient",

  infer([d_y, weight], { columnGroup, depthGroup }): TensorSpec[] {
    const [columns, depth] = weight!.shape;
    const wanted = padGroups(columns, columnGroup);
    if (channelCount(d_y!) !== wanted || d_y!.layout !== "blocked") {
      throw new TypeError(
        `Cannot take the input gradient of linear from ${
          formatShape(d_y!.shape)
        }: expected ${wanted} channels`,
      );
    }
    return [{ shape: [...d_y!.shape.slice(0, -1), padGroups(depth, depthGroup)] }];
  },

  lower(node: Node<LinearGroups>, lowering: Lowering): void {
    const [d_y, weight] = node.inputs;
    const { columnGroup, depthGroup, variant } = node.attributes;
    const [columns, depth] = weight!.shape;
    const width = padGroups(depth, depthGroup);
    const height = padGroups(columns, columnGroup);
    lowerProduct(lowering, {
      x: d_y!,
      weight: {
        tensors: [weight!],
        columns: width,
        depth: height,
        arrangement: `transposed, groups ${columnGroup ?? 0} × ${depthGroup ?? 0}`,
        arrange: (values) => {
          const wide = padRows(values, { width: 1, group: depthGroup });
          return transpose(padRows(wide, { width, group: columnGroup }), height, width);
        },
      },
      y: node.outputs[0],
    }, variant);
  },
};

/** Attributes of {@linkcode linearWeightGradientOperator}. */
export interface LinearWeightGradientAttributes extends LinearGroups {
  /** Extents of the weight: `[columns, depth]`. */
  readonly shape: readonly number[];
}

/** Inputs d_y `[…, C]` and x `[…, K]`, blocked; outputs d_weight `[C, K]` and d_bias `[C]`, dense. */
export const linearWeightGradientOperator: Operator<LinearWeightGradientAttributes> = {
  name: "linear_weight_gradient",

  infer([d_y, x], { shape }): TensorSpec[] {
    if (rowCount(d_y!) !== rowCount(x!) || d_y!.layout !== "blocked" || x!.layout !== "blocked") {
      throw new TypeError(
        `Cannot take the weight gradient of linear from ${formatShape(d_y!.shape)} and ${
          formatShape(x!.shape)
        }: ` +
          "expected as many blocked rows",
      );
    }
    return [{ shape, layout: "dense" }, { shape: [shape[0]], layout: "dense" }];
  },

  lower(node: Node<LinearWeightGradientAttributes>, lowering: Lowering): void {
    const [a, b] = node.inputs;
    const { shape: [columns, depth], columnGroup = columns, depthGroup = depth } = node.attributes;
    const from = lowerOuterProduct(lowering, { a: a!, b: b! });
    const axes = (padded: boolean) => {
      const size = (group: number) => padded ? wholeBlocks(group) : group;
      return [
        [{ name: "g", size: columns / columnGroup }, { name: "c", size: size(columnGroup) }],
        [{ name: "h", size: depth / depthGroup }, { name: "k", size: size(depthGroup) }],
      ];
    };
    lowerMove(lowering, {
      from: { tensor: from, groups: axes(true) },
      to: { tensor: node.outputs[0], groups: axes(false) },
      walk: axes(false),
    });
    // The sums of d_y stand in the channel behind x's own, whole blocks of it.
    const sums = (padded: boolean) => [axes(padded)[0], [{ name: "sum", size: 1 }]];
    lowerMove(lowering, {
      from: { tensor: from, groups: sums(true), start: { sum: channelCount(from) - 4 } },
      to: { tensor: node.outputs[1], groups: sums(false) },
      walk: sums(false),
    });
  },
};

/** Rows to columns: `[rows, columns]` to `[columns, rows]`. */
export function transpose(values: Float32Array, rows: number, columns: number): Float32Array {
  const transposed = new Float32Array(values.length);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) transposed[c * rows + r] = values[r * columns + c];
  }
  return transposed;
}
