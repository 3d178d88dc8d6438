// Denominators of the softmax: one query and one head per invocation, four keys per step.

@group(0) @binding(4) var<uniform> dims: Dims;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = id.x;
  if (row >= dims.n_rows) { return; }
  let head = id.y;
  var largest = MASKED;
  var total = 0.0;
  for (var key = 0u; key < dims.n_keys; key += 4u) {
    let valid = kept(row, key);
    let s = select(vec4f(MASKED), scores(row, head, key), valid > vec4f(0.0));
    let larger = max(largest, max(max(s.x, s.y), max(s.z, s.w)));
    total = total * exp(largest - larger) + dot(exp(s - larger), valid);
    largest = larger;
  }
  // A query without keys has no sum, and attends to nothing.
  statistics[head * dims.n_rows + row] = vec2f(largest, select(0.0, 1.0 / max(total, 1e-30), total > 0.0));
}
