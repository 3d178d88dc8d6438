// Adds a gradient to what earlier batches of the same step gave, or starts anew: total[i] = (total[i] or 0) + gradient[i].

struct Dims {
  n_elements: u32,
  width: u32,  // invocations of one row of the grid
}

@group(0) @binding(0) var<storage, read_write> gradient: array<f32>;
@group(0) @binding(1) var<storage, read_write> total: array<f32>;
@group(0) @binding(2) var<uniform> dims: Dims;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.y * dims.width + id.x;
  if (i < dims.n_elements) { total[i] += gradient[i]; }
}
