// Squares of all gradients, summed in slices of a fixed order.

struct Dims {
  n_vectors: u32,
  slice: u32,  // vectors of a workgroup
}

@group(0) @binding(0) var<storage, read_write> gradients: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> partial: array<f32>;
@group(0) @binding(2) var<uniform> dims: Dims;

const LANES = 64u;

var<workgroup> sums: array<f32, LANES>;

@compute @workgroup_size(LANES, 1, 1)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = group.x * dims.slice;
  let end = min(first + dims.slice, dims.n_vectors);
  var sum = 0.0;
  for (var i = first + lane; i < end; i += LANES) { sum += dot(gradients[i], gradients[i]); }
  sums[lane] = sum;
  workgroupBarrier();
  if (lane != 0u) { return; }
  for (var i = 1u; i < LANES; i++) { sum += sums[i]; }
  partial[group.x] = sum;
}
