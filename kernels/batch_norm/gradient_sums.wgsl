// Backward of batch normalisation, the sums over rows; one workgroup per block of four channels.
//
//   h = (x − mean) / √(variance + epsilon):   d_weight = Σ_r d_y · h,  d_bias = Σ_r d_y

struct Dims {
  n_rows: u32,
  n_channels: u32,
  stride: u32,   // rows between blocks of x and d_y
  epsilon: f32,
}

@group(0) @binding(0) var<storage, read_write> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> d_y: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> mean: array<f32>;
@group(0) @binding(3) var<storage, read_write> variance: array<f32>;
@group(0) @binding(4) var<storage, read_write> d_weight: array<f32>;
@group(0) @binding(5) var<storage, read_write> d_bias: array<f32>;
@group(0) @binding(6) var<uniform> dims: Dims;

const LANES = 64u;

var<workgroup> weights: array<vec4f, LANES>;
var<workgroup> biases: array<vec4f, LANES>;

@compute @workgroup_size(LANES, 1, 1)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let block = group.x;
  var center = vec4f(0.0);
  var spread = vec4f(1.0);
  for (var e = 0u; e < 4u; e++) {
    let channel = block * 4u + e;
    if (channel < dims.n_channels) {
      center[e] = mean[channel];
      spread[e] = variance[channel];
    }
  }
  let scale = inverseSqrt(spread + dims.epsilon);
  var weight = vec4f(0.0);
  var bias = vec4f(0.0);
  for (var row = lane; row < dims.n_rows; row += LANES) {
    let g = d_y[block * dims.stride + row];
    weight += g * ((x[block * dims.stride + row] - center) * scale);
    bias += g;
  }
  weights[lane] = weight;
  biases[lane] = bias;
  workgroupBarrier();
  if (lane != 0u) { return; }
  for (var i = 1u; i < LANES; i++) {
    weight += weights[i];
    bias += biases[i];
  }
  for (var e = 0u; e < 4u; e++) {
    let channel = block * 4u + e;
    if (channel < dims.n_channels) {
      d_weight[channel] = weight[e];
      d_bias[channel] = bias[e];
    }
  }
}
