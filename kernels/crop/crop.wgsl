// Cuts crops out of frames by an affine map, bilinear, rounds to whole bytes, normalises and writes each pixel where
// its patch's row has it. One invocation makes the three channels of STRIP pixels of a column of the grid of patches:
// reading where the crop lies costs more than four pixels of the frame. Where the grid reaches beyond the crop there
// are zeros; what it leaves out of the crop is not made.
//
// The bytes are those that double precision gives. Positions are fixed-point numbers of 32 whole and 32 fraction bits
// and the blend is made in f32, which tells how close both may be to the truth: a byte whose sum may lie on either
// side of a half, or its position on either side of the frame's border, is noted and made again in double precision
// (double.wgsl), operation by operation as the CPU does it, since exact halves and borders go by its last bits.

@group(0) @binding(0) var<storage, read_write> frames: array<u32>;
@group(0) @binding(1) var<storage, read_write> crops: array<Crop>;
@group(0) @binding(2) var<storage, read_write> patches: array<Element2>;  // blocked [crops · M, 3 · PATCH · PATCH]
@group(0) @binding(3) var<storage, read_write> doubts: array<u32>;  // [crops, n_doubts]
@group(0) @binding(4) var<uniform> dims: Dims;

struct Fixed {
  whole: i32,
  fraction: u32,
}

// Beyond what roundings of f32 can do to a blend of bytes: about twelve of half a unit in the last place of 255.
const BLEND_ERROR = 0x1p-13;

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
  return a.whole >= 0 && a.whole < last;
}

// Whether a position may lie on either side of the frame's first or last pixel.
fn on_border(a: Fixed, last: i32, slack: u32) -> bool {
  let nearest = a.whole + i32(a.fraction >> 31u);
  return a.fraction + slack <= 2u * slack && (nearest == 0 || nearest == last);
}

fn unpack(texel: u32) -> vec3f {
  return vec3f(f32(texel & 255u), f32((texel >> 8u) & 255u), f32((texel >> 16u) & 255u));
}

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= dims.n_doubts) { return; }
  let column = id.x % dims.grid_width_px;
  let top = (id.x / dims.grid_width_px) * STRIP;
  let crop = crops[id.y];
  // Left of or above the crop a difference wraps round and is far beyond its extent.
  let x_px = column - dims.padding_px;
  let u = select(x_px, dims.width_px - 1u - x_px, crop.mirrored == 1u);
  let x_step = Fixed(crop.whole[1], crop.fraction[1]);
  let y_step = Fixed(crop.whole[4], crop.fraction[4]);
  var x = plus(Fixed(crop.whole[2], crop.fraction[2]), times(Fixed(crop.whole[0], crop.fraction[0]), u));
  var y = plus(Fixed(crop.whole[5], crop.fraction[5]), times(Fixed(crop.whole[3], crop.fraction[3]), u));
  let first_v = max(top, dims.padding_px) - dims.padding_px;
  x = plus(x, times(x_step, first_v));
  y = plus(y, times(y_step, first_v));
  let right = i32(crop.width_px) - 1;
  let bottom = i32(crop.height_px) - 1;
  let guard = BLEND_ERROR + 510.0 * f32(crop.slack) * 0x1p-32;  // a pixel aside changes a blend by 255 at most
  var doubtful = 0u;
  let end = min(top + STRIP, dims.n_patches_y * PATCH);
  for (var line = top; line < end; line++) {
    let at = vec2u(column, line);
    var normalised = vec3f(0.0);
    if (x_px < dims.width_px && line - dims.padding_px < dims.height_px) {
      var value = vec3f(0.0);
      var open = 0u;
      if (inside(x, right) && inside(y, bottom)) {
        let first = crop.first_pixel + u32(y.whole) * crop.width_px + u32(x.whole);
        let s = f32(x.fraction) * 0x1p-32;
        let t = f32(y.fraction) * 0x1p-32;
        let a = unpack(frames[first]);
        let b = unpack(frames[first + 1u]);
        let c = unpack(frames[first + crop.width_px]);
        let d = unpack(frames[first + crop.width_px + 1u]);
        let above = a + (b - a) * s;
        let below = c + (d - c) * s;
        let blend = above + (below - above) * t + 0.5;
        value = floor(blend);
        open = dot(vec3u(1u, 2u, 4u), select(vec3u(0u), vec3u(1u), fract(blend + guard) < vec3f(2.0 * guard)));
      }
      if (on_border(x, right, crop.slack) || on_border(y, bottom, crop.slack)) { open = 7u; }
      doubtful |= open << (3u * (line - top));
      normalised = value * dims.scale.xyz + dims.shift.xyz;
      x = plus(x, x_step);
      y = plus(y, y_step);
    }
    patches[place_of(id.y, at, 0u)] = Element2(normalised.x);
    patches[place_of(id.y, at, 1u)] = Element2(normalised.y);
    patches[place_of(id.y, at, 2u)] = Element2(normalised.z);
    // An odd patch leaves one column of its last block, which a product reads too.
    if (PATCH % 2u == 1u && all(at % PATCH == vec2u(0u))) { patches[place_of(id.y, at, 3u)] = Element2(0.0); }
  }
  doubts[id.y * dims.n_doubts + id.x] = doubtful;
}
