// Sums the nine taps of a 3 × 3 convolution with zero padding: each output pixel takes from each neighbour the product
// that was made there for the tap in between. One invocation makes one block of four channels of one pixel.

struct Dims {
  n_rows: u32,       // pixels of all maps
  n_blocks: u32,     // blocks of this chunk of channels
  first_block: u32,  // where the chunk stands in y
  y_stride: u32,     // rows between blocks of y
  taps_stride: u32,  // rows between blocks of taps
  height_px: u32,
  width_px: u32,
}

@group(0) @binding(0) var<storage, read_write> taps: array<Block0>;  // block (tap_y · 3 + tap_x) · n_blocks + block
@group(0) @binding(1) var<storage, read> bias: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<Block2>;
@group(0) @binding(3) var<uniform> dims: Dims;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= dims.n_rows) { return; }
  let x_px = id.x % dims.width_px;
  let y_px = (id.x / dims.width_px) % dims.height_px;
  let block = dims.first_block + id.y;
  var sum = bias[block];
  for (var tap_y = 0u; tap_y < 3u; tap_y++) {
    // Above and left of the map the difference wraps round and is far beyond its extent.
    if (y_px + tap_y - 1u >= dims.height_px) { continue; }
    for (var tap_x = 0u; tap_x < 3u; tap_x++) {
      if (x_px + tap_x - 1u >= dims.width_px) { continue; }
      let row = id.x + tap_y * dims.width_px + tap_x - dims.width_px - 1u;
      sum += vec4f(taps[((tap_y * 3u + tap_x) * dims.n_blocks + id.y) * dims.taps_stride + row]);
    }
  }
  y[block * dims.y_stride + id.x] = narrow2(sum);
}
