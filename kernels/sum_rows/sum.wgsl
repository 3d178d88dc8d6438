// Sums the rows of a blocked tensor that share a position; one workgroup per position and block of four channels, in
// an order that is the same in every run.
//
//   y[p, c] = Σ x[r, c] over the rows r with (r / divisor) % n_positions = p, zero for p ≥ n_positions

struct Dims {
  n_rows: u32,
  n_channels: u32,
  x_stride: u32,     // rows between blocks of x
  divisor: u32,
  n_positions: u32,
}

@group(0) @binding(0) var<storage, read_write> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> dims: Dims;

const LANES = 64u;

var<workgroup> sums: array<vec4f, LANES>;

@compute @workgroup_size(LANES, 1, 1)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let position = group.x;
  let block = group.y;
  var sum = vec4f(0.0);
  if (position < dims.n_positions) {
    let count = dims.n_rows / dims.n_positions;
    for (var i = lane; i < count; i += LANES) {
      let row = ((i / dims.divisor) * dims.n_positions + position) * dims.divisor + i % dims.divisor;
      sum += x[block * dims.x_stride + row];
    }
  }
  sums[lane] = sum;
  workgroupBarrier();
  if (lane != 0u) { return; }
  for (var i = 1u; i < LANES; i++) { sum += sums[i]; }
  for (var e = 0u; e < 4u; e++) {
    let channel = block * 4u + e;
    if (channel < dims.n_channels) { y[position * dims.n_channels + channel] = sum[e]; }
  }
}
