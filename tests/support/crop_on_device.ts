/** Crops on the shared device, for tests: pictures and matrices in, bytes or normalised values out. */
import { crop } from "../../kernels/crop/crop.ts";
import { cropWords, writeCrop } from "../../kernels/crop/crop_table.ts";
import { uniform } from "./random.ts";
import { runGraph } from "./run_graph.ts";

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

/** Runs the kernel on pictures that lie back to back; the placements are the rows of [B, F]. */
export async function cropOnDevice(
  pictures: Picture[],
  { placements, B, height, width }: { placements: Placement[]; B: number; height: number; width: number },
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
    graph.output("y", crop(graph, frames, { table: rows, height, width, ...statistics }));
  }, { inputs: { frames: new Uint32Array(bytes.buffer), table } });
  return y;
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
