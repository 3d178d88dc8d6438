// Layer normalisation for GPUs, where a row per invocation leaves most of the device idle: a workgroup takes 8 rows
// (128 neighbouring bytes of each block) and cuts their channels into 32 slices whose sums meet in workgroup memory.
// The opponent that the texture kernel must equal.
//
//   y[r, c] = (x[r, c] − mean_r) / √(variance_r + epsilon) · weight[c] + bias[c]
//
// Mean, variance and output are of x − shift, shift being the row's first element: with a mean far above the
// deviation, sums of x itself would lose the digits that matter.

struct Dims {
  n_rows: u32,
  n_channels: u32,
  x_stride: u32,   // rows between blocks of x
  y_stride: u32,   // rows between blocks of y
  epsilon: f32,
}

@group(0) @binding(0) var<storage, read_write> x: array<Block0>;
@group(0) @binding(1) var<storage, read> weight: array<vec4f>;
@group(0) @binding(2) var<storage, read> bias: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<Block3>;
@group(0) @binding(4) var<uniform> dims: Dims;

const ROWS = 8u;
const SLICES = 32u;

var<workgroup> sums: array<array<f32, ROWS>, SLICES>;
var<workgroup> squares: array<array<f32, ROWS>, SLICES>;

// Which channels of a block are channels; the others pad the last block.
fn inside(block: u32) -> vec4<bool> {
  return vec4u(0u, 1u, 2u, 3u) + block * 4u < vec4u(dims.n_channels);
}

@compute @workgroup_size(ROWS, SLICES, 1)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let row = group.x * ROWS + local.x;
  // Rows past the end repeat the last one, so that all invocations reach the barriers.
  let source = min(row, dims.n_rows - 1u);
  let n_blocks = (dims.n_channels + 3u) / 4u;
  let n_channels = f32(dims.n_channels);
  let shift = f32(x[source].x);

  var sum = vec4f(0.0);
  for (var block = local.y; block < n_blocks; block += SLICES) {
    sum += select(vec4f(0.0), vec4f(x[block * dims.x_stride + source]) - shift, inside(block));
  }
  sums[local.y][local.x] = dot(sum, vec4f(1.0));
  workgroupBarrier();
  var mean = 0.0;
  for (var slice = 0u; slice < SLICES; slice++) { mean += sums[slice][local.x]; }
  mean /= n_channels;

  sum = vec4f(0.0);
  for (var block = local.y; block < n_blocks; block += SLICES) {
    let d = select(vec4f(0.0), (vec4f(x[block * dims.x_stride + source]) - shift) - mean, inside(block));
    sum += d * d;
  }
  squares[local.y][local.x] = dot(sum, vec4f(1.0));
  workgroupBarrier();
  var variance = 0.0;
  for (var slice = 0u; slice < SLICES; slice++) { variance += squares[slice][local.x]; }
  variance /= n_channels;

  if (row >= dims.n_rows) { return; }
  let scale = inverseSqrt(variance + dims.epsilon);
  // Weight and bias are zero in the padding, and so is y.
  for (var block = local.y; block < n_blocks; block += SLICES) {
    let normal = ((vec4f(x[block * dims.x_stride + row]) - shift) - mean) * scale;
    y[block * dims.y_stride + row] = narrow3(normal * weight[block] + bias[block]);
  }
}
