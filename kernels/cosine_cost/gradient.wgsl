// Backward of the cost for one of the two sides: one row of it and one block of four channels per invocation.
//
//   d_x = −(Σ_o d_c[x, o] ô − x̂ Σ_o d_c[x, o] cos(x, o)) / |x|,   x̂ = x / |x|, ô = o / |o|
//
// Where |x| is too short to count, the norm is a constant and the second term is nothing.

struct Dims {
  n_own: u32,         // rows of x per person
  n_other: u32,
  own_step: u32,      // distance in c between neighbours of x
  other_step: u32,
  x_stride: u32,      // rows between blocks of x and d_x
  other_stride: u32,
}

@group(0) @binding(0) var<storage, read_write> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> other: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> x_inverse: array<f32>;  // 1 / |x|, negative where too short
@group(0) @binding(3) var<storage, read_write> other_inverse: array<f32>;
@group(0) @binding(4) var<storage, read_write> cost: array<f32>;
@group(0) @binding(5) var<storage, read_write> d_cost: array<f32>;
@group(0) @binding(6) var<storage, read_write> d_x: array<vec4f>;
@group(0) @binding(7) var<uniform> dims: Dims;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= dims.n_own) { return; }
  let row = id.z * dims.n_own + id.x;
  let first = id.z * dims.n_own * dims.n_other + id.x * dims.own_step;
  var sum = vec4f(0.0);
  var along = 0.0;
  for (var o = 0u; o < dims.n_other; o++) {
    let other_row = id.z * dims.n_other + o;
    let at = first + o * dims.other_step;
    let g = d_cost[at];
    sum += g * abs(other_inverse[other_row]) * other[id.y * dims.other_stride + other_row];
    along += g * (1.0 - cost[at]);
  }
  let inverse = x_inverse[row];
  let at = id.y * dims.x_stride + row;
  if (inverse < 0.0) {
    d_x[at] = inverse * sum;
  } else {
    d_x[at] = -inverse * (sum - x[at] * inverse * along);
  }
}
