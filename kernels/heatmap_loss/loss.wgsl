// Squared error of heatmaps weighted by visibility (Eq. 12): one workgroup sums all rows in a fixed order.
//
//   y = Σ visibility[b, k] (h[b, p, k] − target[b, p, k])² / (B · P · K)

struct Dims {
  n_rows: u32,      // B · P, P pixels of a map
  n_pixels: u32,    // P
  n_channels: u32,  // K
  stride: u32,      // rows between blocks of heatmaps and targets
}

@group(0) @binding(0) var<storage, read_write> heatmaps: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> targets: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> visibility: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> dims: Dims;

const LANES = 256u;

var<workgroup> sums: array<f32, LANES>;

@compute @workgroup_size(LANES, 1, 1)
fn main(@builtin(local_invocation_index) lane: u32) {
  var sum = 0.0;
  let n_blocks = (dims.n_channels + 3u) / 4u;
  let n_people = dims.n_rows / dims.n_pixels;
  for (var block = 0u; block < n_blocks; block++) {
    for (var person = 0u; person < n_people; person++) {
      var weight = vec4f(0.0);
      for (var e = 0u; e < 4u; e++) {
        let k = block * 4u + e;
        if (k < dims.n_channels) { weight[e] = visibility[person * dims.n_channels + k]; }
      }
      let first = block * dims.stride + person * dims.n_pixels;
      var squares = vec4f(0.0);
      for (var p = lane; p < dims.n_pixels; p += LANES) {
        let d = heatmaps[first + p] - targets[first + p];
        squares += d * d;
      }
      sum += dot(weight, squares);
    }
  }
  sums[lane] = sum;
  workgroupBarrier();
  if (lane != 0u) { return; }
  sum = 0.0;
  for (var i = 0u; i < LANES; i++) { sum += sums[i]; }
  y[0] = sum / f32(dims.n_rows) / f32(dims.n_channels);
}
