// Product of two activations over their rows, as the gradient of a weight wants it: each invocation makes a tile of
// BLOCKS × BLOCKS blocks of four from four rows at a time, both operands in storage textures as they stand.
//
//   y[c, k] = Σ_r a[r, c] · b[r, k]
//
// One more block of y holds the sums of a itself, which are the gradient of a bias, in its first channel.
//
// Rows are cut into slices (one per workgroup along y) whose sums stand below each other in y, to be added later in
// a fixed order.

struct Dims {
  n_rows: u32,       // rows in these textures
  a_blocks: u32,
  b_blocks: u32,
  slice_rows: u32,   // rows of a slice, a multiple of 4
  y_stride: u32,     // rows between blocks of y
  y_rows: u32,       // rows of y that a slice takes
  first_slice: u32,
}

@group(0) @binding(0) var a: texture_storage_2d<rgba32float, read>;  // texel (row, block)
@group(0) @binding(1) var b: texture_storage_2d<rgba32float, read>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(3) var<uniform> dims: Dims;

@compute @workgroup_size({LANES}, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let a_tiles = (dims.a_blocks + {BLOCKS}u - 1u) / {BLOCKS}u;
  let b_tiles = (dims.b_blocks + {BLOCKS}u - 1u) / {BLOCKS}u;
  if (id.x >= a_tiles * b_tiles) { return; }
  let a_block = id.x / b_tiles * {BLOCKS}u;
  let b_block = id.x % b_tiles * {BLOCKS}u;
  // Blocks past the end repeat the last one; they are computed and not written.
  #unroll i BLOCKS
  let a$i = min(a_block + $iu, dims.a_blocks - 1u);
  let b$i = min(b_block + $iu, dims.b_blocks - 1u);
  #unroll e 4
  #unroll j BLOCKS
  var c$i_$e_$j = vec4f(0.0);
  #end
  #end
  #end
  #unroll i BLOCKS
  var sum$i = vec4f(0.0);
  #end
  let first = id.y * dims.slice_rows;
  let end = min(first + dims.slice_rows, dims.n_rows);
  for (var r = first; r < end; r += 4u) {
    #unroll s 4
    let r$s = min(r + $su, end - 1u);
    #unroll j BLOCKS
    let v$s_$j = textureLoad(b, vec2u(r$s, b$j));
    #end
    #end
    #unroll i BLOCKS
    {
      // Rows past the end repeat the last one, with no weight.
      #unroll s 4
      let u$s = select(vec4f(0.0), textureLoad(a, vec2u(r$s, a$i)), r + $su < end);
      #end
      sum$i += (u0 + u1) + (u2 + u3);
      #unroll e 4
      #unroll j BLOCKS
      c$i_$e_$j += (u0[$e] * v0_$j + u1[$e] * v1_$j) + (u2[$e] * v2_$j + u3[$e] * v3_$j);
      #end
      #end
    }
    #end
  }
  let y_row = (dims.first_slice + id.y) * dims.y_rows;
  #unroll i BLOCKS
  if (a_block + $iu < dims.a_blocks) {
    #unroll j BLOCKS
    if (b_block + $ju < dims.b_blocks) {
      let at = (b_block + $ju) * dims.y_stride + y_row + (a_block + $iu) * 4u;
      #unroll e 4
      y[at + $eu] = c$i_$e_$j;
      #end
    }
    #end
    if (b_block == 0u) {
      let at = dims.b_blocks * dims.y_stride + y_row + (a_block + $iu) * 4u;
      #unroll e 4
      y[at + $eu] = vec4f(sum$i[$e], 0.0, 0.0, 0.0);
      #end
    }
  }
  #end
}
