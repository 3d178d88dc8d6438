/**
 * Patch convolution and position embedding, the first layer of Eq. 1: each P × P patch of a frame becomes a token,
 * `y[m, d] = Σ weight[d, c, i, j] · pixels[c, P·m_y + i − padding, P·m_x + j − padding] + bias[d] + position[m, d]`.
 *
 * Patches do not overlap, so each is a row and the matrix product does the rest. Crops come as rows of patches
 * already (`kernels/crop`); pixels of any other origin are laid out by a kernel first.
 */
import type { Graph } from "../../graph/graph.ts";
import type { Lowering, Node, NodeBuilder, OnnxExporter, Operator } from "../../graph/operator.ts";
import {
  blockCount,
  channelCount,
  formatShape,
  rowStride,
  type Tensor,
  type TensorSpec,
} from "../../graph/tensor.ts";
import { lowerOuterProduct } from "../linear/outer_product.ts";
import { lowerProduct, type ProductVariant } from "../linear/product.ts";
import { lowerMove } from "../rearrange/move.ts";
import { sumRows } from "../sum_rows/sum_rows.ts";
import gather from "./gather.wgsl" with { type: "text" };

/** How a frame is cut into patches. */
export interface PatchLayout {
  /** Side of a patch P, in pixels; also the stride. */
  readonly patchSize: number;
  /** Zeros around the frame, in pixels. */
  readonly patchPadding: number;
}

/** Attributes of {@linkcode patchEmbeddingOperator}. */
export interface PatchEmbeddingAttributes extends PatchLayout {
  /** Which product kernel; the expected fastest when absent. */
  readonly variant?: ProductVariant;
}

/** Options of {@linkcode patchEmbedding}. */
export interface PatchEmbeddingOptions extends PatchEmbeddingAttributes {
  /** Channels D of a token. */
  width: number;
}

/** Extents of the grid of patches. */
export interface PatchGrid {
  /** Patches from top to bottom. */
  readonly rows: number;
  /** Patches from left to right. */
  readonly columns: number;
}

/**
 * The grid of patches of a frame.
 *
 * @param height Frame height in pixels.
 * @param width Frame width in pixels.
 * @param options Patch size and padding in pixels.
 * @returns `floor((extent + 2·padding − P) / P) + 1` patches along each axis.
 * @throws {TypeError} When patch size or padding are no whole numbers, or the frame is smaller than a patch.
 */
export function patchGrid(height: number, width: number, options: PatchLayout): PatchGrid {
  const { patchSize, patchPadding } = options;
  if (!Number.isSafeInteger(patchSize) || patchSize < 1) {
    throw new TypeError(
      `Cannot embed patches: patch size ${patchSize}, expected a whole number of at least 1`,
    );
  }
  if (!Number.isSafeInteger(patchPadding) || patchPadding < 0) {
    throw new TypeError(
      `Cannot embed patches: padding ${patchPadding}, expected a whole number of at least 0`,
    );
  }
  const along = (extent: number) => Math.floor((extent + 2 * patchPadding - patchSize) / patchSize) + 1;
  const grid = { rows: along(height), columns: along(width) };
  if (grid.rows < 1 || grid.columns < 1) {
    throw new TypeError(
      `Cannot embed patches of ${height} × ${width} pixels: smaller than a patch, expected at least ${
        patchSize - 2 * patchPadding
      } each way`,
    );
  }
  return grid;
}

/**
 * Inputs pixels dense `[B, F, 3, H, W]` or their patches blocked `[B, F, M, 3 · P · P]`, weight `[D, 3, P, P]`, bias
 * `[D]`, position embedding `[M, D]`; output blocked `[B, F, M, D]` with the M patches row by row.
 */
export const patchEmbeddingOperator: Operator<PatchEmbeddingAttributes> = {
  name: "patch_embedding",

  infer([pixels, weight, bias, position], attributes): TensorSpec[] {
    const [B, F] = pixels!.shape;
    const M = patchCount(pixels!, attributes);
    const D = weight!.shape[0];
    const { patchSize } = attributes;
    const wanted: [string, Tensor, number[]][] = [
      ["weight", weight!, [D, 3, patchSize, patchSize]],
      ["bias", bias!, [D]],
      ["position embedding", position!, [M, D]],
    ];
    for (const [role, { shape }, expected] of wanted) {
      if (formatShape(shape) !== formatShape(expected)) {
        throw new TypeError(
          `Cannot embed patches: ${role} ${formatShape(shape)}, expected ${formatShape(expected)}`,
        );
      }
    }
    return [{ shape: [B, F, M, D], precise: true }];
  },

  lower(node: Node<PatchEmbeddingAttributes>, lowering: Lowering): void {
    const [pixels, weight, bias, position] = node.inputs;
    const patches = lowerPatches(lowering, pixels!, node.attributes);
    lowerProduct(lowering, {
      x: patches,
      weight: { tensors: [weight!], columns: weight!.shape[0], depth: channelCount(patches) },
      bias: { tensors: [bias!] },
      residual: { tensor: position! },
      y: node.outputs[0],
    }, node.attributes.variant);
  },

  onnx(node: Node<PatchEmbeddingAttributes>, exporter: OnnxExporter): void {
    const [pixels, weight, bias, position] = node.inputs;
    const [, F, , height, width] = pixelShape(pixels!);
    const { patchSize, patchPadding } = node.attributes;
    const [, , M, D] = node.outputs[0].shape;
    const frames = exporter.node("Reshape", [
      exporter.value(pixels!),
      exporter.integers([-1, 3, height, width]),
    ]);
    const map = exporter.node("Conv", [frames, exporter.value(weight!), exporter.value(bias!)], {
      kernel_shape: [patchSize, patchSize],
      strides: [patchSize, patchSize],
      pads: [patchPadding, patchPadding, patchPadding, patchPadding],
    });
    const grid = exporter.node("Reshape", [map, exporter.integers([-1, F, D, M])]);
    const tokens = exporter.node("Transpose", [grid], { perm: [0, 1, 3, 2] });
    exporter.bind(node.outputs[0], exporter.node("Add", [tokens, exporter.value(position!)]));
  },

  /** None for the pixels, whose patches are laid out anew. */
  gradient(node: Node<PatchEmbeddingAttributes>, [d_y]: readonly (Tensor | null)[], graph: NodeBuilder) {
    const [pixels, weight, bias, position] = node.inputs;
    const attributes = { ...node.attributes, shape: weight!.shape };
    return [
      null,
      graph.add(patchWeightGradientOperator, [pixels, d_y], attributes)[0],
      sumRows(graph, d_y!, { shape: bias!.shape }),
      sumRows(graph, d_y!, { shape: position!.shape, positions: position!.shape[0] }),
    ];
  },
};

