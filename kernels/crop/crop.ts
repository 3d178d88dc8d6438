/**
 * Crops of people as rows of patches: an affine map, bilinear samples rounded to bytes, normalisation, unfolding:
 * `y[m, c · P² + i · P + j] = pixel[c, P·m_y + i − padding, P·m_x + j − padding]`, zero outside the crop, where
 * `pixel[c, v, u] = (round(frame(M · [u, v, 1])[c]) / 255 − mean[c]) / deviation[c]`, black outside the frame.
 *
 * Patches do not overlap, so each pixel has one place in the operand of the patch embedding's product, and none where
 * no patch takes it in. Patches of one pixel without padding are the crop itself.
 *
 * The bytes are those of `cropPixels` on the CPU, all of them, and so those of Hugging Face's ViTPose image processor
 * (scipy's `affine_transform` of order 1 and mode `constant`, on bytes).
 */
import type { Graph } from "../../graph/graph.ts";
import type { Lowering, Node, Operator } from "../../graph/operator.ts";
import { elementCount, formatShape, rowStride, type Tensor, type TensorSpec } from "../../graph/tensor.ts";
import { patchGrid, type PatchLayout } from "../patch_embedding/patch_embedding.ts";
import cropSource from "./crop.wgsl" with { type: "text" };
import { cropWords, maxCropExtent } from "./crop_table.ts";
import doubleSource from "./double.wgsl" with { type: "text" };
import exactSource from "./exact.wgsl" with { type: "text" };
import placementSource from "./placement.wgsl" with { type: "text" };

/** Attributes of {@linkcode cropOperator}. */
export interface CropAttributes extends PatchLayout {
  /** Height of a crop in pixels. */
  readonly height: number;
  /** Width of a crop in pixels. */
  readonly width: number;
  /** What is subtracted from red, green and blue, of 1. */
  readonly mean: readonly number[];
  /** What red, green and blue are divided by, of 1. */
  readonly deviation: readonly number[];
}

/** Options of {@linkcode crop}. */
export interface CropOptions extends CropAttributes {
  /** Where the crops lie: dense u32 `[B, F, cropWords]`, rows written by `writeCrop`. */
  table: Tensor;
}

/** Pixels one below the other that one invocation makes, and whose doubts share a word. */
const stripRows = 8;

/** Words of doubts that one invocation looks through; few of them are not zero. */
const wordsPerInvocation = 48;

const workgroupSize = 64;

/**
 * Inputs frames dense u32 `[n_pixels]` (RGBA, red in the lowest byte, frame after frame) and table dense u32
 * `[B, F, cropWords]`; output patches blocked `[B, F, M, 3 · P · P]`. Stands outside the exported graph.
 */
export const cropOperator: Operator<CropAttributes> = {
  name: "crop",

  infer([frames, table], attributes): TensorSpec[] {
    const { height, width, mean, deviation, patchSize } = attributes;
    if (frames!.shape.length !== 1 || frames!.layout !== "dense" || frames!.type !== "u32") {
      throw new TypeError(`Cannot crop frames of ${describe(frames!)}: expected dense u32 [n_pixels]`);
    }
    const [B, F, words] = table!.shape;
    if (
      table!.shape.length !== 3 || words !== cropWords || table!.layout !== "dense" || table!.type !== "u32"
    ) {
      throw new TypeError(
        `Cannot crop by a table of ${describe(table!)}: expected dense u32 [B, F, ${cropWords}]`,
      );
    }
    for (const extent of [height, width]) {
      if (Number.isInteger(extent) && extent >= 1 && extent <= maxCropExtent) continue;
      throw new TypeError(
        `Cannot crop to ${height} × ${width} pixels: expected whole numbers from 1 to ${maxCropExtent}`,
      );
    }
    if (mean.length !== 3 || !mean.every(Number.isFinite)) {
      throw new TypeError(`Cannot crop: mean [${mean.join(", ")}], expected three finite numbers`);
    }
    if (deviation.length !== 3 || !deviation.every((value) => value > 0 && value < Infinity)) {
      throw new TypeError(
        `Cannot crop: deviation [${deviation.join(", ")}], expected three positive numbers`,
      );
    }
    const { rows, columns } = patchGrid(height, width, attributes);
    return [{ shape: [B, F, rows * columns, 3 * patchSize ** 2] }];
  },

  lower(node: Node<CropAttributes>, lowering: Lowering): void {
    const [frames, table] = node.inputs as readonly Tensor[];
    const [patches] = node.outputs;
    const { height, width, mean, deviation, patchSize, patchPadding } = node.attributes;
    const grid = patchGrid(height, width, node.attributes);
    const n_crops = elementCount(patches.shape.slice(0, 2));
    const channels = (values: number[]) => [...values, 0].map((f32) => ({ f32 }));
    const n_doubts = grid.columns * patchSize * Math.ceil(grid.rows * patchSize / stripRows);
    const doubts = lowering.scratch({ shape: [n_crops, n_doubts], type: "u32", layout: "dense" });
    const bindings = [
      lowering.buffer(frames),
      lowering.buffer(table),
      lowering.buffer(patches),
      lowering.buffer(doubts),
      lowering.uniform([
        width,
        height,
        patchPadding,
        grid.columns * patchSize,
        grid.columns,
        grid.rows,
        rowStride(patches),
        n_doubts,
        ...channels(deviation.map((value) => 1 / (255 * value))),
        ...channels(deviation.map((value, c) => -mean[c] / value)),
      ]),
    ];
    const constants = { STRIP: stripRows, PATCH: patchSize };
    lowering.dispatch({
      shader: { name: "crop", source: placementSource + cropSource, constants },
      bindings,
      workgroups: [Math.ceil(n_doubts / workgroupSize), n_crops],
    });
    lowering.dispatch({
      shader: { name: "crop/exact", source: placementSource + doubleSource + exactSource, constants },
      bindings,
      workgroups: [Math.ceil(n_doubts / (workgroupSize * wordsPerInvocation)), n_crops],
    });
  },
};

/**
 * Adds the crops of B people in F frames each, as patches.
 *
 * @param graph The graph.
 * @param frames Dense u32 `[n_pixels]`: RGBA, red in the lowest byte, all frames of the batch back to back.
 * @param options Table of crops, their extents, mean and deviation, patch size and padding in pixels.
 * @returns Blocked `[B, F, M, 3 · P · P]`: what `patchEmbedding` reads.
 * @throws {TypeError} When shapes, extents or statistics do not fit.
 */
export function crop(graph: Graph, frames: Tensor, options: CropOptions): Tensor {
  const { table, ...attributes } = options;
  return graph.add(cropOperator, [frames, table], attributes)[0];
}

function describe({ layout, type, shape }: Tensor): string {
  return `${layout} ${type} ${formatShape(shape)}`;
}
