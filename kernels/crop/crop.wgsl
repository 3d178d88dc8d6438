// Cuts crops out of frames by an affine map, bilinear, rounds to whole bytes and normalises. One invocation makes the
// three channels of one crop pixel.
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

fn position(crop: u32, axis: u32, pixel: vec2u) -> Fixed {
  let i = axis * 3u;
  let along_x = times(Fixed(crops[crop].whole[i], crops[crop].fraction[i]), pixel.x);
  let along_y = times(Fixed(crops[crop].whole[i + 1u], crops[crop].fraction[i + 1u]), pixel.y);
  let origin = Fixed(crops[crop].whole[i + 2u], crops[crop].fraction[i + 2u]);
  return plus(origin, plus(along_x, along_y));
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
  if (id.x >= dims.n_pixels) { return; }
  let crop = id.y;
  var pixel = vec2u(id.x % dims.width_px, id.x / dims.width_px);
  if (crops[crop].mirrored == 1u) { pixel.x = dims.width_px - 1u - pixel.x; }
  let right = i32(crops[crop].width_px) - 1;
  let bottom = i32(crops[crop].height_px) - 1;
  let x_exact = position(crop, 0u, pixel);
  let y_exact = position(crop, 1u, pixel);
  var value = vec3f(0.0);
  let sampled = pixel.x >= crops[crop].columns[0] && pixel.x < crops[crop].columns[1] &&
    pixel.y >= crops[crop].rows[0] && pixel.y < crops[crop].rows[1] &&
    inside(x_exact, right) && inside(y_exact, bottom);
  if (sampled) {
    let x = clamped(x_exact, right);
    let y = clamped(y_exact, bottom);
    let top_left = crops[crop].first_pixel + u32(y.whole) * crops[crop].width_px + u32(x.whole);
    let step_x = select(0u, 1u, x.whole < right);
    let step_y = select(0u, crops[crop].width_px, y.whole < bottom);
    let s = f32(x.fraction) * 0x1p-32;
    let t = f32(y.fraction) * 0x1p-32;
    let a = unpack(frames[top_left]);
    let b = unpack(frames[top_left + step_x]);
    let c = unpack(frames[top_left + step_y]);
    let d = unpack(frames[top_left + step_y + step_x]);
    let above = a + (b - a) * s;
    let below = c + (d - c) * s;
    value = floor(above + (below - above) * t + 0.5);
  }
  let normalised = value * dims.scale.xyz + dims.shift.xyz;
  let first = crop * 3u * dims.n_pixels + id.x;
  pixels[first] = normalised.x;
  pixels[first + dims.n_pixels] = normalised.y;
  pixels[first + 2u * dims.n_pixels] = normalised.z;
}
