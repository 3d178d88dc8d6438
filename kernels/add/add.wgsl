// y[i] = a[i] + b[i] in memory order, whatever the layout; ELEMENT is vec4f where the length allows.

struct Dims {
  n_elements: u32,
  width: u32,  // invocations of one row of the grid
}

@group(0) @binding(0) var<storage, read_write> a: array<ELEMENT>;
@group(0) @binding(1) var<storage, read_write> b: array<ELEMENT>;
@group(0) @binding(2) var<storage, read_write> y: array<ELEMENT>;
@group(0) @binding(3) var<uniform> dims: Dims;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.y * dims.width + id.x;
  if (i < dims.n_elements) { y[i] = a[i] + b[i]; }
}
