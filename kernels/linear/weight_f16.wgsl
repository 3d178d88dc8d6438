// Weights of the tile kernel in half precision, widened when they are loaded: half the memory and half the traffic, sums
// in single precision, and no feature to ask for.

@group(0) @binding(1) var<storage, read> weight: array<vec2u>;

fn load_weight(at: u32) -> vec4f {
  let pairs = weight[at];
  return vec4f(unpack2x16float(pairs.x), unpack2x16float(pairs.y));
}
