// Lays each patch out as a row, so that the patch convolution is a matrix product. One invocation makes one block
// of four columns of one row; columns are in the order of the weight: channel, y, x.

struct Dims {
  n_rows: u32,       // B · F · M
  n_columns: u32,    // 3 · P · P
  y_stride: u32,     // rows between blocks of y
  n_patches: u32,    // M
  n_patches_x: u32,
  height_px: u32,
  width_px: u32,
  padding_px: u32,
}

@group(0) @binding(0) var<storage, read_write> pixels: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<Block1>;
@group(0) @binding(2) var<uniform> dims: Dims;

override PATCH: u32;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = id.x;
  let block = id.y;
  if (row >= dims.n_rows) { return; }
  let image = row / dims.n_patches;
  let patch_index = row % dims.n_patches;
  let top = (patch_index / dims.n_patches_x) * PATCH;
  let left = (patch_index % dims.n_patches_x) * PATCH;
  var value = vec4f(0.0);
  for (var e = 0u; e < 4u; e++) {
    let column = block * 4u + e;
    let channel = column / (PATCH * PATCH);
    // Left of or above the frame the difference wraps round and is far beyond its extent.
    let y_px = top + (column / PATCH) % PATCH - dims.padding_px;
    let x_px = left + column % PATCH - dims.padding_px;
    if (column < dims.n_columns && y_px < dims.height_px && x_px < dims.width_px) {
      value[e] = pixels[((image * 3u + channel) * dims.height_px + y_px) * dims.width_px + x_px];
    }
  }
  y[block * dims.y_stride + row] = narrow1(value);
}
