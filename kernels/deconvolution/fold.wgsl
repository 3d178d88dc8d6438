// Sums the contributions of the taps to each output pixel, adds the shift and, with RELU, applies it. One invocation makes one
// block of four channels of one output pixel.
//
// Output row o takes input row i by tap o + 1 − 2i, of 0..3: two input rows each, so 2 × 2 of the 16 taps.

struct Dims {
  n_rows: u32,       // output pixels of all people
  n_blocks: u32,     // blocks of this chunk of channels
  first_block: u32,  // where the chunk stands in y
  y_stride: u32,     // rows between blocks of y
  taps_stride: u32,  // rows between blocks of taps
  height_px: u32,    // of the input
  width_px: u32,
}

@group(0) @binding(0) var<storage, read_write> taps: array<Block0>;  // block (tap_y · 4 + tap_x) · n_blocks + block
@group(0) @binding(1) var<storage, read> shift: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<Block2>;
@group(0) @binding(3) var<uniform> dims: Dims;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= dims.n_rows) { return; }
  let x_out = id.x % (2u * dims.width_px);
  let line = id.x / (2u * dims.width_px);
  let y_out = line % (2u * dims.height_px);
  let person = line / (2u * dims.height_px);
  let block = dims.first_block + id.y;
  var sum = shift[block];
  for (var i = 0u; i < 2u; i++) {
    // The lower of the two input rows is −1 above the first output row; it wraps round and is beyond the extent.
    let y_in = (y_out + 1u) / 2u - 1u + i;
    if (y_in >= dims.height_px) { continue; }
    let tap_y = y_out + 1u - 2u * y_in;
    for (var j = 0u; j < 2u; j++) {
      let x_in = (x_out + 1u) / 2u - 1u + j;
      if (x_in >= dims.width_px) { continue; }
      let tap_x = x_out + 1u - 2u * x_in;
      let row = (person * dims.height_px + y_in) * dims.width_px + x_in;
      sum += vec4f(taps[((tap_y * 4u + tap_x) * dims.n_blocks + id.y) * dims.taps_stride + row]);
    }
  }
  y[block * dims.y_stride + id.x] = narrow2(select(sum, max(sum, vec4f(0.0)), RELU));
}
