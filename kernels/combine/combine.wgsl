// y = Σ_i weight_i · mean(x_i), or on the way back d_x = weight · d_y / length; one term per dispatch.

struct Dims {
  n_elements: u32,
  accumulate: u32,  // 1: y holds the terms before
  weight: f32,
}

@group(0) @binding(0) var<storage, read_write> x: array<f32>;  // d_y on the way back
@group(0) @binding(1) var<storage, read_write> y: array<f32>;  // d_x on the way back
@group(0) @binding(2) var<uniform> dims: Dims;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (BACKWARD) {
    if (id.x < dims.n_elements) { y[id.x] = dims.weight / f32(dims.n_elements) * x[0]; }
    return;
  }
  if (id.x != 0u) { return; }
  var sum = 0.0;
  for (var i = 0u; i < dims.n_elements; i++) { sum += x[i]; }
  var total = dims.weight * sum / f32(dims.n_elements);
  if (dims.accumulate != 0u) { total += y[0]; }
  y[0] = total;
}
