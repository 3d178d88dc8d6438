// Backward of layer normalisation along the columns: one workgroup per block of four channels.
//
//   d_weight[c] = Σ_r d_y[r, c] · h[r, c]          d_bias[c] = Σ_r d_y[r, c]

struct Dims {
  n_rows: u32,
  n_channels: u32,
  x_stride: u32,  // rows between blocks of x and of d_y
}

@group(0) @binding(0) var<storage, read_write> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> d_y: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> statistics: array<vec4f>;  // shift, mean of x − shift, rstd
@group(0) @binding(3) var<storage, read_write> d_weight: array<f32>;
@group(0) @binding(4) var<storage, read_write> d_bias: array<f32>;
@group(0) @binding(5) var<uniform> dims: Dims;

const LANES = 64u;

var<workgroup> weights: array<vec4f, LANES>;
var<workgroup> biases: array<vec4f, LANES>;

@compute @workgroup_size(LANES, 1, 1)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let block = group.x;
  var weight = vec4f(0.0);
  var bias = vec4f(0.0);
  for (var row = lane; row < dims.n_rows; row += LANES) {
    let s = statistics[row];
    let g = d_y[block * dims.x_stride + row];
    weight += g * ((x[block * dims.x_stride + row] - s.x) - s.y) * s.z;
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
