/** Crops on the shared device, for tests: pictures and matrices in, bytes or normalised values out. */
import type { StoredType } from "../../gpu/shader.ts";
import { crop } from "../../kernels/crop/crop.ts";
import { cropWords, writeCrop } from "../../kernels/crop/crop_table.ts";
import type { PatchLayout } from "../../kernels/patch_embedding/patch_embedding.ts";
import { paddingOutput } from "./padding_output.ts";
import { uniform } from "./random.ts";
import { denseOutput, runGraph } from "./run_graph.ts";

/** What crops are normalised by, of 1: red, green, blue. */
export const statistics = { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] };

/** RGBA pixels. */
export interface Picture {
  /** Width in pixels. */
  width: number;
  /** Height in pixels. */
  height: number;
  /** Row-major, `4 · width · height` bytes. */
  data: Uint8Array;
}

/** Where a crop lies. */
export interface Placement {
  /** Which picture. */
  picture: number;
  /** Crop pixel → image pixel. */
  matrix: readonly number[];
  /** Whether it is mirrored left to right. @default {false} */
  mirrored?: boolean;
}

/** Crops and their extents. */
export interface CropSizes {
  /** Where each crop lies. */
  placements: readonly Placement[];
  /** People; the placements are the rows of `[B, F]`. */
  B: number;
  /** Height of a crop in pixels. */
  height: number;
  /** Width of a crop in pixels. */
  width: number;
  /** How patches are stored. @default {"f32"} */
  dtype?: StoredType;
}

/** Patches of one pixel: the crop itself. */
export const pixelPatches: PatchLayout = { patchSize: 1, patchPadding: 0 };

/**
 * Runs the kernel on pictures that lie back to back.
 *
 * @returns Crops `[B, F, 3, height, width]`.
 */
export async function cropOnDevice(pictures: readonly Picture[], sizes: CropSizes): Promise<Float32Array> {
  const { patches } = await patchesOnDevice(pictures, { ...sizes, ...pixelPatches });
  return pixelsOf(patches, sizes.height * sizes.width);
}

/** Values of patches of one pixel `[crops, plane, 3]` as those of images `[crops, 3, plane]`. */
export function pixelsOf(patches: Float32Array, plane: number): Float32Array {
  return patches.map((_, at) => {
    const [crop, c, pixel] = [Math.floor(at / (3 * plane)), Math.floor(at / plane) % 3, at % plane];
    return patches[(crop * plane + pixel) * 3 + c];
  });
}

/**
 * Runs the kernel on pictures that lie back to back.
 *
 * @returns Patches `[B, F, M, 3 · P · P]`, and what fills their last block of four columns, if any.
 */
export async function patchesOnDevice(
  pictures: readonly Picture[],
  { placements, B, dtype, ...options }: CropSizes & PatchLayout,
): Promise<{ patches: Float32Array; padding?: Float32Array }> {
  const { width, height, patchSize } = options;
  const starts: number[] = [];
  let n_pixels = 0;
  for (const picture of pictures) {
    starts.push(n_pixels);
    n_pixels += picture.width * picture.height;
  }
  const bytes = new Uint8Array(n_pixels * 4);
  pictures.forEach(({ data }, i) => bytes.set(data, 4 * starts[i]));
  const table = new Uint32Array(placements.length * cropWords);
  placements.forEach(({ picture, matrix, mirrored = false }, row) => {
    const frame = { firstPixel: starts[picture], ...extentOf(pictures[picture]) };
    writeCrop(table, row, { frame, matrix, width, height, mirrored });
  });
  const { patches, padding } = await runGraph((graph) => {
    const frames = graph.input("frames", [n_pixels], "u32");
    const rows = graph.input("table", [B, placements.length / B, cropWords], "u32");
    const crops = crop(graph, frames, { table: rows, ...options, ...statistics });
    denseOutput(graph, "patches", crops);
    if (patchSize % 2 === 1) paddingOutput(graph, "padding", crops);
  }, { inputs: { frames: new Uint32Array(bytes.buffer), table }, dtype });
  return { patches, ...(padding ? { padding } : {}) };
}

function extentOf({ width, height }: Picture): { width: number; height: number } {
  return { width, height };
}

/** A picture of seeded noise, alpha included. */
export function noise(width: number, height: number, seed: number): Picture {
  const next = uniform(seed);
  return {
    width,
    height,
    data: Uint8Array.from({ length: 4 * width * height }, () => Math.floor(next() * 256)),
  };
}
