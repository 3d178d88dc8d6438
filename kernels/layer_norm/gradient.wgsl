// Backward of layer normalisation along the rows: a workgroup takes ROWS rows and cuts their channels into SLICES
// slices whose sums meet in workgroup memory.
//
//   h = (x − mean) · rstd, g = d_y · weight:   d_x = rstd · (g − mean(g) − h · mean(g · h))
//
// Mean and deviation are computed anew, of x − shift as in the forward kernels, and kept for the column sums.

struct Dims {
  n_rows: u32,      // rows in these textures
  n_channels: u32,
  y_stride: u32,    // rows between blocks of d_x
  row_offset: u32,  // first row of the textures in d_x
  epsilon: f32,
}

@group(0) @binding(0) var x: texture_storage_2d<rgba32float, read>;    // texel (row, block)
@group(0) @binding(1) var d_y: texture_storage_2d<rgba32float, read>;
@group(0) @binding(2) var<storage, read> weight: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> d_x: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> statistics: array<vec4f>;  // shift, mean of x − shift, rstd
@group(0) @binding(5) var<uniform> dims: Dims;

const ROWS = {ROWS}u;
const SLICES = {SLICES}u;

var<workgroup> sums: array<array<vec2f, ROWS>, SLICES>;

// Which channels of a block are channels; the others pad the last block.
fn inside(block: u32) -> vec4<bool> {
  return vec4u(0u, 1u, 2u, 3u) + block * 4u < vec4u(dims.n_channels);
}

fn total(own: vec2f, local: vec3u) -> vec2f {
  sums[local.y][local.x] = own;
  workgroupBarrier();
  var sum = vec2f(0.0);
  for (var slice = 0u; slice < SLICES; slice++) { sum += sums[slice][local.x]; }
  workgroupBarrier();
  return sum;
}

@compute @workgroup_size(ROWS, SLICES, 1)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let own_row = group.x * ROWS + local.x;
  // Rows past the end repeat the last one, so that all invocations reach the barriers.
  let row = min(own_row, dims.n_rows - 1u);
  let n_blocks = (dims.n_channels + 3u) / 4u;
  let n_channels = f32(dims.n_channels);
  let shift = textureLoad(x, vec2u(row, 0u)).x;

  var sum = vec4f(0.0);
  for (var block = local.y; block < n_blocks; block += SLICES) {
    sum += select(vec4f(0.0), textureLoad(x, vec2u(row, block)) - shift, inside(block));
  }
  let mean = total(vec2f(dot(sum, vec4f(1.0)), 0.0), local).x / n_channels;
  sum = vec4f(0.0);
  for (var block = local.y; block < n_blocks; block += SLICES) {
    let d = select(vec4f(0.0), (textureLoad(x, vec2u(row, block)) - shift) - mean, inside(block));
    sum += d * d;
  }
  let rstd = inverseSqrt(total(vec2f(dot(sum, vec4f(1.0)), 0.0), local).x / n_channels + dims.epsilon);

  // The weight is zero in the padding, and so is g.
  sum = vec4f(0.0);
  var products = vec4f(0.0);
  for (var block = local.y; block < n_blocks; block += SLICES) {
    let h = ((textureLoad(x, vec2u(row, block)) - shift) - mean) * rstd;
    let g = select(vec4f(0.0), textureLoad(d_y, vec2u(row, block)) * weight[block], inside(block));
    sum += g;
    products += g * h;
  }
  let means = total(vec2f(dot(sum, vec4f(1.0)), dot(products, vec4f(1.0))), local) / n_channels;

  if (own_row >= dims.n_rows) { return; }
  for (var block = local.y; block < n_blocks; block += SLICES) {
    let h = ((textureLoad(x, vec2u(row, block)) - shift) - mean) * rstd;
    let g = textureLoad(d_y, vec2u(row, block)) * weight[block];
    d_x[block * dims.y_stride + dims.row_offset + row] =
      select(vec4f(0.0), rstd * (g - means.x - h * means.y), inside(block));
  }
  if (local.y == 0u) { statistics[dims.row_offset + row] = vec4f(shift, mean, rstd, 0.0); }
}
