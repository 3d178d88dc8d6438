// Backward of batch normalisation, the rows: one block of four channels of one row per invocation.
//
//   d_x = weight · rstd · (d_y − through · (d_bias + h · d_weight) / n_rows)
//
// through is 1 where the statistics are the batch's own, 0 where they are constants.

struct Dims {
  n_rows: u32,
  n_channels: u32,
  stride: u32,   // rows between blocks of x, d_y and d_x
  epsilon: f32,
  through: f32,
}

@group(0) @binding(0) var<storage, read_write> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> d_y: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> mean: array<f32>;
@group(0) @binding(3) var<storage, read_write> variance: array<f32>;
@group(0) @binding(4) var<storage, read> weight: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> d_weight: array<f32>;
@group(0) @binding(6) var<storage, read_write> d_bias: array<f32>;
@group(0) @binding(7) var<storage, read_write> d_x: array<vec4f>;
@group(0) @binding(8) var<uniform> dims: Dims;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= dims.n_rows) { return; }
  var center = vec4f(0.0);
  var spread = vec4f(1.0);
  var weight_sum = vec4f(0.0);
  var bias_sum = vec4f(0.0);
  for (var e = 0u; e < 4u; e++) {
    let channel = id.y * 4u + e;
    if (channel < dims.n_channels) {
      center[e] = mean[channel];
      spread[e] = variance[channel];
      weight_sum[e] = d_weight[channel];
      bias_sum[e] = d_bias[channel];
    }
  }
  let scale = inverseSqrt(spread + dims.epsilon);
  let at = id.y * dims.stride + id.x;
  let h = (x[at] - center) * scale;
  let correction = dims.through * (bias_sum + h * weight_sum) / f32(dims.n_rows);
  // The weight is zero in the padding, and so is d_x.
  d_x[at] = weight[id.y] * scale * (d_y[at] - correction);
}
