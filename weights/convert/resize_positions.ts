/** Rows and columns of a grid of positions. */
export interface PositionGrid {
  /** Rows of patches. */
  rows: number;
  /** Columns of patches. */
  columns: number;
}

/** How to resize. */
export interface ResizePositionsOptions {
  /** Grid of the given embedding. */
  from: PositionGrid;
  /** Grid wanted. */
  to: PositionGrid;
  /**
   * True to widen the filter when an axis shrinks, as timm does; false for PyTorch's default.
   *
   * @default true
   */
  antialias?: boolean;
}

/** Filter of one output position along an axis. */
interface Taps {
  /** First input position. */
  first: number;
  /** Weights of the positions from there on; their sum is 1. */
  weights: number[];
}

/**
 * Resizes a position embedding by bicubic interpolation with aligned outer edges (`align_corners=False`), like
 * `torch.nn.functional.interpolate`.
 *
 * @param embedding Embedding, [from.rows · from.columns, D].
 * @param options Grids and filter.
 * @returns Embedding, [to.rows · to.columns, D].
 * @throws {RangeError} When the embedding is no whole number of channels on its grid.
 */
export function resizePositions(
  embedding: Float32Array,
  { from, to, antialias = true }: ResizePositionsOptions,
): Float32Array<ArrayBuffer> {
  const D = embedding.length / (from.rows * from.columns);
  if (!Number.isInteger(D)) {
    throw new RangeError(
      `Cannot resize positions: ${embedding.length} elements, expected a multiple of ${from.rows} × ${from.columns}`,
    );
  }
  const rowTaps = axisTaps(from.rows, to.rows, antialias);
  const columnTaps = axisTaps(from.columns, to.columns, antialias);
  const resized = new Float32Array(to.rows * to.columns * D);
  const sum = new Float64Array(D);
  for (const [row, rows] of rowTaps.entries()) {
    for (const [column, columns] of columnTaps.entries()) {
      sum.fill(0);
      for (const [i, rowWeight] of rows.weights.entries()) {
        for (const [j, columnWeight] of columns.weights.entries()) {
          const start = ((rows.first + i) * from.columns + columns.first + j) * D;
          for (let d = 0; d < D; d++) sum[d] += rowWeight * columnWeight * embedding[start + d];
        }
      }
      resized.set(sum, (row * to.columns + column) * D);
    }
  }
  return resized;
}

function axisTaps(from: number, to: number, antialias: boolean): Taps[] {
  return Array.from({ length: to }, (_, index) => {
    const scale = from / to;
    const center = (index + 0.5) * scale;
    return antialias ? widenedTaps(center, { scale, from }) : plainTaps(center, from);
  });
}

/** Four taps around the center; those beyond an edge count for the edge. */
function plainTaps(center: number, from: number): Taps {
  const position = center - 0.5;
  const base = Math.floor(position);
  const first = Math.max(0, Math.min(from - 1, base - 1));
  const last = Math.max(0, Math.min(from - 1, base + 2));
  const weights = new Array(last - first + 1).fill(0);
  for (let tap = base - 1; tap <= base + 2; tap++) {
    const clamped = Math.max(0, Math.min(from - 1, tap));
    // PyTorch's sharpness without antialiasing.
    weights[clamped - first] += cubic(position - tap, -0.75);
  }
  return { first, weights };
}

/** All taps under the filter, widened by the scale when shrinking; those beyond an edge are left out. */
function widenedTaps(center: number, { scale, from }: { scale: number; from: number }): Taps {
  const width = Math.max(scale, 1);
  const first = Math.max(0, Math.trunc(center - 2 * width + 0.5));
  const end = Math.min(from, Math.trunc(center + 2 * width + 0.5));
  const weights = [];
  // PyTorch's sharpness with antialiasing, which is Pillow's.
  for (let tap = first; tap < end; tap++) weights.push(cubic((tap - center + 0.5) / width, -0.5));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return { first, weights: weights.map((weight) => weight / total) };
}

/** Keys' cubic convolution kernel with sharpness a. */
function cubic(distance: number, a: number): number {
  const x = Math.abs(distance);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
  return 0;
}
