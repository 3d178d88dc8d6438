// Backward of the heatmap loss: one block of four keypoints of one pixel per invocation.
//
//   d_h[b, p, k] = 2 visibility[b, k] (h − target) / (B · P · K) · d_y

struct Dims {
  n_rows: u32,      // B · P, P pixels of a map
  n_pixels: u32,    // P
  n_channels: u32,  // K
  stride: u32,      // rows between blocks of all maps
}

@group(0) @binding(0) var<storage, read_write> heatmaps: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> targets: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> visibility: array<f32>;
@group(0) @binding(3) var<storage, read_write> d_y: array<f32>;
@group(0) @binding(4) var<storage, read_write> d_heatmaps: array<vec4f>;
@group(0) @binding(5) var<uniform> dims: Dims;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= dims.n_rows) { return; }
  let person = id.x / dims.n_pixels;
  var weight = vec4f(0.0);
  for (var e = 0u; e < 4u; e++) {
    let k = id.y * 4u + e;
    if (k < dims.n_channels) { weight[e] = visibility[person * dims.n_channels + k]; }
  }
  let at = id.y * dims.stride + id.x;
  let scale = 2.0 * d_y[0] / f32(dims.n_rows) / f32(dims.n_channels);
  // The weight is zero in the padding, and so is the gradient.
  d_heatmaps[at] = scale * weight * (heatmaps[at] - targets[at]);
}
