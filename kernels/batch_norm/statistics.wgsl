// Mean and biased variance of each channel over all rows; one workgroup per block of four channels. Sums are of
// x − shift, shift being the first row.

struct Dims {
  n_rows: u32,
  n_channels: u32,
  x_stride: u32,  // rows between blocks of x
}

@group(0) @binding(0) var<storage, read_write> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> mean: array<f32>;
@group(0) @binding(2) var<storage, read_write> variance: array<f32>;
@group(0) @binding(3) var<uniform> dims: Dims;

const LANES = 64u;

var<workgroup> sums: array<vec4f, LANES>;

fn total(own: vec4f, lane: u32) -> vec4f {
  sums[lane] = own;
  workgroupBarrier();
  var sum = vec4f(0.0);
  for (var i = 0u; i < LANES; i++) { sum += sums[i]; }
  workgroupBarrier();
  return sum;
}

@compute @workgroup_size(LANES, 1, 1)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = group.x * dims.x_stride;
  let shift = x[first];
  let n_rows = f32(dims.n_rows);
  var sum = vec4f(0.0);
  for (var row = lane; row < dims.n_rows; row += LANES) { sum += x[first + row] - shift; }
  let center = total(sum, lane) / n_rows;
  sum = vec4f(0.0);
  for (var row = lane; row < dims.n_rows; row += LANES) {
    let d = (x[first + row] - shift) - center;
    sum += d * d;
  }
  let spread = total(sum, lane) / n_rows;
  if (lane != 0u) { return; }
  for (var e = 0u; e < 4u; e++) {
    let channel = group.x * 4u + e;
    if (channel < dims.n_channels) {
      mean[channel] = shift[e] + center[e];
      variance[channel] = spread[e];
    }
  }
}
