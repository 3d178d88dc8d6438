// Moves elements between two tensors, one element (or one block of four channels) per invocation; FROM and TO are what
// their elements are, moved() makes one of the other.
//
// A walk over `n_rows × n_channels` indices is split by `sizes` (axes, outermost first); each axis index times the
// axis' strides gives a row and a channel in x and in y. A dense tensor has row strides alone, in elements.

struct Dims {
  sizes: array<vec4u, 2>,
  x_row: array<vec4u, 2>,
  x_channel: array<vec4u, 2>,
  y_row: array<vec4u, 2>,
  y_channel: array<vec4u, 2>,
  n_axes: u32,
  n_rows: u32,
  n_channels: u32,
  n_padded: u32,          // channels to write: the padding of the last block of y is zeroed
  x_stride: u32,          // rows between blocks of x; 0: x is dense
  y_stride: u32,          // rows between blocks of y; 0: y is dense
  x_first_row: u32,
  x_first_channel: u32,
  y_first_row: u32,
  y_first_channel: u32,
}

@group(0) @binding(0) var<storage, read_write> x: array<FROM>;
@group(0) @binding(1) var<storage, read_write> y: array<TO>;
@group(0) @binding(2) var<uniform> dims: Dims;

fn at(row: u32, channel: u32, stride: u32) -> u32 {
  if (stride == 0u) { return row; }
  if (VECTOR) { return channel * stride + row; }
  return ((channel >> 2u) * stride + row) * 4u + (channel & 3u);
}

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let r = id.x;
  if (r >= dims.n_rows || id.y >= dims.n_padded) { return; }
  let c = min(id.y, dims.n_channels - 1u);
  var rest = r * dims.n_channels + c;
  var x_row = dims.x_first_row;
  var x_channel = dims.x_first_channel;
  var y_row = dims.y_first_row;
  var y_channel = dims.y_first_channel;
  for (var i = i32(dims.n_axes) - 1; i >= 0; i--) {
    let size = dims.sizes[i / 4][i % 4];
    let index = rest % size;
    rest /= size;
    x_row += index * dims.x_row[i / 4][i % 4];
    x_channel += index * dims.x_channel[i / 4][i % 4];
    y_row += index * dims.y_row[i / 4][i % 4];
    y_channel += index * dims.y_channel[i / 4][i % 4];
  }
  let to = at(y_row, y_channel + (id.y - c), dims.y_stride);
  if (id.y == c) { y[to] = moved(x[at(x_row, x_channel, dims.x_stride)]); } else { y[to] = TO(); }
}
