/**
 * The matrix product that linear, patch embedding, convolution and deconvolution share, in its variants.
 *
 * `"texture"` wins on software Vulkan, `"tile"` on GPUs; both run anywhere and give the same numbers.
 */
import type { DeviceTraits } from "../../gpu/device.ts";
import { type PackedParameter, textureExtent } from "../../gpu/schedule.ts";
import type { Lowering, Packing } from "../../graph/operator.ts";
import { blockCount, channelCount, rowCount, rowStride, type Tensor } from "../../graph/tensor.ts";
import epilogue from "./epilogue.wgsl" with { type: "text" };
import texture from "./texture.wgsl" with { type: "text" };
import tile from "./tile.wgsl" with { type: "text" };

/** What follows the sum of products. */
export type Activation = "none" | "gelu" | "relu";

/** Where the second operand comes from: rows are output columns, row-major `[columns, depth]`. */
export interface ProductWeight {
  /** The parameters it is made from. */
  readonly tensors: readonly Tensor[];
  /** Output columns. */
  readonly columns: number;
  /** Length of the sum K. */
  readonly depth: number;
  /** Distinguishes how the values are arranged before packing. @default {"rows"} */
  readonly arrangement?: string;
  /** Makes `[columns, depth]` from the values. @default The first parameter as it is. */
  readonly arrange?: (...values: Float32Array[]) => Float32Array;
}

/** A bias made from parameters; `columns` values. */
export interface ProductBias {
  /** The parameters it is made from. */
  readonly tensors: readonly Tensor[];
  /** Distinguishes how the values are arranged before packing. @default {"values"} */
  readonly arrangement?: string;
  /** Makes the values. @default The first parameter as it is. */
  readonly arrange?: (...values: Float32Array[]) => Float32Array;
}

/** Something added to the rows of the product. */
export interface ProductResidual {
  /** A blocked tensor of the graph, or a parameter `[rows, columns]`. */
  readonly tensor: Tensor;
  /** Residual row of output row r is `floor(r / divisor) % rows`. @default {1} */
  readonly divisor?: number;
}

/** A product to emit: `y[r, c] = activation(Σ_k x[r, k] · weight[c, k] + bias[c]) + residual[r', c]`. */
export interface Product {
  /** Blocked; the last axis is the sum's. */
  readonly x: Tensor;
  /** Second operand. */
  readonly weight: ProductWeight;
  /** Bias, zero when absent. */
  readonly bias?: ProductBias | undefined;
  /** What follows the sum. @default {"none"} */
  readonly activation?: Activation;
  /** Added last. */
  readonly residual?: ProductResidual | undefined;
  /** Blocked output. */
  readonly y: Tensor;
}

/** The variants of the product kernel. */
export type ProductVariant = "texture" | "tile";

/** Found by measuring on llvmpipe: larger tiles leave the instruction cache, smaller ones load too often. */
const textureTile = { ROWS: 24, COLUMNS: 16, LANES: 8 };
/** Blocks of four k that the texture kernel takes per step. */
const depthBlocks = 2;
const activationCodes: Record<Activation, number> = { none: 0, gelu: 1, relu: 2 };

/** The variant that is expected to be the fastest on a device. */
export function productVariant(traits: DeviceTraits, weight: ProductWeight): ProductVariant {
  const { height } = panelExtent(weight.columns, weight.depth);
  return traits.software && height <= traits.maxTextureExtent ? "texture" : "tile";
}

/**
 * Emits a product.
 *
 * @param lowering The planner.
 * @param product What to compute.
 * @param variant Which kernel; chosen by {@linkcode productVariant} when absent.
 */
export function lowerProduct(lowering: Lowering, product: Product, variant?: ProductVariant): void {
  const { x, weight, y, residual } = product;
  const bias = biasParameter(lowering, product);
  const residualBinding = residual === undefined
    ? lowering.unused()
    : residualResource(lowering, residual.tensor);
  const dims = (rows: number, offset: number): number[] => [
    rows,
    blockCount(x),
    blockCount(y),
    rowStride(y),
    offset,
    activationCodes[product.activation ?? "none"],
    residual === undefined ? 0 : rowStride(residual.tensor),
    residual?.divisor ?? 1,
    residual === undefined ? 1 : rowCount(residual.tensor),
  ];
  const n_rows = rowCount(x);
  if ((variant ?? productVariant(lowering.traits, weight)) === "tile") {
    lowering.dispatch({
      shader: { name: "linear/tile", source: tile + epilogue },
      bindings: [
        lowering.buffer(x),
        lowering.parameter(weight.tensors, weightPacking(weight, "tile")),
        bias,
        residualBinding,
        lowering.buffer(y),
        lowering.uniform([...dims(n_rows, 0), rowStride(x)]),
      ],
      workgroups: [Math.ceil(n_rows / 64), Math.ceil(blockCount(y) / 16)],
    });
    return;
  }
  const { ROWS, COLUMNS, LANES } = textureTile;
  const chunk = Math.floor((lowering.traits.maxTextureExtent - 1) / ROWS) * ROWS;
  for (let start = 0; start < n_rows; start += chunk) {
    const count = Math.min(chunk, n_rows - start);
    lowering.dispatch({
      shader: {
        name: "linear/texture",
        source: texture + epilogue,
        defines: { ...textureTile, COLUMN_BLOCKS: COLUMNS / 4 },
      },
      bindings: [
        lowering.texture(x, { start, count }),
        lowering.parameter(weight.tensors, weightPacking(weight, "texture")),
        bias,
        residualBinding,
        lowering.buffer(y),
        lowering.uniform(dims(count, start)),
      ],
      workgroups: [Math.ceil(count / ROWS), Math.ceil(weight.columns / (LANES * COLUMNS))],
    });
  }
}

