// y[r, c] = x[r, c] + position[(r / divisor) % n_positions, c]

struct Dims {
  n_rows: u32,
  stride: u32,
  position_stride: u32,
  divisor: u32,
  n_positions: u32,
}

@group(0) @binding(0) var<storage, read_write> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> position: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(3) var<uniform> dims: Dims;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = id.x;
  if (row >= dims.n_rows) { return; }
  let position_row = (row / dims.divisor) % dims.n_positions;
  let at = id.y * dims.stride + row;
  y[at] = x[at] + position[id.y * dims.position_stride + position_row];
}
