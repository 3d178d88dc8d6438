// Backward through Sinkhorn's iterations; one workgroup per person. With S = −C/λ and the forward updates
//
//   f_t[m] = log α − log Σ_n exp(S[m, n] + g_(t−1)[n]),     g_t[n] = log β[n] − log Σ_m exp(S[m, n] + f_t[m])
//
// the gradients of the potentials go back in time:
//
//   A_t = exp(S + f_t + g_t − log β):          d_f_t −= Σ_n d_g_t A_t
//   B_t = exp(S + f_t + g_(t−1) − log α):      d_g_(t−1) = −Σ_m d_f_t B_t
//
// and d_S = G − Σ_t (d_g_t A_t + d_f_t B_t) with G = P ∘ d_P; d_P = C · d_cost, d_C = P · d_cost − d_S / λ.
// All potentials and their gradients are kept per iteration; the matrices are computed anew.

struct Dims {
  n_visual: u32,    // M
  n_tokens: u32,    // N
  n_iterations: u32,
  inverse_lambda: f32,
}

@group(0) @binding(0) var<storage, read_write> cost: array<f32>;
@group(0) @binding(1) var<storage, read_write> beta: array<f32>;
@group(0) @binding(2) var<storage, read_write> d_plan_cost: array<f32>;
// Per person and iteration: f, g, d_f, d_g.
@group(0) @binding(3) var<storage, read_write> history: array<f32>;
@group(0) @binding(4) var<storage, read_write> d_cost: array<f32>;
@group(0) @binding(5) var<uniform> dims: Dims;

const WIDTH = 256u;
const LEAST = -1e30;

var<private> first: u32;
var<private> first_token: u32;

fn exponent(m: u32, n: u32) -> f32 {
  return -cost[first + m * dims.n_tokens + n] * dims.inverse_lambda;
}

fn potentials(person: u32, t: u32) -> u32 {
  return (person * dims.n_iterations + t) * 2u * (dims.n_visual + dims.n_tokens);
}

fn has_mass(n: u32) -> bool {
  return beta[first_token + n] > 0.0;
}

// g_(t−1) at n, 0 before the first iteration; LEAST in columns without mass.
fn g_before(person: u32, t: u32, n: u32) -> f32 {
  if (!has_mass(n)) { return LEAST; }
  if (t == 0u) { return 0.0; }
  return history[potentials(person, t - 1u) + dims.n_visual + n];
}

// A_t[m, n]; zero in columns without mass.
fn column_share(person: u32, t: u32, m: u32, n: u32) -> f32 {
  if (!has_mass(n)) { return 0.0; }
  let at = potentials(person, t);
  return exp(exponent(m, n) + history[at + m] + history[at + dims.n_visual + n] - log(beta[first_token + n]));
}

// B_t[m, n]
fn row_share(person: u32, t: u32, m: u32, n: u32) -> f32 {
  let f = history[potentials(person, t) + m];
  return exp(exponent(m, n) + f + g_before(person, t, n) + log(f32(dims.n_visual)));
}

fn plan(person: u32, m: u32, n: u32) -> f32 {
  return column_share(person, dims.n_iterations - 1u, m, n) * beta[first_token + n];
}

@compute @workgroup_size(WIDTH, 1, 1)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let person = group.x;
  let M = dims.n_visual;
  let N = dims.n_tokens;
  first = person * M * N;
  first_token = person * N;
  let gradients = M + N;
  for (var t = 0u; t < dims.n_iterations; t++) {
    let at = potentials(person, t);
    for (var m = lane; m < M; m += WIDTH) {
      var most = LEAST;
      for (var n = 0u; n < N; n++) { most = max(most, exponent(m, n) + g_before(person, t, n)); }
      var sum = 0.0;
      for (var n = 0u; n < N; n++) {
        if (has_mass(n)) { sum += exp(exponent(m, n) + g_before(person, t, n) - most); }
      }
      // Without any mass the potential does not matter; it must stay finite.
      history[at + m] = select(0.0, -log(f32(M)) - most - log(max(sum, 1e-30)), sum > 0.0);
    }
    storageBarrier();
    for (var n = lane; n < N; n += WIDTH) {
      var most = LEAST;
      for (var m = 0u; m < M; m++) { most = max(most, exponent(m, n) + history[at + m]); }
      var sum = 0.0;
      for (var m = 0u; m < M; m++) { sum += exp(exponent(m, n) + history[at + m] - most); }
      history[at + M + n] = select(LEAST, log(max(beta[first_token + n], 1e-37)) - most - log(sum), has_mass(n));
    }
    storageBarrier();
  }
  let weight = d_plan_cost[person];
  for (var step = 0u; step < dims.n_iterations; step++) {
    let t = dims.n_iterations - 1u - step;
    let at = potentials(person, t) + gradients;
    // d_g_t: from G in the last iteration, from the rows of the next iteration otherwise.
    for (var n = lane; n < N; n += WIDTH) {
      var sum = 0.0;
      for (var m = 0u; m < M; m++) {
        if (step == 0u) {
          sum += plan(person, m, n) * cost[first + m * N + n] * weight;
        } else {
          sum -= history[potentials(person, t + 1u) + gradients + m] * row_share(person, t + 1u, m, n);
        }
      }
      history[at + M + n] = sum;
    }
    storageBarrier();
    for (var m = lane; m < M; m += WIDTH) {
      var sum = 0.0;
      for (var n = 0u; n < N; n++) {
        if (step == 0u) { sum += plan(person, m, n) * cost[first + m * N + n] * weight; }
        sum -= history[at + M + n] * column_share(person, t, m, n);
      }
      history[at + m] = sum;
    }
    storageBarrier();
  }
  for (var e = lane; e < M * N; e += WIDTH) {
    let m = e / N;
    let n = e % N;
    let p = plan(person, m, n) * weight;
    var d_exponent = p * cost[first + e];
    for (var t = 0u; t < dims.n_iterations; t++) {
      let at = potentials(person, t) + gradients;
      d_exponent -= history[at + M + n] * column_share(person, t, m, n) + history[at + m] * row_share(person, t, m, n);
    }
    d_cost[first + e] = p - d_exponent * dims.inverse_lambda;
  }
}
