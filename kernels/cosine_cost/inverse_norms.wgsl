// 1 / |x_r| of every row, negative where the norm is too short to count; one row per invocation.

struct Dims {
  n_rows: u32,
  n_blocks: u32,
  x_stride: u32,  // rows between blocks of x
}

@group(0) @binding(0) var<storage, read_write> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> inverse: array<f32>;
@group(0) @binding(2) var<uniform> dims: Dims;

const SMALLEST_NORM = 1e-8;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= dims.n_rows) { return; }
  var square = 0.0;
  for (var block = 0u; block < dims.n_blocks; block++) {
    let v = x[block * dims.x_stride + id.x];
    square += dot(v, v);
  }
  let norm = sqrt(square);
  inverse[id.x] = select(1.0 / max(norm, SMALLEST_NORM), -1.0 / SMALLEST_NORM, norm < SMALLEST_NORM);
}
