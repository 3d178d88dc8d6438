/**
 * Product of two activations over their rows, `y[c, k] = Σ_r a[r, c] · b[r, k]`: the gradient of every weight that a
 * product multiplies with.
 */
import { vectorLanes } from "../../gpu/device.ts";
import type { Lowering } from "../../graph/operator.ts";
import { blockCount, rowAlignment, rowCount, rowStride, type Tensor } from "../../graph/tensor.ts";
import addSlices from "./add_slices.wgsl" with { type: "text" };
import outer from "./outer.wgsl" with { type: "text" };

/**
 * Register tile and workgroup: software adapters want a large tile and the lanes of one vector, GPUs many small
 * invocations.
 */
const tiles = {
  software: { BLOCKS: 6, LANES: vectorLanes, enough: 16 },
  hardware: { BLOCKS: 2, LANES: 64, enough: 32768 },
};
/** Rows that a slice has at least. */
const smallestSlice = 64;

/**
 * Emits the product of `a` (`[…, C]`) and `b` (`[…, K]`), both blocked with as many rows.
 *
 * @param lowering The planner.
 * @param operands a and b.
 * @returns A scratch tensor blocked `[C rounded up to whole blocks, K rounded up and four]`: rows from C on come from
 * padding, channel K rounded up holds the sums of `a` over its rows.
 */
export function lowerOuterProduct(lowering: Lowering, { a, b }: { a: Tensor; b: Tensor }): Tensor {
  const { BLOCKS, LANES, enough } = lowering.traits.software ? tiles.software : tiles.hardware;
  const n_rows = rowCount(a);
  const n_tiles = Math.ceil(blockCount(a) / BLOCKS) * Math.ceil(blockCount(b) / BLOCKS);
  const chunk = Math.min(n_rows, lowering.traits.maxTextureExtent - 1);
  const wanted = Math.max(1, Math.min(Math.ceil(enough / n_tiles), Math.floor(chunk / smallestSlice)));
  const slice_rows = Math.ceil(chunk / wanted / 4) * 4;
  const chunks: { start: number; count: number; slices: number }[] = [];
  for (let start = 0; start < n_rows; start += chunk) {
    const count = Math.min(chunk, n_rows - start);
    chunks.push({ start, count, slices: Math.ceil(count / slice_rows) });
  }
  const rows = blockCount(a) * 4;
  const y_rows = Math.ceil(rows / rowAlignment) * rowAlignment;
  const channels = 4 * blockCount(b) + 4;
  const n_slices = chunks.reduce((sum, { slices }) => sum + slices, 0);
  const sums = lowering.scratch({ shape: [n_slices === 1 ? rows : n_slices * y_rows, channels] });
  let first_slice = 0;
  for (const { start, count, slices } of chunks) {
    lowering.dispatch({
      shader: { name: "linear/outer", source: outer, defines: { BLOCKS, LANES } },
      bindings: [
        lowering.texture(a, { start, count }),
        lowering.texture(b, { start, count }),
        lowering.buffer(sums),
        lowering.uniform([
          count,
          blockCount(a),
          blockCount(b),
          slice_rows,
          rowStride(sums),
          y_rows,
          first_slice,
        ]),
      ],
      workgroups: [Math.ceil(n_tiles / LANES), slices],
    });
    first_slice += slices;
  }
  if (n_slices === 1) return sums;
  const y = lowering.scratch({ shape: [rows, channels] });
  lowering.dispatch({
    shader: { name: "linear/add_slices", source: addSlices },
    bindings: [
      lowering.buffer(sums),
      lowering.buffer(y),
      lowering.uniform([rows, rowStride(sums), rowStride(y), y_rows, n_slices]),
    ],
    workgroups: [Math.ceil(rows / 64), blockCount(y)],
  });
  return y;
}
