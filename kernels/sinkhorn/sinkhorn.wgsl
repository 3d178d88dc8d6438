// Entropic optimal transport by Sinkhorn's iterations in the log domain; one workgroup per person.
//
//   f[m] = log α − log Σ_n exp(g[n] − C[m, n]/λ)         (Eq. 9: ν⁽ᵗ⁺¹⁾ = exp f)
//   g[n] = log β[n] − log Σ_m exp(f[m] − C[m, n]/λ)      (Eq. 10: τ⁽ᵗ⁺¹⁾ = exp g)
//   P[m, n] = exp(f[m] + g[n] − C[m, n]/λ)               (Eq. 8)
//   cost = Σ P[m, n] C[m, n]                             (Eq. 11)
//
// Both updates are one loop: a sum along rows or along columns. Where there are fewer rows (columns) than invocations,
// each is cut into slices, whose sums meet in workgroup memory. Four terms are taken per step: llvmpipe ends every
// loop of an invocation after 65535 steps in total, without a word.
//
// Columns with β = 0 have g = LEAST: their terms are nothing beside any other, and P is 0 there.

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

const WIDTH = {WIDTH}u;
const FIRST_TOKEN = {MAX_VISUAL}u;
// Below every exponent that occurs, finite because WGSL may assume that infinities do not occur.
const LEAST = -1e30;

// f, and g from FIRST_TOKEN on.
var<workgroup> potential: array<f32, {POTENTIALS}>;
// Per invocation: Σ exp(exponent) = sums · exp(largest).
var<workgroup> largest: array<f32, WIDTH>;
var<workgroup> sums: array<f32, WIDTH>;

@compute @workgroup_size(WIDTH, 1, 1)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = group.x * dims.n_visual * dims.n_tokens;
  let first_token = group.x * dims.n_tokens;
  for (var n = lane; n < dims.n_tokens; n += WIDTH) {
    potential[FIRST_TOKEN + n] = select(LEAST, 0.0, beta[first_token + n] > 0.0);
  }
  workgroupBarrier();
  for (var half = 0u; half < 2u * dims.n_iterations; half++) {
    let along_rows = half % 2u == 0u;
    let n_sums = select(dims.n_tokens, dims.n_visual, along_rows);
    let n_terms = select(dims.n_visual, dims.n_tokens, along_rows);
    let sum_stride = select(1u, dims.n_tokens, along_rows);
    let term_stride = select(dims.n_tokens, 1u, along_rows);
    let own = select(FIRST_TOKEN, 0u, along_rows);
    let other = select(0u, FIRST_TOKEN, along_rows);
    // Invocation = (slice, sum): neighbours take neighbouring sums.
    let round = min(n_sums, WIDTH);
    let n_slices = WIDTH / round;
    let slice_length = (n_terms + n_slices - 1u) / n_slices;
    let slice = lane / round;
    for (var start = 0u; start < n_sums; start += round) {
      let index = start + lane % round;
      let at = first + index * sum_stride;
      var most = LEAST;
      var sum = 0.0;
      if (slice < n_slices && index < n_sums) {
        let end = min((slice + 1u) * slice_length, n_terms);
        for (var k = slice * slice_length; k < end; k += 4u) {
          var exponents = vec4f(LEAST);
          #unroll i 4
          if (k + $iu < end) {
            exponents[$i] = potential[other + k + $iu] - cost[at + (k + $iu) * term_stride] * dims.inverse_lambda;
          }
          #end
          let before = most;
          most = max(most, max(max(exponents.x, exponents.y), max(exponents.z, exponents.w)));
          sum = sum * exp(before - most) + dot(exp(exponents - most), vec4f(1.0));
        }
      }
      largest[lane] = most;
      sums[lane] = sum;
      workgroupBarrier();
      if (slice == 0u && index < n_sums) {
        for (var s = 1u; s < n_slices; s++) { most = max(most, largest[s * round + lane]); }
        sum = 0.0;
        for (var s = 0u; s < n_slices; s++) {
          sum += sums[s * round + lane] * exp(largest[s * round + lane] - most);
        }
        var mass = 1.0 / f32(dims.n_visual);
        if (!along_rows) { mass = beta[first_token + index]; }
        potential[own + index] = select(LEAST, log(max(mass, 1e-37)) - most - log(sum), mass > 0.0);
      }
      workgroupBarrier();
    }
  }
  var total = 0.0;
  for (var e = lane; e < dims.n_visual * dims.n_tokens; e += WIDTH) {
    let m = e / dims.n_tokens;
    let n = e % dims.n_tokens;
    let c = cost[first + e];
    let p = exp(potential[m] + potential[FIRST_TOKEN + n] - c * dims.inverse_lambda);
    let transported = select(0.0, p, beta[first_token + n] > 0.0);
    plan[first + e] = transported;
    total += transported * c;
  }
  sums[lane] = total;
  workgroupBarrier();
  if (lane == 0u) {
    total = 0.0;
    for (var i = 0u; i < WIDTH; i++) { total += sums[i]; }
    plan_cost[group.x] = total;
  }
}
