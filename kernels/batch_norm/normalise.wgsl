// Batch normalisation with given statistics: one block of four channels of one row per invocation.
//
//   y[r, c] = (x[r, c] − mean[c]) / √(variance[c] + epsilon) · weight[c] + bias[c]

struct Dims {
  n_rows: u32,
  n_channels: u32,
  stride: u32,   // rows between blocks of x and y
  epsilon: f32,
}

@group(0) @binding(0) var<storage, read_write> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> mean: array<f32>;
@group(0) @binding(2) var<storage, read_write> variance: array<f32>;
@group(0) @binding(3) var<storage, read> weight: array<vec4f>;
@group(0) @binding(4) var<storage, read> bias: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(6) var<uniform> dims: Dims;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= dims.n_rows) { return; }
  var center = vec4f(0.0);
  var spread = vec4f(1.0);
  for (var e = 0u; e < 4u; e++) {
    let channel = id.y * 4u + e;
    if (channel < dims.n_channels) {
      center[e] = mean[channel];
      spread[e] = variance[channel];
    }
  }
  let at = id.y * dims.stride + id.x;
  // Weight and bias are zero in the padding, and so is y.
  y[at] = (x[at] - center) * inverseSqrt(spread + dims.epsilon) * weight[id.y] + bias[id.y];
}
