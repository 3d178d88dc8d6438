// Layer normalisation for software Vulkan: one invocation per row, so that the lanes of a vector read neighbouring
// rows, and everything that is read in storage textures, whose loads are the cheapest there.
//
//   y[r, c] = (x[r, c] − mean_r) / √(variance_r + epsilon) · weight[c] + bias[c]
//
// Mean, variance and output are of x − shift, shift being the row's first element: with a mean far above the
// deviation, sums of x itself would lose the digits that matter.

struct Dims {
  n_rows: u32,      // rows of x in this texture
  n_channels: u32,
  y_stride: u32,    // rows between blocks of y
  row_offset: u32,  // first row of this texture in y
  epsilon: f32,
}

@group(0) @binding(0) var x: Texture0;           // texel (row, block)
@group(0) @binding(1) var parameters: texture_storage_2d<rgba32float, read>;  // texel (0: weight, 1: bias; block)
@group(0) @binding(2) var<storage, read_write> y: array<Block2>;
@group(0) @binding(3) var<uniform> dims: Dims;

// Which channels of a block are channels; the others pad the last block.
fn inside(block: u32) -> vec4<bool> {
  return vec4u(0u, 1u, 2u, 3u) + block * 4u < vec4u(dims.n_channels);
}

@compute @workgroup_size({LANES}, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = id.x;
  if (row >= dims.n_rows) { return; }
  let n_blocks = (dims.n_channels + 3u) / 4u;
  let n_channels = f32(dims.n_channels);
  let shift = textureLoad(x, vec2u(row, 0u)).x;

  var sum = vec4f(0.0);
  for (var block = 0u; block < n_blocks; block++) {
    sum += select(vec4f(0.0), textureLoad(x, vec2u(row, block)) - shift, inside(block));
  }
  let mean = dot(sum, vec4f(1.0)) / n_channels;

  sum = vec4f(0.0);
  for (var block = 0u; block < n_blocks; block++) {
    let d = select(vec4f(0.0), (textureLoad(x, vec2u(row, block)) - shift) - mean, inside(block));
    sum += d * d;
  }
  let scale = inverseSqrt(dot(sum, vec4f(1.0)) / n_channels + dims.epsilon);

  // Weight and bias are zero in the padding, and so is y.
  for (var block = 0u; block < n_blocks; block++) {
    let normal = ((textureLoad(x, vec2u(row, block)) - shift) - mean) * scale;
    let weight = textureLoad(parameters, vec2u(0u, block));
    let bias = textureLoad(parameters, vec2u(1u, block));
    y[block * dims.y_stride + dims.row_offset + row] = narrow2(normal * weight + bias);
  }
}