/** Packs `[rows, channels]` values as a blocked buffer. */
export function packBlocked(values: Float32Array, channels: number): PackedParameter {
  const rows = values.length / channels;
  const stride = rowStride({ shape: [rows, channels] });
  const data = new Float32Array(Math.ceil(channels / 4) * stride * 4);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < channels; c++) data[((c >> 2) * stride + r) * 4 + (c & 3)] = values[r * channels + c];
  }
  return { kind: "buffer", data };
}

/** Packs a vector, padded with zeros to whole blocks. */
export function packVector(values: Float32Array): PackedParameter {
  const data = new Float32Array(Math.ceil(values.length / 4) * 4);
  data.set(values);
  return { kind: "buffer", data };
}

function residualResource(lowering: Lowering, tensor: Tensor) {
  if (tensor.source !== "parameter") return lowering.buffer(tensor);
  const channels = channelCount(tensor);
  return lowering.parameter([tensor], {
    name: "blocked rows",
    binding: "writable",
    pack: (values) => packBlocked(values, channels),
  });
}

function biasParameter(lowering: Lowering, { bias, weight }: Product) {
  if (!bias) {
    return lowering.parameter([], {
      name: `${weight.columns} zeros`,
      pack: () => packVector(new Float32Array(weight.columns)),
    });
  }
  const arrange = bias.arrange ?? ((values: Float32Array) => values);
  return lowering.parameter(bias.tensors, {
    name: bias.arrangement ?? "vector",
    pack: (...values) => packVector(arrange(...values)),
  });
}

/** Columns of a panel, rows of texels of a panel, and the extent of the texture that holds all panels. */
function panelExtent(columns: number, depth: number): { width: number; rows: number; height: number } {
  const width = textureTile.LANES * textureTile.COLUMNS;
  const rows = Math.ceil(depth / 4 / depthBlocks) * depthBlocks;
  return { width, rows, height: textureExtent(Math.ceil(columns / width) * rows) };
}

function weightPacking(weight: ProductWeight, variant: ProductVariant): Packing {
  const arrange = weight.arrange ?? ((values: Float32Array) => values);
  const name = `${weight.arrangement ?? "rows"}, ${variant}`;
  const pack = variant === "texture" ? packPanels : packColumns;
  return {
    name,
    binding: variant === "texture" ? "texture" : "buffer",
    pack: (...values) => pack(arrange(...values), weight.columns, weight.depth),
  };
}

/** Texel (j · LANES + lane, panel · rows + k/4) = 4 values of k of column (panel · LANES + lane) · COLUMNS + j. */
function packPanels(values: Float32Array, columns: number, depth: number): PackedParameter {
  const { LANES, COLUMNS } = textureTile;
  const { width, rows, height } = panelExtent(columns, depth);
  const data = new Float32Array(width * height * 4);
  for (let column = 0; column < columns; column++) {
    const j = column % COLUMNS;
    const lane = Math.floor(column / COLUMNS) % LANES;
    const panel = Math.floor(column / (LANES * COLUMNS));
    let to = ((panel * rows) * width + j * LANES + lane) * 4;
    const from = column * depth;
    for (let k = 0; k < depth; k += 4, to += width * 4) {
      const end = Math.min(4, depth - k);
      for (let e = 0; e < end; e++) data[to + e] = values[from + k + e];
    }
  }
  return { kind: "texture", data, width, height };
}

/** Element (k/4) · columns + column = 4 values of k; columns padded to whole blocks. */
function packColumns(values: Float32Array, columns: number, depth: number): PackedParameter {
  const padded = Math.ceil(columns / 4) * 4;
  const data = new Float32Array(Math.ceil(depth / 4) * padded * 4);
  for (let column = 0; column < columns; column++) {
    for (let k = 0; k < depth; k++) {
      data[((k >> 2) * padded + column) * 4 + (k & 3)] = values[column * depth + k];
    }
  }
  return { kind: "buffer", data };
}
