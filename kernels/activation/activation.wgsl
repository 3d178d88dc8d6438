// An activation by itself, forward or backward: one block of four channels of one row per invocation.
//
//   y = f(x)          d_x = f'(x) · d_y

struct Dims {
  n_rows: u32,
  stride: u32,      // rows between blocks, of all tensors
  activation: u32,  // 1 GELU, 2 ReLU
}

@group(0) @binding(0) var<storage, read_write> x: array<Block0>;
@group(0) @binding(1) var<storage, read_write> d_y: array<Block1>;
@group(0) @binding(2) var<storage, read_write> y: array<Block2>;  // d_x on the way back
@group(0) @binding(3) var<uniform> dims: Dims;

// Error function by Abramowitz & Stegun 7.1.26; absolute error below 1.5e-7.
fn erf4(v: vec4f) -> vec4f {
  let x = abs(v);
  let t = 1.0 / (1.0 + 0.3275911 * x);
  let p = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  return sign(v) * (1.0 - p * exp(-x * x));
}

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= dims.n_rows) { return; }
  let at = id.y * dims.stride + id.x;
  let v = vec4f(x[at]);
  if (dims.activation == 2u) {
    if (BACKWARD) {
      y[at] = narrow2(select(vec4f(0.0), vec4f(d_y[at]), v > vec4f(0.0)));
    } else {
      y[at] = narrow2(max(v, vec4f(0.0)));
    }
    return;
  }
  let share = 0.5 * (1.0 + erf4(v * 0.7071067811865476));
  if (BACKWARD) {
    // 1 / √(2π) = 0.3989…
    y[at] = narrow2(vec4f(d_y[at]) * (share + v * 0.3989422804014327 * exp(-0.5 * v * v)));
  } else {
    y[at] = narrow2(v * share);
  }
}
