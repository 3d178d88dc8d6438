// Adds a row of the position table to every row: one invocation per row and block of four channels.
//
//   y[r, c] = x[r, c] + position[(r / divisor) % n_positions, c]

struct Dims {
  n_rows: u32,
  divisor: u32,          // rows of x that share a position
  n_positions: u32,
  x_stride: u32,         // rows between blocks of x
  position_stride: u32,  // rows between blocks of position
  y_stride: u32,         // rows between blocks of y
}

@group(0) @binding(0) var<storage, read_write> x: array<Block0>;
@group(0) @binding(1) var<storage, read> position: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<Block2>;
@group(0) @binding(3) var<uniform> dims: Dims;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = id.x;
  let block = id.y;
  if (row >= dims.n_rows) { return; }
  let position_row = (row / dims.divisor) % dims.n_positions;
  y[block * dims.y_stride + row] =
    narrow2(vec4f(x[block * dims.x_stride + row]) + position[block * dims.position_stride + position_row]);
}
