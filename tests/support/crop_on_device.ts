/** Crops on the shared device, for tests: pictures and matrices in, bytes or normalised values out. */
import type { Graph } from "../../graph/graph.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { crop } from "../../kernels/crop/crop.ts";
import { cropWords, writeCrop } from "../../kernels/crop/crop_table.ts";
import type { PatchLayout } from "../../kernels/patch_embedding/patch_embedding.ts";
import { rearrange } from "../../kernels/rearrange/rearrange.ts";
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
  placements: Placement[];
  /** People; the placements are theirs in turn. */
  B: number;
  /** Height of a crop in pixels. */
  height: number;
  /** Width of a crop in pixels. */
  width: number;
  /** How crops are cut into patches. @default {pixelPatches} */
  patches?: PatchLayout;
}

/** Patches of one pixel: the crop itself. */
export const pixelPatches = { patchSize: 1, patchPadding: 0 };

/**
 * Runs the kernel on pictures that lie back to back; the placements are the rows of [B, F].
 *
 * @returns With patches of one pixel `[B, F, 3, height, width]`, else `[B, F, M, 3 · P · P]`.
 */
export async function cropOnDevice(
  pictures: Picture[],
  { placements, B, height, width, patches = pixelPatches }: CropSizes,
): Promise<Float32Array> {
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
  const { y } = await runGraph((graph) => {
    const frames = graph.input("frames", [n_pixels], "u32");
    const rows = graph.input("table", [B, placements.length / B, cropWords], "u32");
    const y = crop(graph, frames, { table: rows, height, width, ...statistics, ...patches });
    if (patches === pixelPatches) graph.output("y", pixelsOf(graph, y));
    else denseOutput(graph, "y", y);
  }, { inputs: { frames: new Uint32Array(bytes.buffer), table } });
  return y;
}

/** Patches of one pixel as crops `[B, F, 3, height · width]`. */
export function pixelsOf(graph: Graph, patches: Tensor): Tensor {
  return rearrange(graph, patches, { pattern: "B F M c -> B F c M", layout: "dense" });
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
