// Entropic optimal transport by Sinkhorn's iterations in the log domain; one workgroup per person.
//
//   f[m] = log α − log Σ_n exp(g[n] − C[m, n]/λ)         (Eq. 9: ν⁽ᵗ⁺¹⁾ = exp f)
//   g[n] = log β[n] − log Σ_m exp(f[m] − C[m, n]/λ)      (Eq. 10: τ⁽ᵗ⁺¹⁾ = exp g)
//   P[m, n] = exp(f[m] + g[n] − C[m, n]/λ)               (Eq. 8)
//   cost = Σ P[m, n] C[m, n]                             (Eq. 11)
//
// Columns with β = 0 stand outside every sum, and P is 0 there.

struct Dims {
  n_visual: u32,    // M
  n_tokens: u32,    // N
  n_iterations: u32,
  inverse_lambda: f32,
}

@group(0) @binding(0) var<storage, read_write> cost: array<f32>;
@group(0) @binding(1) var<storage, read_write> beta: array<f32>;
@group(0) @binding(2) var<storage, read_write> plan: array<f32>;
@group(0) @binding(3) var<storage, read_write> plan_cost: array<f32>;
@group(0) @binding(4) var<uniform> dims: Dims;

const WIDTH = 64u;
// Below every exponent that occurs, finite because WGSL may assume that infinities do not occur.
const LEAST = -1e30;

var<workgroup> f: array<f32, {MAX_VISUAL}>;
var<workgroup> g: array<f32, {MAX_TOKENS}>;
var<workgroup> partial: array<f32, WIDTH>;

@compute @workgroup_size(WIDTH, 1, 1)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = group.x * dims.n_visual * dims.n_tokens;
  let first_token = group.x * dims.n_tokens;
  let log_alpha = -log(f32(dims.n_visual));
  for (var n = lane; n < dims.n_tokens; n += WIDTH) { g[n] = 0.0; }
  workgroupBarrier();
  for (var t = 0u; t < dims.n_iterations; t++) {
    for (var m = lane; m < dims.n_visual; m += WIDTH) {
      let row = first + m * dims.n_tokens;
      var largest = LEAST;
      for (var n = 0u; n < dims.n_tokens; n++) {
        if (beta[first_token + n] > 0.0) { largest = max(largest, g[n] - cost[row + n] * dims.inverse_lambda); }
      }
      var sum = 0.0;
      for (var n = 0u; n < dims.n_tokens; n++) {
        if (beta[first_token + n] > 0.0) { sum += exp(g[n] - cost[row + n] * dims.inverse_lambda - largest); }
      }
      f[m] = select(0.0, log_alpha - largest - log(max(sum, 1e-30)), sum > 0.0);
    }
    workgroupBarrier();
    for (var n = lane; n < dims.n_tokens; n += WIDTH) {
      let mass = beta[first_token + n];
      if (mass > 0.0) {
        var largest = LEAST;
        for (var m = 0u; m < dims.n_visual; m++) {
          largest = max(largest, f[m] - cost[first + m * dims.n_tokens + n] * dims.inverse_lambda);
        }
        var sum = 0.0;
        for (var m = 0u; m < dims.n_visual; m++) {
          sum += exp(f[m] - cost[first + m * dims.n_tokens + n] * dims.inverse_lambda - largest);
        }
        g[n] = log(mass) - largest - log(sum);
      }
    }
    workgroupBarrier();
  }
  var total = 0.0;
  for (var m = lane; m < dims.n_visual; m += WIDTH) {
    for (var n = 0u; n < dims.n_tokens; n++) {
      let at = first + m * dims.n_tokens + n;
      var mass = 0.0;
      if (beta[first_token + n] > 0.0) { mass = exp(f[m] + g[n] - cost[at] * dims.inverse_lambda); }
      plan[at] = mass;
      total += mass * cost[at];
    }
  }
  partial[lane] = total;
  workgroupBarrier();
  if (lane == 0u) {
    var sum = 0.0;
    for (var i = 0u; i < WIDTH; i++) { sum += partial[i]; }
    plan_cost[group.x] = sum;
  }
}