/** Attributes of {@linkcode patchWeightGradientOperator}. */
export interface PatchWeightGradientAttributes extends PatchEmbeddingAttributes {
  /** Extents of the weight, `[D, 3, P, P]`. */
  readonly shape: readonly number[];
}

/**
 * Inputs pixels dense `[B, F, 3, H, W]` or their patches blocked `[B, F, M, 3 · P · P]`, d_y blocked `[B, F, M, D]`;
 * output d_weight dense `[D, 3, P, P]`.
 */
export const patchWeightGradientOperator: Operator<PatchWeightGradientAttributes> = {
  name: "patch_weight_gradient",

  infer(_inputs, { shape }): TensorSpec[] {
    return [{ shape, layout: "dense" }];
  },

  lower(node: Node<PatchWeightGradientAttributes>, lowering: Lowering): void {
    const [pixels, d_y] = node.inputs;
    const patches = lowerPatches(lowering, pixels!, node.attributes);
    const from = lowerOuterProduct(lowering, { a: d_y!, b: patches });
    const axes = (
      rows: number,
    ) => [[{ name: "d", size: rows }], [{ name: "k", size: channelCount(patches) }]];
    lowerMove(lowering, {
      from: { tensor: from, groups: axes(from.shape[0]) },
      to: { tensor: node.outputs[0], groups: axes(node.attributes.shape[0]) },
      walk: axes(node.attributes.shape[0]),
    });
  },
};

/**
 * Adds a patch embedding with the weights `patch_embedding.weight`, `patch_embedding.bias` and `position_embedding`
 * below the current module.
 *
 * @param graph The graph.
 * @param pixels Normalised; dense `[B, F, 3, H, W]`, or their patches blocked `[B, F, M, 3 · P · P]`.
 * @param options Patch size and padding in pixels, channels of a token.
 * @returns Blocked `[B, F, M, D]`.
 * @throws {TypeError} When the pixels have another shape or are smaller than a patch.
 */
export function patchEmbedding(graph: Graph, pixels: Tensor, options: PatchEmbeddingOptions): Tensor {
  const { width: D, ...attributes } = options;
  const { patchSize } = attributes;
  const M = patchCount(pixels, attributes);
  const inputs = [
    pixels,
    graph.parameter("patch_embedding.weight", [D, 3, patchSize, patchSize]),
    graph.parameter("patch_embedding.bias", [D]),
    graph.parameter("position_embedding", [M, D]),
  ];
  return graph.add(patchEmbeddingOperator, inputs, attributes)[0];
}

/** Patches as they come, or laid out as rows: a scratch tensor `[B · F · M, 3 · P · P]`. */
function lowerPatches(lowering: Lowering, pixels: Tensor, attributes: PatchLayout): Tensor {
  if (pixels.layout === "blocked") return pixels;
  const [B, F, , height, width] = pixels.shape;
  const { patchSize, patchPadding } = attributes;
  const { rows, columns } = patchGrid(height, width, attributes);
  const n_rows = B * F * rows * columns;
  const depth = 3 * patchSize * patchSize;
  const patches = lowering.scratch({ shape: [n_rows, depth] });
  lowering.dispatch({
    shader: { name: "patch_embedding/gather", source: gather, constants: { PATCH: patchSize } },
    bindings: [
      lowering.buffer(pixels),
      lowering.buffer(patches),
      lowering.uniform([
        n_rows,
        depth,
        rowStride(patches),
        rows * columns,
        columns,
        height,
        width,
        patchPadding,
      ]),
    ],
    workgroups: [Math.ceil(n_rows / 64), blockCount(patches)],
  });
  return patches;
}

/** Number M of patches of a frame, from pixels or from their patches. */
function patchCount(pixels: Tensor, attributes: PatchLayout): number {
  if (pixels.layout === "blocked") {
    const [, , M, depth] = pixels.shape;
    const expected = 3 * attributes.patchSize ** 2;
    if (pixels.shape.length === 4 && depth === expected) return M;
    throw new TypeError(
      `Cannot embed patches of blocked ${formatShape(pixels.shape)}: expected [B, F, M, ${expected}]`,
    );
  }
  const [, , , height, width] = pixelShape(pixels);
  const { rows, columns } = patchGrid(height, width, attributes);
  return rows * columns;
}

function pixelShape(pixels: Tensor): readonly number[] {
  const { shape, layout, type } = pixels;
  if (shape.length !== 5 || shape[2] !== 3 || layout !== "dense" || type !== "f32") {
    throw new TypeError(
      `Cannot embed patches of ${layout} ${type} ${formatShape(shape)}: expected dense f32 [B, F, 3, H, W]`,
    );
  }
  return shape;
}
