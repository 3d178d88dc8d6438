/**
 * The matrix product that linear, patch embedding, convolution and deconvolution share, in its variants.
 *
 * `"texture"` wins on software Vulkan, the tiles on GPUs; all run anywhere and give the same numbers.
 */
import { type DeviceTraits, vectorLanes } from "../../gpu/device.ts";
import type { PackedParameter, Resource } from "../../gpu/schedule.ts";
import { type StoredType, texelFormats } from "../../gpu/shader.ts";
import type { Lowering, Packing } from "../../graph/operator.ts";
import { blockCount, channelCount, rowCount, rowStride, type Tensor } from "../../graph/tensor.ts";
import epilogue from "./epilogue.wgsl" with { type: "text" };
import { packColumns, packPanels, panelExtent, textureTileColumns, tileRows } from "./pack_weight.ts";
import texture from "./texture.wgsl" with { type: "text" };
import tile from "./tile.wgsl" with { type: "text" };
import weightF16 from "./weight_f16.wgsl" with { type: "text" };
import weightF32 from "./weight_f32.wgsl" with { type: "text" };

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
export type ProductVariant = "texture" | TileVariant;

/** Shapes of the tile kernel: 64 × 64, 128 × 128 and 32 × 32 outputs per workgroup. */
export type TileVariant = "tile" | "large_tile" | "small_tile";

/** All variants, for tests and measurements. */
export const productVariants: readonly ProductVariant[] = ["texture", "large_tile", "tile", "small_tile"];

/** Invocations of a workgroup, their register tile, and the blocks of four k that stand in workgroup memory. */
interface TileShape {
  readonly GROUP_ROWS: number;
  readonly GROUP_COLUMNS: number;
  readonly ROWS: number;
  readonly COLUMN_BLOCKS: number;
  readonly DEPTH: number;
}

/** Each takes 16 KiB of workgroup memory, what every WebGPU device has, in two buffers. */
const tileShapes: Record<TileVariant, TileShape> = {
  large_tile: { GROUP_ROWS: 16, GROUP_COLUMNS: 16, ROWS: 8, COLUMN_BLOCKS: 2, DEPTH: 2 },
  tile: { GROUP_ROWS: 16, GROUP_COLUMNS: 8, ROWS: 4, COLUMN_BLOCKS: 2, DEPTH: 4 },
  small_tile: { GROUP_ROWS: 8, GROUP_COLUMNS: 8, ROWS: 4, COLUMN_BLOCKS: 1, DEPTH: 8 },
};

/** A GPU of about a hundred cores idles with fewer workgroups; then a smaller tile is expected to win. */
const enoughWorkgroups = 96;
const activationCodes: Record<Activation, number> = { none: 0, gelu: 1, relu: 2 };
/** In place of an activation's code: nothing follows the sums, and the texture kernel leaves out a second walk over them. */
const sumsAlone = 3;

/**
 * The variants that are worth timing on a device, the one that is expected to be the fastest first. On hardware the
 * texture kernel is left out: its hundreds of sums per invocation spill and take drivers seconds to compile.
 */
export function productCandidates(
  traits: DeviceTraits,
  { rows, columns, depth }: { rows: number; columns: number; depth: number },
): ProductVariant[] {
  if (traits.software) {
    return panelExtent(columns, depth).height <= traits.maxTextureExtent ? ["texture", "tile"] : ["tile"];
  }
  const all: TileVariant[] = ["large_tile", "tile", "small_tile"];
  const fills = (variant: TileVariant) => {
    const [x, y] = tileWorkgroups(tileShapes[variant], rows, columns);
    return x * y >= enoughWorkgroups;
  };
  const first = all.find(fills) ?? "small_tile";
  return [first, ...all.filter((variant) => variant !== first)];
}

/**
 * Emits a product.
 *
 * @param lowering The planner.
 * @param product What to compute.
 * @param variant Which kernel; chosen among {@linkcode productCandidates} when absent.
 */
export function lowerProduct(lowering: Lowering, product: Product, variant?: ProductVariant): void {
  const { x, weight, residual, activation = "none" } = product;
  const { columns, depth } = weight;
  const rows = rowCount(x);
  const chosen = variant ?? lowering.choose(
    `product ${rows} × ${columns} × ${depth} ${lowering.weights} ${activation}${
      residual ? " + residual" : ""
    }`,
    productCandidates(lowering.traits, { rows, columns, depth }),
  );
  if (chosen === "texture") lowerTexture(lowering, product);
  else lowerTile(lowering, product, tileShapes[chosen]);
}

