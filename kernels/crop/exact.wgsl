// Makes the bytes that crop.wgsl leaves in doubt, in double precision and operation by operation as the CPU does: exact
// halves and positions on the border go by the last bits of its roundings.
//
// A kernel of its own: software adapters run a branch or a loop that no lane takes once all the same, and this one is
// long. Here a lane looks through many words for the few that are not zero. Loops of two rounds keep it short, since
// every call is compiled in place.

@group(0) @binding(0) var<storage, read_write> frames: array<u32>;
@group(0) @binding(1) var<storage, read_write> crops: array<Crop>;
@group(0) @binding(2) var<storage, read_write> patches: array<Element2>;
@group(0) @binding(3) var<storage, read_write> doubts: array<u32>;  // [crops, n_doubts]
@group(0) @binding(4) var<uniform> dims: Dims;

// A position in double precision: the pixel before it, the weights of that one and of the next.
struct Place {
  inside: bool,
  whole: u32,
  near: Double,
  far: Double,
}

// m[first + 1] · v + m[first] · u + m[first + 2], summed in this order.
fn exact_place(crop: u32, first: u32, at: vec2u, last: u32) -> Place {
  let entries = array<u32, 3>(1u, 0u, 2u);
  let factors = array<u32, 3>(at.y, at.x, 1u);
  var position = from_whole(0u);
  for (var i = 0u; i < 3u; i++) {
    let entry = first + entries[i];
    let number = from_words(crops[crop].high[entry], crops[crop].low[entry]);
    position = sum(position, product(number, from_whole(factors[i])));
  }
  if (position.negative) { return Place(false, 0u, position, position); }
  let whole = whole_part(position);
  let far = fraction_part(position);
  let inside = whole < last || (whole == last && far.high == 0u);
  return Place(inside, whole, sum(from_whole(1u), negated(far)), far);
}

// One byte of the crop pixel (u, v), as the CPU makes it.
fn exact_byte(crop: u32, at: vec2u, channel: u32) -> f32 {
  let width = crops[crop].width_px;
  let last = vec2u(width, crops[crop].height_px) - 1u;
  var x: Place;
  var y: Place;
  for (var axis = 0u; axis < 2u; axis++) {
    let place = exact_place(crop, 3u * axis, at, select(last.x, last.y, axis == 1u));
    if (axis == 0u) { x = place; }
    if (axis == 1u) { y = place; }
  }
  if (!x.inside || !y.inside) { return 0.0; }
  let step_x = select(0u, 1u, x.whole < last.x);
  let step_y = select(0u, width, y.whole < last.y);
  let first = crops[crop].first_pixel + y.whole * width + x.whole;
  var blend = from_whole(0u);
  for (var corner = 0u; corner < 4u; corner++) {
    let below = corner >= 2u;
    let beside = (corner & 1u) != 0u;
    let texel = frames[first + select(0u, step_y, below) + select(0u, step_x, beside)];
    var term = from_whole((texel >> (8u * channel)) & 255u);
    for (var axis = 0u; axis < 2u; axis++) {
      var weight = y.near;
      if (axis == 0u && below) { weight = y.far; }
      if (axis == 1u && !beside) { weight = x.near; }
      if (axis == 1u && beside) { weight = x.far; }
      term = product(term, weight);
    }
    blend = sum(blend, term);
  }
  return f32(whole_part(sum(blend, Double(0x80000000u, 0u, -1, false))));
}

@compute @workgroup_size(64, 1, 1)
fn main(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let step = groups.x * 64u;
  var next = id.x;
  var word = next;
  var doubtful = 0u;
  loop {
    while (doubtful == 0u && next < dims.n_doubts) {
      word = next;
      doubtful = doubts[id.y * dims.n_doubts + word];
      next += step;
    }
    if (doubtful == 0u) { break; }
    let bit = countTrailingZeros(doubtful);
    doubtful &= doubtful - 1u;
    let channel = bit % 3u;
    let at = vec2u(word % dims.grid_width_px, (word / dims.grid_width_px) * STRIP + bit / 3u);
    let px = at - dims.padding_px;
    let u = select(px.x, dims.width_px - 1u - px.x, crops[id.y].mirrored == 1u);
    let byte = exact_byte(id.y, vec2u(u, px.y), channel);
    patches[place_of(id.y, at, channel)] = Element2(byte * dims.scale[channel] + dims.shift[channel]);
  }
}
