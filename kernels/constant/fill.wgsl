// y[i] = value over the whole memory of a tensor; FILLED is its element.

struct Dims {
  n_elements: u32,
  width: u32,  // invocations of one row of the grid
  value: f32,
}

@group(0) @binding(0) var<storage, read_write> y: array<FILLED>;
@group(0) @binding(1) var<uniform> dims: Dims;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.y * dims.width + id.x;
  if (i < dims.n_elements) { y[i] = FILLED(dims.value); }
}
