// Symmetric contrastive loss over a batch (Eqs. 13–15) and its slope; one workgroup, a row and a column per lane.
//
//   s_ij = (1 − c_ij) / η,  y = matches / their sum:
//   loss = ½ (mean_i KL(y_i· ‖ softmax s_i·) + mean_j KL(y_·j ‖ softmax s_·j))
//   slope_ij = −(softmax_j s_i· − y_ij + softmax_i s_·j − y_ji) / (2 B η)

struct Dims {
  n_people: u32,   // B
  n_tokens: u32,   // N
  inverse_eta: f32,
}

@group(0) @binding(0) var<storage, read_write> cost: array<f32>;   // [B, B]: row visual, column text
@group(0) @binding(1) var<storage, read_write> ids: array<i32>;
@group(0) @binding(2) var<storage, read_write> mask: array<i32>;
@group(0) @binding(3) var<storage, read_write> loss: array<f32>;
@group(0) @binding(4) var<storage, read_write> slope: array<f32>;
@group(0) @binding(5) var<uniform> dims: Dims;

const LANES = 64u;

var<workgroup> sums: array<f32, LANES>;

// Whether two people have the same description: the same words, and as many.
fn same(a: u32, b: u32) -> bool {
  for (var n = 0u; n < dims.n_tokens; n++) {
    let x = a * dims.n_tokens + n;
    let y = b * dims.n_tokens + n;
    if ((mask[x] != 0) != (mask[y] != 0)) { return false; }
    if (mask[x] != 0 && ids[x] != ids[y]) { return false; }
  }
  return true;
}

fn similarity(i: u32, j: u32) -> f32 {
  return (1.0 - cost[i * dims.n_people + j]) * dims.inverse_eta;
}

@compute @workgroup_size(LANES, 1, 1)
fn main(@builtin(local_invocation_index) lane: u32) {
  let B = dims.n_people;
  let unit = 0.5 / f32(B);
  var total = 0.0;
  for (var along = 0u; along < 2u; along++) {
    for (var i = lane; i < B; i += LANES) {
      // Person i's row where along is 0, its column otherwise.
      var most = -1e30;
      var matches = 0.0;
      for (var j = 0u; j < B; j++) {
        most = max(most, select(similarity(j, i), similarity(i, j), along == 0u));
        matches += select(0.0, 1.0, same(i, j));
      }
      var sum = 0.0;
      for (var j = 0u; j < B; j++) { sum += exp(select(similarity(j, i), similarity(i, j), along == 0u) - most); }
      let log_sum = most + log(sum);
      for (var j = 0u; j < B; j++) {
        let at = select(j * B + i, i * B + j, along == 0u);
        let log_share = (1.0 - cost[at]) * dims.inverse_eta - log_sum;
        let y = select(0.0, 1.0 / matches, same(i, j));
        if (y > 0.0) { total += unit * y * (log(y) - log_share); }
        let own = -unit * dims.inverse_eta * (exp(log_share) - y);
        if (along == 0u) { slope[at] = own; } else { slope[at] += own; }
      }
    }
    storageBarrier();
  }
  sums[lane] = total;
  workgroupBarrier();
  if (lane != 0u) { return; }
  total = 0.0;
  for (var i = 0u; i < LANES; i++) { total += sums[i]; }
  loss[0] = total;
}
