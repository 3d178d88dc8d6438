// Bilinear enlargement by a whole factor, pixel centres aligned (align_corners false), edges repeated.
//
// One invocation takes the 2 × 2 input pixels around one cell, of one block of four channels, and writes the
// factor × factor output pixels whose centres lie in the cell. Cells at the borders reach half outside: there are
// (h + 1) · (w + 1) of them, and their outer pixels are the border's, or are not written.

struct Dims {
  n_cells: u32,    // of all maps
  x_stride: u32,   // rows between blocks of x
  y_stride: u32,   // rows between blocks of y
  height_px: u32,  // of the input
  width_px: u32,
  factor: u32,
  relu: u32,       // 1: on the input
}

@group(0) @binding(0) var<storage, read_write> x: array<Block0>;
@group(0) @binding(1) var<storage, read_write> y: array<Block1>;
@group(0) @binding(2) var<uniform> dims: Dims;

fn load(block: u32, row: u32) -> vec4f {
  let value = vec4f(x[block * dims.x_stride + row]);
  return select(value, max(value, vec4f(0.0)), dims.relu == 1u);
}

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= dims.n_cells) { return; }
  let n_x = dims.width_px + 1u;
  let n_y = dims.height_px + 1u;
  // Cell (i, j) lies between input pixels (i − 1, j − 1) and (i, j).
  let j = id.x % n_x;
  let i = (id.x / n_x) % n_y;
  let map_index = id.x / (n_x * n_y);
  let left = max(j, 1u) - 1u;
  let right = min(j, dims.width_px - 1u);
  let first = map_index * dims.height_px;
  let above = (first + max(i, 1u) - 1u) * dims.width_px;
  let below = (first + min(i, dims.height_px - 1u)) * dims.width_px;
  let a = load(id.y, above + left);
  let b = load(id.y, above + right);
  let c = load(id.y, below + left);
  let d = load(id.y, below + right);
  // The cell's first output pixel; above and left of the map it wraps round and is beyond the extent.
  let factor = dims.factor;
  let y_first = i * factor + factor / 2u - factor;
  let x_first = j * factor + factor / 2u - factor;
  let y_base = id.y * dims.y_stride + first * factor * dims.width_px * factor;
  for (var row = 0u; row < factor; row++) {
    let y_px = y_first + row;
    if (y_px >= dims.height_px * factor) { continue; }
    let t = (f32(factor / 2u + row) + 0.5) / f32(factor) - 0.5;
    let start = a + (c - a) * t;
    let end = b + (d - b) * t;
    for (var column = 0u; column < factor; column++) {
      let x_px = x_first + column;
      if (x_px >= dims.width_px * factor) { continue; }
      let s = (f32(factor / 2u + column) + 0.5) / f32(factor) - 0.5;
      y[y_base + y_px * dims.width_px * factor + x_px] = narrow1(start + (end - start) * s);
    }
  }
}
