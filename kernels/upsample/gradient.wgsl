// Backward of the bilinear enlargement: each input pixel gathers from the output pixels that it went to. One block of
// four channels of one input pixel per invocation.
//
//   d_x[i, j] = Σ_oy Σ_ox share(oy, i) · share(ox, j) · d_y[oy, ox]

struct Dims {
  n_rows: u32,     // input pixels of all maps
  x_stride: u32,   // rows between blocks of d_x
  y_stride: u32,   // rows between blocks of d_y
  height_px: u32,  // of the input
  width_px: u32,
  factor: u32,
}

@group(0) @binding(0) var<storage, read_write> d_y: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> d_x: array<vec4f>;
@group(0) @binding(2) var<uniform> dims: Dims;

// What input pixel i of `extent` has in output pixel o; edges are repeated.
fn share(o: i32, i: i32, extent: i32) -> f32 {
  let source = clamp((f32(o) + 0.5) / f32(dims.factor) - 0.5, 0.0, f32(extent - 1));
  return max(0.0, 1.0 - abs(source - f32(i)));
}

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= dims.n_rows) { return; }
  let width = i32(dims.width_px);
  let height = i32(dims.height_px);
  let factor = i32(dims.factor);
  let j = i32(id.x) % width;
  let i = (i32(id.x) / width) % height;
  let first = i32(id.x) / width / height * height * factor;
  var sum = vec4f(0.0);
  for (var oy = max((i - 1) * factor, 0); oy < min((i + 2) * factor, height * factor); oy++) {
    var line = vec4f(0.0);
    for (var ox = max((j - 1) * factor, 0); ox < min((j + 2) * factor, width * factor); ox++) {
      line += share(ox, j, width) * d_y[id.y * dims.y_stride + u32((first + oy) * width * factor + ox)];
    }
    sum += share(oy, i, height) * line;
  }
  d_x[id.y * dims.x_stride + id.x] = sum;
}
