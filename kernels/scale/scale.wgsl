// y[b, i] = x[b, i] · factor[b]

struct Dims {
  n_elements: u32,
  n_inner: u32,   // elements that share a factor
  width: u32,     // invocations of one row of the grid
}

@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> factor: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> dims: Dims;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.y * dims.width + id.x;
  if (i < dims.n_elements) { y[i] = x[i] * factor[i / dims.n_inner]; }
}
