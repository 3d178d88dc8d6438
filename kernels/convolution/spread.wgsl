// Backward of the kernels that sum taps: gives every tap of every input pixel the gradient of the output pixel it went
// to, or zero where that lies outside the map. One block of four channels of one input pixel per invocation, all taps: on
// software adapters finding the pixel, by divisions, costs more than a tap.
//
//   d_taps[p, tap, o] = d_y[pixel_stride · p + tap_sign · tap + offset, o]

struct Dims {
  n_rows: u32,       // input pixels of all maps
  n_blocks: u32,     // blocks of one tap
  y_stride: u32,     // rows between blocks of d_y
  taps_stride: u32,  // rows between blocks of d_taps
  height_px: u32,    // of the input
  width_px: u32,
  side: i32,         // of the kernel
  pixel_stride: i32, // output pixels per input pixel
  tap_sign: i32,
  offset: i32,
}

@group(0) @binding(0) var<storage, read_write> d_y: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> d_taps: array<vec4f>;  // block (tap_y · side + tap_x) · n_blocks + block
@group(0) @binding(2) var<uniform> dims: Dims;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= dims.n_rows) { return; }
  let line = id.x / dims.width_px;
  let person = line / dims.height_px;
  let pixel = vec2i(vec2u(id.x - line * dims.width_px, line - person * dims.height_px));
  let extent = vec2i(vec2u(dims.width_px, dims.height_px)) * dims.pixel_stride;
  let first = pixel * dims.pixel_stride + dims.offset;
  for (var tap = vec2i(0); tap.y < dims.side; tap.y++) {
    for (tap.x = 0; tap.x < dims.side; tap.x++) {
      let at = first + tap * dims.tap_sign;
      var value = vec4f(0.0);
      if (all(at >= vec2i(0)) && all(at < extent)) {
        let row = (i32(person) * extent.y + at.y) * extent.x + at.x;
        value = d_y[id.y * dims.y_stride + u32(row)];
      }
      let block = u32(tap.y * dims.side + tap.x) * dims.n_blocks + id.y;
      d_taps[block * dims.taps_stride + id.x] = value;
    }
  }
}
