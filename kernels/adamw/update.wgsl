// AdamW (Loshchilov & Hutter 2019), all parameters at once; four neighbours per invocation. Gradients are cleared.
//
//   m = β1 m + (1 − β1) g,  v = β2 v + (1 − β2) g²
//   p = p (1 − rate · decay) − rate · (m / c1) / (√v / √c2 + ε),  c = 1 − β^step

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
  scale: f32,
  largest: f32,
}

struct Dims {
  n_vectors: u32,
  width: u32,  // invocations of one row of the grid
}

@group(0) @binding(0) var<storage, read> shares: array<vec2f>;  // per 64 elements: of the rate, of the decay
@group(0) @binding(1) var<storage, read_write> settings: Settings;
@group(0) @binding(2) var<storage, read_write> norm: array<f32>;  // norm, factor, 1 where finite
@group(0) @binding(3) var<storage, read_write> values: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> gradients: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> first: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> second: array<vec4f>;
@group(0) @binding(7) var<uniform> dims: Dims;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.y * dims.width + id.x;
  if (i >= dims.n_vectors) { return; }
  let share = shares[i / 16u];
  // Not a step of AdamW: nothing learns here, or the gradients are no numbers.
  if (share.x == 0.0 || norm[2] == 0.0) {
    gradients[i] = vec4f(0.0);
    return;
  }
  let rate = settings.rate * share.x;
  let g = gradients[i] * norm[1];
  let m = settings.beta1 * first[i] + settings.gain1 * g;
  let v = settings.beta2 * second[i] + settings.gain2 * g * g;
  first[i] = m;
  second[i] = v;
  gradients[i] = vec4f(0.0);
  let size = sqrt(v) / sqrt(settings.correction2) + settings.epsilon;
  // The two small terms are added first: 1 − rate · decay would be rounded to the same side in every step.
  let value = values[i];
  values[i] = value - (rate * settings.decay * share.y * value + rate / settings.correction1 * (m / size));
}
