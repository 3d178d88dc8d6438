// Global norm of the scaled gradients, the factor that clips them, and whether it may be used.
//
//   norm = scale · √Σ g²,  factor = scale · min(1, largest / (norm + 1e-6))

struct Settings {
  rate: f32,
  beta1: f32,
  beta2: f32,
  gain1: f32,    // 1 − β1, rounded once
  gain2: f32,
  epsilon: f32,
  decay: f32,
  correction1: f32,
  correction2: f32,
  scale: f32,    // 1 / number of batches in the sum
  largest: f32,  // 0: no clipping
}

struct Dims {
  n_partial: u32,
}

@group(0) @binding(0) var<storage, read_write> partial: array<f32>;
@group(0) @binding(1) var<storage, read_write> settings: Settings;
@group(0) @binding(2) var<storage, read_write> norm: array<f32>;  // norm, factor, 1 where finite
@group(0) @binding(3) var<uniform> dims: Dims;

@compute @workgroup_size(1, 1, 1)
fn main() {
  var sum = 0.0;
  for (var i = 0u; i < dims.n_partial; i++) { sum += partial[i]; }
  let length = settings.scale * sqrt(sum);
  norm[0] = length;
  norm[1] = settings.scale;
  if (settings.largest > 0.0) { norm[1] *= min(1.0, settings.largest / (length + 1e-6)); }
  // By its bits: arithmetic may take it that infinities and NaN do not occur.
  norm[2] = select(1.0, 0.0, (bitcast<u32>(sum) & 0x7f800000u) == 0x7f800000u);
}
