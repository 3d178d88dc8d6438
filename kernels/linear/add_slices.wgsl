// Adds the slices of a product over rows, first to last: one block of four channels of one row per invocation.

struct Dims {
  n_rows: u32,     // rows of y
  x_stride: u32,   // rows between blocks of x
  y_stride: u32,
  slice_rows: u32, // rows of x that a slice takes
  n_slices: u32,
}

@group(0) @binding(0) var<storage, read_write> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(2) var<uniform> dims: Dims;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= dims.n_rows) { return; }
  var sum = vec4f(0.0);
  for (var s = 0u; s < dims.n_slices; s++) { sum += x[id.y * dims.x_stride + s * dims.slice_rows + id.x]; }
  y[id.y * dims.y_stride + id.x] = sum;
}
