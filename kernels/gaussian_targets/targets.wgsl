// Target heatmaps: one block of four keypoints of one pixel per invocation.
//
//   h[b, i, j, k] = exp(−((j − x_k)² + (i − y_k)²) / (2 σ²)), zero for a joint without a label

struct Dims {
  n_rows: u32,       // B · h · w
  n_channels: u32,   // K
  y_stride: u32,     // rows between blocks of targets
  height_px: u32,
  width_px: u32,
  exponent: f32,     // 1 / (2 σ²)
}

@group(0) @binding(0) var<storage, read_write> joints: array<f32>;  // [B, K, 3]: x, y in map pixels, label
@group(0) @binding(1) var<storage, read_write> targets: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> visibility: array<f32>;  // [B, K]
@group(0) @binding(3) var<uniform> dims: Dims;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= dims.n_rows) { return; }
  let x = f32(id.x % dims.width_px);
  let y = f32((id.x / dims.width_px) % dims.height_px);
  let pixel = id.x % (dims.width_px * dims.height_px);
  let person = id.x / (dims.width_px * dims.height_px);
  var value = vec4f(0.0);
  for (var e = 0u; e < 4u; e++) {
    let k = id.y * 4u + e;
    if (k >= dims.n_channels) { continue; }
    let at = person * dims.n_channels + k;
    let labelled = joints[at * 3u + 2u] > 0.0;
    let dx = x - joints[at * 3u];
    let dy = y - joints[at * 3u + 1u];
    if (labelled) { value[e] = exp(-(dx * dx + dy * dy) * dims.exponent); }
    if (pixel == 0u) { visibility[at] = select(0.0, 1.0, labelled); }
  }
  targets[id.y * dims.y_stride + id.x] = value;
}
