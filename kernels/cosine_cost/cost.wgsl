// Cost of Eq. 6: each invocation takes ROWS visual tokens (LANES apart, so that neighbouring invocations read
// neighbouring rows) and 4 text tokens, and gathers their products and squared norms in one walk over the channels.
//
//   c[b, m, n] = 1 − f_m · g_n / (max(|f_m|, SMALLEST_NORM) · max(|g_n|, SMALLEST_NORM))

struct Dims {
  n_visual: u32,  // M
  n_text: u32,    // N
  n_blocks: u32,  // blocks of four channels
  f_stride: u32,  // rows between blocks of f
  g_stride: u32,  // rows between blocks of g
}

@group(0) @binding(0) var<storage, read_write> f: array<Block0>;
@group(0) @binding(1) var<storage, read_write> g: array<Block1>;
@group(0) @binding(2) var<storage, read_write> cost: array<f32>;
@group(0) @binding(3) var<uniform> dims: Dims;

const LANES = {LANES}u;
const SMALLEST_NORM = 1e-8;

@compute @workgroup_size(LANES, 1, 1)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let m = group.x * LANES * {ROWS}u + lane;
  let n = group.y * 4u;
  let person = group.z;
  // Tokens past the end repeat the last one; they are computed and not written.
  #unroll i ROWS
  let f_row$i = person * dims.n_visual + min(m + $iu * LANES, dims.n_visual - 1u);
  var sum$i = vec4f(0.0);
  var f_square$i = 0.0;
  #end
  #unroll j 4
  let g_row$j = person * dims.n_text + min(n + $ju, dims.n_text - 1u);
  #end
  var g_squares = vec4f(0.0);
  for (var block = 0u; block < dims.n_blocks; block++) {
    #unroll j 4
    let g$j = vec4f(g[block * dims.g_stride + g_row$j]);
    #end
    g_squares += vec4f(dot(g0, g0), dot(g1, g1), dot(g2, g2), dot(g3, g3));
    #unroll i ROWS
    {
      let v = vec4f(f[block * dims.f_stride + f_row$i]);
      f_square$i += dot(v, v);
      sum$i += vec4f(dot(v, g0), dot(v, g1), dot(v, g2), dot(v, g3));
    }
    #end
  }
  let g_norms = max(sqrt(g_squares), vec4f(SMALLEST_NORM));
  #unroll i ROWS
  if (m + $iu * LANES < dims.n_visual) {
    let c = 1.0 - sum$i / g_norms / max(sqrt(f_square$i), SMALLEST_NORM);
    for (var j = 0u; j < min(4u, dims.n_text - n); j++) { cost[f_row$i * dims.n_text + n + j] = c[j]; }
  }
  #end
}
