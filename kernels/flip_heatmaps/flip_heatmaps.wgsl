// Averages each person's heatmaps with those of the mirrored crop, mirrored back and with left and right swapped. One
// invocation makes one pixel of one block of four keypoints.

struct Dims {
  n_rows: u32,       // pixels of all people, B · h · w
  n_keypoints: u32,
  x_stride: u32,     // rows between blocks of x
  y_stride: u32,     // rows between blocks of y
  width_px: u32,
}

@group(0) @binding(0) var<storage, read_write> x: array<Block0>;     // B people, then the same mirrored
@group(0) @binding(1) var<storage, read> partners: array<u32>;      // keypoint on the other side, or itself
@group(0) @binding(2) var<storage, read_write> y: array<Block2>;
@group(0) @binding(3) var<uniform> dims: Dims;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= dims.n_rows) { return; }
  let column = id.x % dims.width_px;
  let mirrored_row = dims.n_rows + id.x - column + dims.width_px - 1u - column;
  let plain = vec4f(x[id.y * dims.x_stride + id.x]);
  var value = vec4f(0.0);
  for (var e = 0u; e < 4u; e++) {
    let keypoint = id.y * 4u + e;
    if (keypoint >= dims.n_keypoints) { break; }
    let partner = partners[keypoint];
    let mirrored = vec4f(x[(partner / 4u) * dims.x_stride + mirrored_row]);
    value[e] = 0.5 * (plain[e] + mirrored[partner % 4u]);
  }
  y[id.y * dims.y_stride + id.x] = narrow2(value);
}
