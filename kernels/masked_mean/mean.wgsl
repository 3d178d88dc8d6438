// Weighted mean over the tokens: one invocation per text and block of four channels.
//
//   y[b, d] = Σ_n weights[b, n] · x[b, n, d] / Σ_n weights[b, n], zero where the weights are

struct Dims {
  n_tokens: u32,
  n_blocks: u32,
  x_stride: u32,  // rows between blocks of x
  y_stride: u32,  // rows between blocks of y
}

@group(0) @binding(0) var<storage, read_write> x: array<Block0>;
@group(0) @binding(1) var<storage, read_write> weights: array<WEIGHT>;  // f32, or an i32 mask
@group(0) @binding(2) var<storage, read_write> y: array<Block2>;
@group(0) @binding(3) var<uniform> dims: Dims;

const SMALLEST_MASS = 1e-30;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let block = id.x;
  let text = id.y;
  if (block >= dims.n_blocks) { return; }
  var sum = vec4f(0.0);
  var mass = 0.0;
  for (var n = 0u; n < dims.n_tokens; n++) {
    let row = text * dims.n_tokens + n;
    let weight = f32(weights[row]);
    sum += weight * vec4f(x[block * dims.x_stride + row]);
    mass += weight;
  }
  // Without mass the sum is zero itself; the divisor leaves it so.
  y[block * dims.y_stride + text] = narrow2(sum / max(mass, SMALLEST_MASS));
}
