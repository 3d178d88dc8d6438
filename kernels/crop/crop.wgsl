// Cuts crops out of frames by an affine map, bilinear, rounds to whole bytes and normalises. One invocation makes the
// three channels of STRIP pixels of a column: reading where the crop lies costs more than four pixels of the frame.
//
// Positions are fixed-point numbers of 32 whole and 32 fraction bits: in f32 a position in a 4K frame would be off by
// 10⁻⁴ pixels, and one byte in a hundred would round the other way.

struct Dims {
  n_pixels: u32,  // of a crop
  width_px: u32,  // of a crop
  height_px: u32,
  unused: u32,
  scale: vec4f,   // 1 / (255 · deviation) of red, green, blue
  shift: vec4f,   // −mean / deviation
}

// One row of the table; see crop_table.ts.
struct Crop {
  first_pixel: u32,
  width_px: u32,
  height_px: u32,
  mirrored: u32,
  whole: array<i32, 6>,     // of the matrix crop pixel → image pixel
  fraction: array<u32, 6>,
  columns: array<u32, 2>,   // crop pixels from the first to before the second lie inside the frame
  rows: array<u32, 2>,
}

@group(0) @binding(0) var<storage, read_write> frames: array<u32>;
@group(0) @binding(1) var<storage, read_write> crops: array<Crop>;
@group(0) @binding(2) var<storage, read_write> pixels: array<f32>;
@group(0) @binding(3) var<uniform> dims: Dims;

struct Fixed {
  whole: i32,
  fraction: u32,
}

// Rows that one invocation makes.
override STRIP: u32;

// What the sum of rounded matrix entries may be beyond the frame's border and still count as inside: 2⁻²⁰ pixels.
const SLACK = 4096u;

fn plus(a: Fixed, b: Fixed) -> Fixed {
  let fraction = a.fraction + b.fraction;
  return Fixed(a.whole + b.whole + select(0, 1, fraction < a.fraction), fraction);
}

// `factor` below 2¹⁶.
fn times(a: Fixed, factor: u32) -> Fixed {
  let low = (a.fraction & 0xffffu) * factor;
  let high = (a.fraction >> 16u) * factor + (low >> 16u);
  return Fixed(a.whole * i32(factor) + i32(high >> 16u), (high << 16u) | (low & 0xffffu));
}

fn inside(a: Fixed, last: i32) -> bool {
  let below_end = a.whole < last || (a.whole == last && a.fraction <= SLACK);
  return plus(a, Fixed(0, SLACK)).whole >= 0 && below_end;
}

fn clamped(a: Fixed, last: i32) -> Fixed {
  if (a.whole < 0) { return Fixed(0, 0u); }
  if (a.whole >= last) { return Fixed(last, 0u); }
  return a;
}

fn unpack(texel: u32) -> vec3f {
  return vec3f(f32(texel & 255u), f32((texel >> 8u) & 255u), f32((texel >> 16u) & 255u));
}

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let column = id.x % dims.width_px;
  let top = (id.x / dims.width_px) * STRIP;
  let crop = crops[id.y];
  let u = select(column, dims.width_px - 1u - column, crop.mirrored == 1u);
  let x_step = Fixed(crop.whole[1], crop.fraction[1]);
  let y_step = Fixed(crop.whole[4], crop.fraction[4]);
  var x_exact = plus(Fixed(crop.whole[2], crop.fraction[2]), times(Fixed(crop.whole[0], crop.fraction[0]), u));
  var y_exact = plus(Fixed(crop.whole[5], crop.fraction[5]), times(Fixed(crop.whole[3], crop.fraction[3]), u));
  x_exact = plus(x_exact, times(x_step, top));
  y_exact = plus(y_exact, times(y_step, top));
  let right = i32(crop.width_px) - 1;
  let bottom = i32(crop.height_px) - 1;
  let column_inside = u >= crop.columns[0] && u < crop.columns[1];
  var to = id.y * 3u * dims.n_pixels + top * dims.width_px + column;
  for (var v = top; v < min(top + STRIP, dims.height_px); v++) {
    let row_inside = v >= crop.rows[0] && v < crop.rows[1];
    var value = vec3f(0.0);
    if (column_inside && row_inside && inside(x_exact, right) && inside(y_exact, bottom)) {
      let x = clamped(x_exact, right);
      let y = clamped(y_exact, bottom);
      let first = crop.first_pixel + u32(y.whole) * crop.width_px + u32(x.whole);
      let step_x = select(0u, 1u, x.whole < right);
      let step_y = select(0u, crop.width_px, y.whole < bottom);
      let s = f32(x.fraction) * 0x1p-32;
      let t = f32(y.fraction) * 0x1p-32;
      let a = unpack(frames[first]);
      let b = unpack(frames[first + step_x]);
      let c = unpack(frames[first + step_y]);
      let d = unpack(frames[first + step_y + step_x]);
      let above = a + (b - a) * s;
      let below = c + (d - c) * s;
      value = floor(above + (below - above) * t + 0.5);
    }
    let normalised = value * dims.scale.xyz + dims.shift.xyz;
    pixels[to] = normalised.x;
    pixels[to + dims.n_pixels] = normalised.y;
    pixels[to + 2u * dims.n_pixels] = normalised.z;
    to += dims.width_px;
    x_exact = plus(x_exact, x_step);
    y_exact = plus(y_exact, y_step);
  }
}
