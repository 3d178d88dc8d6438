// Matrix product for software Vulkan: both operands in storage textures, ROWS × COLUMNS register tile per
// invocation. A texture load there is one wide load per lane and a transpose without branches, a storage buffer load a
// loop over the lanes with a bounds check; a large tile makes the loop short, and the invocations of a workgroup are
// the lanes of a vector, or of two.
//
//   y[r, c] = activation(Σ_k x[r, k] · weight[c, k] + bias[c]) + residual[r', c]
//
// x: texel (row, k/4). weight: panels of LANES · COLUMNS output columns; texel (j · LANES + lane, panel · height + k/4)
// holds 4 consecutive k of column (panel · LANES + lane) · COLUMNS + j; height is K/4 rounded up to whole steps of
// two texels; an added texel is zero. Its type Weights, rgba32float or rgba16float, is an alias that goes before this
// text. Two texels per step: each sum is loaded and stored half as often.

struct Dims {
  n_rows: u32,        // rows of x in this texture
  n_blocks_in: u32,   // K/4
  n_blocks_out: u32,  // blocks of y
  y_stride: u32,      // rows between blocks of y
  row_offset: u32,    // first row of this texture in y
  activation: u32,    // 0 none, 1 GELU, 2 ReLU, 3 none and no residual
  residual_stride: u32,   // 0: none
  residual_divisor: u32,  // residual row = (row / divisor) % rows
  residual_rows: u32,
}

@group(0) @binding(0) var x: Texture0;
@group(0) @binding(1) var weight: Weights;
@group(0) @binding(2) var<storage, read> bias: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> residual: array<Block3>;
@group(0) @binding(4) var<storage, read_write> y: array<Block4>;
@group(0) @binding(5) var<uniform> dims: Dims;

const LANES = {LANES}u;

@compute @workgroup_size({LANES}, 1, 1)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let row = group.x * {ROWS}u;
  let panel = group.y;
  let lane = local.x;
  let first_block = (panel * LANES + lane) * {COLUMN_BLOCKS}u;
  // Sums begin with the bias: added to them in memory, it would be read for every row.
  #unroll j COLUMN_BLOCKS
  let bias$j = bias[min(first_block + $ju, dims.n_blocks_out - 1u)];
  #end
  #unroll i ROWS
  #unroll j COLUMN_BLOCKS
  #unroll e 4
  var c$i_$j_$e = bias$j[$e];
  #end
  #end
  #end
  let last = dims.n_blocks_in - 1u;
  // Lanes beyond the last column have nothing to add; a vector of such lanes is done at once.
  let end = select(0u, dims.n_blocks_in, first_block < dims.n_blocks_out);
  let first = panel * ((last / 2u + 1u) * 2u);
  for (var k = 0u; k < end; k += 2u) {
    #unroll j COLUMN_BLOCKS
    #unroll e 4
    let v$j_$e = textureLoad(weight, vec2u(($ju * 4u + $eu) * LANES + lane, first + k));
    let w$j_$e = textureLoad(weight, vec2u(($ju * 4u + $eu) * LANES + lane, first + k + 1u));
    #end
    #end
    #unroll i ROWS
    {
      let a = textureLoad(x, vec2u(row + $iu, k));
      let b = textureLoad(x, vec2u(row + $iu, min(k + 1u, last)));
      #unroll j COLUMN_BLOCKS
      #unroll e 4
      c$i_$j_$e += ((a.x * v$j_$e.x + a.y * v$j_$e.y) + (a.z * v$j_$e.z + a.w * v$j_$e.w)) +
        ((b.x * w$j_$e.x + b.y * w$j_$e.y) + (b.z * w$j_$e.z + b.w * w$j_$e.w));
      #end
      #end
    }
    #end
  }
  // Sums are stored first and finished in a loop: unrolled, the epilogue would be compiled 96 times.
  #unroll i ROWS
  #unroll j COLUMN_BLOCKS
  let s$i_$j = vec4f(c$i_$j_0, c$i_$j_1, c$i_$j_2, c$i_$j_3);
  #end
  #end
  let first_y = first_block * dims.y_stride + dims.row_offset + row;
  let n_blocks = min({COLUMN_BLOCKS}u, max(dims.n_blocks_out, first_block) - first_block);
  let n_rows = min({ROWS}u, dims.n_rows - row);
  #unroll i ROWS
  if ($iu < n_rows) {
    #unroll j COLUMN_BLOCKS
    if ($ju < n_blocks) { y[first_y + $ju * dims.y_stride + $iu] = narrow4(s$i_$j); }
    #end
  }
  #end
  let n_unfinished = select(n_blocks, 0u, dims.activation == 3u);
  for (var j = 0u; j < n_unfinished; j++) {
    for (var i = 0u; i < n_rows; i++) {
      let at = first_y + j * dims.y_stride + i;
      y[at] = narrow4(epilogue(vec4f(y[at]), dims.row_offset + row + i, first_block + j));
    }
  }
}
