// y[i, m, c] = x[index[i], 0, m, c]: one block of four channels of one row per invocation.

struct Dims {
  n_rows: u32,      // rows of y
  n_tokens: u32,    // M
  n_items: u32,     // items of x
  x_stride: u32,
  y_stride: u32,
}

@group(0) @binding(0) var<storage, read_write> x: array<Block0>;
@group(0) @binding(1) var<storage, read_write> index: array<i32>;
@group(0) @binding(2) var<storage, read_write> y: array<Block2>;
@group(0) @binding(3) var<uniform> dims: Dims;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = id.x;
  if (row >= dims.n_rows) { return; }
  let item = u32(clamp(index[row / dims.n_tokens], 0, i32(dims.n_items) - 1));
  y[id.y * dims.y_stride + row] = x[id.y * dims.x_stride + item * dims.n_tokens + row % dims.n_tokens];
}
