// Matrix product for GPUs: a tile of outputs per workgroup, DEPTH blocks of four k at a time in workgroup memory, a
// register tile of ROWS × 4 · COLUMN_BLOCKS per invocation. Each value read from workgroup memory serves a whole row or
// column of the register tile. Workgroup memory is double buffered: the next step's values are on their way from memory
// while this step's are multiplied, and one barrier per step is enough. The opponent that the texture kernel must equal.
//
// x: blocked, vec4 over k. weight: blocked over k, element (k/4) · n_columns + column; binding 1 and load_weight stand in
// weight_f32.wgsl or weight_f16.wgsl.
//
// An invocation's rows are GROUP_ROWS apart and its column blocks GROUP_COLUMNS apart, so that neighbouring invocations
// read neighbouring elements of workgroup memory and write neighbouring rows of y.

struct Dims {
  n_rows: u32,
  n_blocks_in: u32,
  n_blocks_out: u32,
  y_stride: u32,
  row_offset: u32,
  activation: u32,
  residual_stride: u32,
  residual_divisor: u32,
  residual_rows: u32,
  x_stride: u32,
}

@group(0) @binding(0) var<storage, read_write> x: array<Block0>;
@group(0) @binding(2) var<storage, read> bias: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> residual: array<Block3>;
@group(0) @binding(4) var<storage, read_write> y: array<Block4>;
@group(0) @binding(5) var<uniform> dims: Dims;

const GROUP_ROWS = {GROUP_ROWS}u;
const GROUP_COLUMNS = {GROUP_COLUMNS}u;
const TILE_ROWS = GROUP_ROWS * {ROWS}u;
const TILE_BLOCKS = GROUP_COLUMNS * {COLUMN_BLOCKS}u;
const TILE_COLUMNS = TILE_BLOCKS * 4u;
const INVOCATIONS = GROUP_ROWS * GROUP_COLUMNS;
const DEPTH = {DEPTH}u;

var<workgroup> x_tile: array<array<vec4f, DEPTH * TILE_ROWS>, 2>;
var<workgroup> weight_tile: array<array<vec4f, DEPTH * TILE_COLUMNS>, 2>;

// Rows past the end repeat the last one: what they give is not stored. Blocks past the end are zero.
fn load_x(k: u32, row: u32) -> vec4f {
  let value = vec4f(x[min(k, dims.n_blocks_in - 1u) * dims.x_stride + min(row, dims.n_rows - 1u)]);
  return select(vec4f(0.0), value, k < dims.n_blocks_in);
}

fn load_column(k: u32, column: u32) -> vec4f {
  let n_columns = dims.n_blocks_out * 4u;
  return load_weight(min(k, dims.n_blocks_in - 1u) * n_columns + min(column, n_columns - 1u));
}

@compute @workgroup_size(GROUP_ROWS, GROUP_COLUMNS, 1)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  let first_row = group.x * TILE_ROWS;
  let first_block = group.y * TILE_BLOCKS;
  #unroll j COLUMN_BLOCKS
  let bias$j = bias[min(first_block + local.y + $ju * GROUP_COLUMNS, dims.n_blocks_out - 1u)];
  #end
  #unroll i ROWS
  #unroll j COLUMN_BLOCKS
  var c$i_$j = bias$j;
  #end
  #end
  #unroll l X_LOADS
  let x_at$l = index + $lu * INVOCATIONS;
  let x_row$l = first_row + x_at$l % TILE_ROWS;
  let x_k$l = x_at$l / TILE_ROWS;
  x_tile[0][x_at$l] = load_x(x_k$l, x_row$l);
  #end
  #unroll l WEIGHT_LOADS
  let weight_at$l = index + $lu * INVOCATIONS;
  let weight_column$l = first_block * 4u + weight_at$l % TILE_COLUMNS;
  let weight_k$l = weight_at$l / TILE_COLUMNS;
  weight_tile[0][weight_at$l] = load_column(weight_k$l, weight_column$l);
  #end
  workgroupBarrier();
  var now = 0u;
  for (var k = DEPTH; k < dims.n_blocks_in + DEPTH; k += DEPTH) {
    #unroll l X_LOADS
    let next_x$l = load_x(k + x_k$l, x_row$l);
    #end
    #unroll l WEIGHT_LOADS
    let next_weight$l = load_column(k + weight_k$l, weight_column$l);
    #end
    for (var step = 0u; step < DEPTH; step++) {
      #unroll j COLUMN_BLOCKS
      #unroll e 4
      let w$j_$e = weight_tile[now][step * TILE_COLUMNS + (local.y + $ju * GROUP_COLUMNS) * 4u + $eu];
      #end
      #end
      #unroll i ROWS
      {
        let a = x_tile[now][step * TILE_ROWS + local.x + $iu * GROUP_ROWS];
        #unroll j COLUMN_BLOCKS
        c$i_$j += vec4f(dot(a, w$j_0), dot(a, w$j_1), dot(a, w$j_2), dot(a, w$j_3));
        #end
      }
      #end
    }
    now = 1u - now;
    #unroll l X_LOADS
    x_tile[now][x_at$l] = next_x$l;
    #end
    #unroll l WEIGHT_LOADS
    weight_tile[now][weight_at$l] = next_weight$l;
    #end
    workgroupBarrier();
  }
  #unroll j COLUMN_BLOCKS
  {
    let block = first_block + local.y + $ju * GROUP_COLUMNS;
    if (block < dims.n_blocks_out) {
      #unroll i ROWS
      {
        let row = first_row + local.x + $iu * GROUP_ROWS;
        if (row < dims.n_rows) { y[block * dims.y_stride + row] = narrow4(epilogue(c$i_$j, row, block)); }
      }
      #end
    }
  }
  #end
}
