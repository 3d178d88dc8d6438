// Backward of the weighted mean: one invocation per text and block of four channels.
//
//   d_x[b, n, d] = weights[b, n] / Σ_n weights[b, n] · d_y[b, d], zero where the weights are

struct Dims {
  n_tokens: u32,
  n_blocks: u32,
  x_stride: u32,  // rows between blocks of d_x
  y_stride: u32,  // rows between blocks of d_y
}

@group(0) @binding(0) var<storage, read_write> weights: array<WEIGHT>;  // f32, or an i32 mask
@group(0) @binding(1) var<storage, read_write> d_y: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> d_x: array<vec4f>;
@group(0) @binding(3) var<uniform> dims: Dims;

const SMALLEST_MASS = 1e-30;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let block = id.x;
  let first = id.y * dims.n_tokens;
  if (block >= dims.n_blocks) { return; }
  var mass = 0.0;
  for (var n = 0u; n < dims.n_tokens; n++) { mass += f32(weights[first + n]); }
  let g = d_y[block * dims.y_stride + id.y] / max(mass, SMALLEST_MASS);
  for (var n = 0u; n < dims.n_tokens; n++) {
    d_x[block * dims.x_stride + first + n] = f32(weights[first + n]) * g;
  }
}
