// The map: one query and four keys per invocation, summed over the heads.
//
//   y[b, i, j] = 1/H Σ_h exp(s_hij − largest_hi) / Σ_j exp(s_hij − largest_hi)

@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<uniform> dims: Dims;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = id.x;
  if (row >= dims.n_rows) { return; }
  let key = id.y * 4u;
  var sum = vec4f(0.0);
  for (var head = 0u; head < dims.n_heads; head++) {
    let known = statistics[head * dims.n_rows + row];
    // A key that is left out may have any score; its exponent must stay finite.
    sum += exp(min(scores(row, head, key) - known.x, vec4f(0.0))) * known.y;
  }
  let share = sum * kept(row, key) / f32(dims.n_heads);
  for (var j = 0u; j < min(4u, dims.n_keys - key); j++) { y[row * dims.n_keys + key + j] = share[j]; }
}
