// Matrix product for software Vulkan: both operands in storage textures, ROWS × COLUMNS register tile per
// invocation. A texture load there is 8 wide loads and a transpose without branches, a storage buffer load an
// 8-step loop with a bounds check; a large tile makes the loop short, and the 8 invocations of a workgroup are
// the 8 lanes of one vector.
//
//   y[r, c] = activation(Σ_k x[r, k] · weight[c, k] + bias[c]) + residual[r', c]
//
// x: texel (row, k/4). weight: panels of LANES · COLUMNS output columns; texel (j · LANES + lane, panel · K/4 + k/4)
// holds 4 consecutive k of column (panel · LANES + lane) · COLUMNS + j.

struct Dims {
  n_rows: u32,        // rows of x in this texture
  n_blocks_in: u32,   // K/4
  n_blocks_out: u32,  // blocks of y
  y_stride: u32,      // rows between blocks of y
  row_offset: u32,    // first row of this texture in y
  activation: u32,    // 0 none, 1 GELU, 2 ReLU
  residual_stride: u32,   // 0: none
  residual_divisor: u32,  // residual row = (row / divisor) % rows
  residual_rows: u32,
}

@group(0) @binding(0) var x: texture_storage_2d<rgba32float, read>;
@group(0) @binding(1) var weight: texture_storage_2d<rgba32float, read>;
@group(0) @binding(2) var<storage, read> bias: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> residual: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(5) var<uniform> dims: Dims;

const LANES = {LANES}u;

fn store(row: u32, block: u32, sum: vec4f) {
  if (row >= dims.n_rows || block >= dims.n_blocks_out) { return; }
  let target_row = dims.row_offset + row;
  y[block * dims.y_stride + target_row] = epilogue(sum, target_row, block);
}

@compute @workgroup_size({LANES}, 1, 1)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let row = group.x * {ROWS}u;
  let panel = group.y;
  let lane = local.x;
  #unroll i ROWS
  #unroll j COLUMNS
  var c$i_$j = 0.0;
  #end
  #end
  let first = panel * dims.n_blocks_in;
  for (var k = 0u; k < dims.n_blocks_in; k++) {
    #unroll j COLUMNS
    let w$j = textureLoad(weight, vec2u($ju * LANES + lane, first + k));
    #end
    #unroll i ROWS
    {
      let a = textureLoad(x, vec2u(row + $iu, k));
      #unroll j COLUMNS
      c$i_$j += (a.x * w$j.x + a.y * w$j.y) + (a.z * w$j.z + a.w * w$j.w);
      #end
    }
    #end
  }
  let block = (panel * LANES + lane) * {COLUMN_BLOCKS}u;
  #unroll i ROWS
  {
    let columns = array<f32, {COLUMNS}>(
      #unroll j COLUMNS
      c$i_$j,
      #end
    );
    #unroll j COLUMN_BLOCKS
    store(row + $iu, block + $ju, vec4f(columns[$j * 4], columns[$j * 4 + 1], columns[$j * 4 + 2], columns[$j * 4 + 3]));
    #end
  }
  #end
}