function lowerTexture(lowering: Lowering, product: Product): void {
  const { x, weight, y } = product;
  const COLUMNS = textureTileColumns(weight.columns);
  const { bias, residual } = epilogueResources(lowering, product);
  const type = lowering.weights;
  const n_rows = rowCount(x);
  const chunk = Math.floor((lowering.traits.maxTextureExtent - 1) / tileRows) * tileRows;
  for (let start = 0; start < n_rows; start += chunk) {
    const count = Math.min(chunk, n_rows - start);
    lowering.dispatch({
      shader: {
        name: `linear/texture, ${type}`,
        source: `alias Weights = texture_storage_2d<${texelFormats[type]}, read>;\n${texture}${epilogue}`,
        defines: { ROWS: tileRows, COLUMNS, COLUMN_BLOCKS: COLUMNS / 4, LANES: vectorLanes },
      },
      bindings: [
        lowering.texture(x, { start, count }),
        lowering.parameter(
          weight.tensors,
          weightPacking(weight, {
            binding: type === "f16" ? "half_texture" : "texture",
            type,
            pack: packPanels,
          }),
        ),
        bias,
        residual,
        lowering.buffer(y),
        lowering.uniform(dims(product, count, start)),
      ],
      workgroups: [Math.ceil(count / tileRows), Math.ceil(weight.columns / (vectorLanes * COLUMNS))],
    });
  }
}

function lowerTile(lowering: Lowering, product: Product, shape: TileShape): void {
  const { x, weight, y } = product;
  const { bias, residual } = epilogueResources(lowering, product);
  const type = lowering.weights;
  const n_rows = rowCount(x);
  const invocations = shape.GROUP_ROWS * shape.GROUP_COLUMNS;
  const [groupRows, groupColumns] = tileWorkgroups(shape, n_rows, blockCount(y) * 4);
  lowering.dispatch({
    shader: {
      name: `linear/tile, ${type}`,
      source: tile + (type === "f16" ? weightF16 : weightF32) + epilogue,
      defines: {
        ...shape,
        X_LOADS: shape.DEPTH * shape.GROUP_ROWS * shape.ROWS / invocations,
        WEIGHT_LOADS: shape.DEPTH * shape.GROUP_COLUMNS * shape.COLUMN_BLOCKS * 4 / invocations,
      },
    },
    bindings: [
      lowering.buffer(x),
      lowering.parameter(
        weight.tensors,
        weightPacking(weight, { binding: "buffer", type, pack: packColumns }),
      ),
      bias,
      residual,
      lowering.buffer(y),
      lowering.uniform([...dims(product, n_rows, 0), rowStride(x)]),
    ],
    workgroups: [groupRows, groupColumns],
  });
}

function tileWorkgroups(shape: TileShape, rows: number, columns: number): [number, number] {
  const { GROUP_ROWS, GROUP_COLUMNS, ROWS, COLUMN_BLOCKS } = shape;
  return [Math.ceil(rows / (GROUP_ROWS * ROWS)), Math.ceil(columns / (GROUP_COLUMNS * COLUMN_BLOCKS * 4))];
}

/** What the kernels' `Dims` have in common, for `rows` rows from `offset` on. */
function dims({ x, y, activation, residual }: Product, rows: number, offset: number): number[] {
  const finished = !residual && (activation ?? "none") === "none";
  return [
    rows,
    blockCount(x),
    blockCount(y),
    rowStride(y),
    offset,
    finished ? sumsAlone : activationCodes[activation ?? "none"],
    residual === undefined ? 0 : rowStride(residual.tensor),
    residual?.divisor ?? 1,
    residual === undefined ? 1 : rowCount(residual.tensor),
  ];
}

function epilogueResources(lowering: Lowering, product: Product): { bias: Resource; residual: Resource } {
  const { residual } = product;
  return {
    bias: biasParameter(lowering, product),
    residual: residual ? residualResource(lowering, residual.tensor) : lowering.unused(),
  };
}

/** Packs `[rows, channels]` values as a blocked buffer. */
export function packBlocked(
  values: Float32Array,
  channels: number,
  type: StoredType = "f32",
): PackedParameter {
  const rows = values.length / channels;
  const stride = rowStride({ shape: [rows, channels] });
  const length = Math.ceil(channels / 4) * stride * 4;
  const data = type === "f16" ? new Float16Array(length) : new Float32Array(length);
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
    pack: ([values]) => packBlocked(values, channels),
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
    pack: (values) => packVector(arrange(...values)),
  });
}

function weightPacking(
  { columns, depth, arrangement, arrange }: ProductWeight,
  { binding, type, pack }: {
    binding: "buffer" | "texture" | "half_texture";
    type: StoredType;
    pack: typeof packPanels;
  },
): Packing {
  return {
    name: `${arrangement ?? "rows"}, ${type} ${binding}`,
    binding,
    pack: (values, allocate) =>
      pack({ values: arrange ? arrange(...values) : values[0], columns, depth }, { type, allocate }),
  };
}
