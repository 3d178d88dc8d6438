// C[m, n] = 1 − f_m · g_n / (max(|f_m|, ε) max(|g_n|, ε)): one visual token and four text tokens per invocation.

struct Dims {
  n_visual: u32,
  n_tokens: u32,
  n_blocks: u32,
  visual_stride: u32,
  text_stride: u32,
}

@group(0) @binding(0) var<storage, read_write> visual: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> text: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> cost: array<f32>;
@group(0) @binding(3) var<uniform> dims: Dims;

const EPSILON = 1e-8;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let m = id.x;
  if (m >= dims.n_visual) { return; }
  let person = id.z;
  let first = id.y * 4u;
  let row = person * dims.n_visual + m;
  #unroll j 4
  let text_row$j = person * dims.n_tokens + min(first + $ju, dims.n_tokens - 1u);
  #end
  var products = vec4f(0.0);
  var text_squares = vec4f(0.0);
  var visual_square = 0.0;
  for (var c = 0u; c < dims.n_blocks; c++) {
    let f = visual[c * dims.visual_stride + row];
    visual_square += dot(f, f);
    #unroll j 4
    let g$j = text[c * dims.text_stride + text_row$j];
    #end
    products += vec4f(dot(f, g0), dot(f, g1), dot(f, g2), dot(f, g3));
    text_squares += vec4f(dot(g0, g0), dot(g1, g1), dot(g2, g2), dot(g3, g3));
  }
  let norms = max(sqrt(visual_square), EPSILON) * max(sqrt(text_squares), vec4f(EPSILON));
  let costs = 1.0 - products / norms;
  for (var j = 0u; j < min(4u, dims.n_tokens - first); j++) {
    cost[row * dims.n_tokens + first + j] = costs[j];
  }
}
